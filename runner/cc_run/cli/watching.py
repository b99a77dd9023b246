"""What an operator sees while something works: a line a role, a line a probe, one that moves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from cc_run.cli.output import console, heading, marked, say
from cc_run.language import _
from cc_run.probe import Result, Status
from cc_run.room.converge import RoleLine
from cc_run.times import format_duration

_NAME_WIDTH = 34


class Progress:
    """Lines that stay for what is done; on a terminal, one that moves for what is being done."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
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
        if self._status is not None:
            self._status.stop()

    def phase(self, text: str) -> None:
        """A part of the work begins."""
        self._line("\n" + click.style(text, bold=True))
        self.moving(text + " …")

    def role(self, line: RoleLine, done: bool) -> None:
        """A role begins or has ended."""
        name = line.title
        if not done:
            self.moving(name + " …")
            return
        mark = "fail" if not line.ok else "changed" if line.changed else "ok"
        told = _("%(count)s changed") % {"count": line.changed} if line.changed else ""
        self._line(marked(f"{name:<{_NAME_WIDTH}} {line.seconds:5.1f} s  {told}".rstrip(), mark))
        if line.error:
            self._line(f"    {line.error}")

    def result(self, result: Result) -> None:
        """A probe has ended."""
        self._line(result_lines(result))

    def _line(self, text: str) -> None:
        """A line that stays, above the one that moves."""
        if self._quiet:
            return
        if self._status is None:
            click.echo(text)
            return
        from rich.text import Text

        self._console.print(Text.from_ansi(text))

    def moving(self, text: str) -> None:
        """What is being done right now."""
        if self._status is not None:
            self._status.update(text)

    def work(self, done: int, total: int, text: str) -> None:
        """How far a long task is, in bytes."""
        share = f"{100 * done / total:.0f} %" if total else ""
        self.moving(f"{text} {share}")


def result_lines(result: Result) -> str:
    """A probe's line, and its remedy where it has one."""
    lines = [marked(f"{result.title:<{_NAME_WIDTH}} {result.found}", result.status.value)]
    if result.remedy and result.status in (Status.FAIL, Status.WARN):
        lines.append("  " + click.style("→ " + result.remedy, fg="yellow"))
    return "\n".join(lines)


def show_todo(todo: Sequence[str]) -> None:
    """What a person must still do, in order."""
    if not todo:
        return
    heading(_("Still to do by a person:"))
    for number, text in enumerate(todo, start=1):
        say(f"  {number}. {text}")


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
