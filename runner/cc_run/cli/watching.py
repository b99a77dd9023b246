"""What an operator sees while something works: a line a role, a line a probe, one that moves."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from cc_run.cli.output import console, hanging, heading, marked, say
from cc_run.cli.pace import Pace
from cc_run.language import _
from cc_run.numbers import format_number
from cc_run.probe import Probe, Result, Status
from cc_run.room.role_lines import RoleLine
from cc_run.times import format_duration

_NAME_WIDTH = 35


class Progress:
    """Lines that stay for what is done; on a terminal, one that moves for what is being done.

    Probes end in any order; their lines stay in the probes' own, so that a topic's are together.
    ``only_would`` says that roles change nothing, but tell what they would.
    """

    def __init__(
        self, *, quiet: bool = False, topics: Collection[str] = (), only_would: bool = False
    ) -> None:
        self._quiet = quiet
        self._topics = topics
        self._only_would = only_would
        self._pace = Pace()
        self._phase = ""
        self._remedy = ""
        self._probes: list[Probe] = []
        self._results: dict[str, Result] = {}
        self._console = console()
        moves = sys.stdout.isatty() and not quiet
        self._status = self._console.status("") if moves else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_of_probes()
        if self._status is not None:
            self._status.stop()

    def phase(self, text: str) -> None:
        """A part of the work begins."""
        self._phase = text
        self.line("\n" + click.style(text, bold=True))
        self.moving(text + " …")

    def role(self, line: RoleLine, done: bool) -> None:
        """A role begins or has ended."""
        name = line.title
        if not done:
            self.moving(name + " …")
            return
        mark = "fail" if not line.ok else "changed" if line.changed else "ok"
        words = _("%(count)s would change") if self._only_would else _("%(count)s changed")
        told = words % {"count": line.changed} if line.changed else ""
        seconds = f"{format_number(line.seconds):>5} s"
        self.line(marked(f"{name:<{_NAME_WIDTH}} {seconds}  {told}".rstrip(), mark))
        for change in line.changes if self._only_would else ():
            self.line(hanging("    ", change))
        if line.error:
            self.line(hanging("    ", line.error))

    def told(self, text: str, mark: str) -> None:
        """A line with its mark that stays."""
        self.line(hanging(marked("", mark), text))

    def result(self, result: Result) -> None:
        """A probe has ended: it is told when all before it are."""
        from cc_run.readiness import select

        if not self._results:
            self._probes = list(select(self._topics))
        self._results[result.id] = result
        while self._probes and self._probes[0].id in self._results:
            self._show(self._results[self._probes.pop(0).id])
        if not self._probes:
            self._results.clear()
            return
        self.moving(
            _("%(what)s … %(done)s done, now: %(title)s")
            % {
                "what": self._phase or _("Proving the room"),
                "done": len(self._results),
                "title": _(self._probes[0].title),
            }
        )

    def _end_of_probes(self) -> None:
        """Those that waited for one which never ended."""
        for probe in self._probes:
            if probe.id in self._results:
                self._show(self._results[probe.id])
        self._probes.clear()
        self._results.clear()

    def _show(self, result: Result) -> None:
        """A probe's line; a remedy that was just told is not told again."""
        told, self._remedy = self._remedy, result.remedy or self._remedy
        self.line(result_lines(result, told))

    def line(self, text: str) -> None:
        """A line that stays, above the one that moves."""
        if self._quiet:
            return
        if self._status is None:
            click.echo(text)
            return
        from rich.text import Text

        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def moving(self, text: str) -> None:
        """What is being done right now."""
        if self._status is not None:
            self._status.update(text)

    def work(self, done: int, total: int, text: str) -> None:
        """How far a long task is, in bytes."""
        self.moving(f"{text}  {self._pace.told(done, total)}".rstrip())


def result_lines(result: Result, told: str = "") -> str:
    """A probe's line, and its remedy where it has one that was not told before."""
    lead = marked(f"{result.title:<{_NAME_WIDTH}} ", result.status.value)
    lines = [hanging(lead, result.found)]
    if result.remedy not in ("", told) and result.status in (Status.FAIL, Status.WARN):
        lines.append(click.style(hanging("  → ", result.remedy), fg="yellow"))
    return "\n".join(lines)


def show_todo(todo: Sequence[str]) -> None:
    """What a person must still do, in order."""
    if not todo:
        return
    heading(_("Still to do by a person:"))
    for number, text in enumerate(todo, start=1):
        click.echo(hanging(f"  {number}. ", text))


def show_verdict(ready: bool, report: Path) -> None:
    """SIAP or BELUM SIAP, and where it is written."""
    text = _("READY") if ready else _("NOT READY")
    click.echo(
        "\n" + click.style(f" {text} ", fg="white", bg="green" if ready else "red", bold=True)
    )
    say(_("Report: %(path)s") % {"path": report})


def clock(seconds: float) -> str:
    """Seconds as ``1:02:03``."""
    return format_duration(timedelta(seconds=seconds))
