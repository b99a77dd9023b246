"""``check --watch``: what is plugged in and out, and what that changes, line by line."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from cc_run.cli.output import note, say
from cc_run.cli.prepare import result_dict
from cc_run.cli.watching import Progress, result_lines
from cc_run.events import Event
from cc_run.language import _
from cc_run.lookout import Watcher, keep_looking
from cc_run.probe import Result, Status
from cc_run.room.hotplug.change import Change
from cc_run.times import format_clock, now
from cc_run.workspace import Workspace

# What is measured is never twice the same; what it is called is.
_MEASURED: Final = re.compile(r"[−\d.,]+")


def watch_room(
    workspace: Workspace,
    event: Event | None,
    only: Collection[str],
    evidence: Path,
    *,
    as_json: bool,
) -> int:
    """Watches until Ctrl-C, which is the usual end: exit code 0."""
    if not as_json:
        note(_("Watching the room; Ctrl-C ends it."))
    screen: _Screen | _Lines
    with Progress(quiet=as_json) as progress:
        screen = _Lines(workspace.zone) if as_json else _Screen(progress, workspace.zone)
        watcher = Watcher(screen.changed, screen.result, screen.seen)
        with suppress(KeyboardInterrupt):
            asyncio.run(keep_looking(workspace.settings, event, evidence, watcher, only=only))
    if not as_json:
        say("\n" + _("Watching has ended."))
    return 0


class _Screen:
    """For people: a line with the time for what happened, and below it what it changed."""

    def __init__(self, progress: Progress, zone: str) -> None:
        self._progress = progress
        self._zone = zone
        self._known: dict[str, Result] = {}
        self._first: dict[str, list[Result]] = {}
        self._seen: set[str] = set()
        self._headed = ""
        self._last_is_head = False

    def changed(self, change: Change) -> None:
        """Something was plugged in or out."""
        self._head(change.text)

    def result(self, result: Result) -> None:
        """Tells of it if it is another than before; a topic's first results come together."""
        topic = result.id.partition(".")[0]
        if topic not in self._seen:
            self._first.setdefault(topic, []).append(result)
            return
        before = self._known.get(result.id)
        self._known[result.id] = result
        if before is None or _alike(before, result) or result.status is Status.SKIP:
            return
        self._head("")
        self._progress.line(result_lines(result))

    def seen(self, topic: str) -> None:
        """All of a topic has been looked at."""
        self._seen.add(topic)
        first = self._first.pop(topic, [])
        if first:
            self._head("")
        for result in first:
            self._known[result.id] = result
            self._progress.line(result_lines(result))
        counts = [sum(one.status is status for one in self._known.values()) for status in Status]
        text = _("Watching … %(passed)s passed, %(warned)s warned, %(failed)s failed")
        facts = dict(zip(("passed", "warned", "failed"), counts, strict=False))
        self._progress.moving(text % facts)

    def _head(self, text: str) -> None:
        """The time and what happened; of results alone the time, once a second."""
        stamp = format_clock(now(), self._zone, seconds=True)
        if text:
            lead = "" if self._last_is_head else "\n"
            self._progress.line(lead + click.style(f"{stamp}  {text}", bold=True))
        elif stamp != self._headed and not self._last_is_head:
            self._progress.line("\n" + click.style(stamp, dim=True))
        self._headed, self._last_is_head = stamp, bool(text)


class _Lines:
    """For programs: a JSON object a line."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._known: dict[str, Result] = {}

    def changed(self, change: Change) -> None:
        """``{"at": …, "topic": …, "changed": …}``."""
        self._line({"topic": change.topic, "changed": change.text})

    def result(self, result: Result) -> None:
        """``{"at": …, "probe": …}`` of each that is another than before."""
        before = self._known.get(result.id)
        self._known[result.id] = result
        if before is None or not _alike(before, result):
            self._line({"probe": result_dict(result)})

    def seen(self, topic: str) -> None:
        """Nothing to tell."""

    def _line(self, facts: dict[str, Any]) -> None:
        line = {"at": now().isoformat(), **facts}
        click.echo(json.dumps(line, ensure_ascii=False, default=str))


def _alike(before: Result, after: Result) -> bool:
    """Whether two results say the same but for what was measured."""
    return before.status is after.status and (
        _MEASURED.sub("", before.found) == _MEASURED.sub("", after.found)
    )
