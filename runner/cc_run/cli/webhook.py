"""``webhook``: what Zoom tells by itself, in the events' journal and on the screen."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import say
from cc_run.language import _
from cc_run.numbers import amount
from cc_run.times import format_clock, now

if TYPE_CHECKING:
    from cc_run.hosting.webhook.noting import Noted
    from cc_run.workspace import Workspace


@click.command(help=_("Hear from Zoom when meetings start, end and are recorded, until Ctrl-C."))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=_("Instead of cc_zoom_webhook_port; 0: a free one."),
)
@json_option
@functools.partial(with_workspace, aside=True)
def command(workspace: Workspace, port: int | None, as_json: bool) -> None:
    """Receives Zoom's webhooks."""
    from cc_run.hosting.webhook.receiver import receive

    receive(workspace, _Lines() if as_json else _Screen(workspace), port)
    if not as_json:
        say(_("No longer listening to Zoom."))


class _Screen:
    """For people: a line for each thing, with the time at which it happened."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def listening(self, url: str) -> None:
        say(_("Listening to Zoom at %(url)s; Ctrl-C ends it.") % {"url": url}, "ok")
        if not self._workspace.settings.zoom.webhook_is_local:
            say(_("Other machines reach it there too, without encryption."), "warn")

    def validated(self) -> None:
        self._line(now(), _("Zoom asked for the secret, and got its proof"), "ok")

    def noted(self, noted: Noted) -> None:
        if noted.event_id is None:
            told = _("of no event here: meeting %(number)s")
            self._line(noted.at, told % {"number": noted.meeting_id}, "skip")
        elif noted.new:
            self._line(noted.at, f"{noted.event_id}  {_said(noted)}", "ok")
        else:
            told = _("told before: %(what)s") % {"what": _said(noted)}
            self._line(noted.at, f"{noted.event_id}  {told}", "skip")

    def refused(self, reason: str) -> None:
        self._line(now(), _("refused: %(reason)s") % {"reason": reason}, "warn")

    def troubled(self, reason: str) -> None:
        told = _("the journal takes nothing (%(reason)s); what Zoom tells is kept until it does")
        self._line(now(), told % {"reason": reason}, "fail")

    def _line(self, at: datetime, text: str, mark: str) -> None:
        say(f"{format_clock(at, self._workspace.zone, seconds=True)}  {text}", mark)


class _Lines:
    """For programs: a JSON object a line."""

    def listening(self, url: str) -> None:
        self._line({"listening": url})

    def validated(self) -> None:
        self._line({"validated": True})

    def noted(self, noted: Noted) -> None:
        facts = {"kind": noted.kind, "event": noted.event_id, "new": noted.new}
        self._line({**noted.data, **facts, "meeting_id": noted.meeting_id, "at": noted.at})

    def refused(self, reason: str) -> None:
        self._line({"refused": reason})

    def troubled(self, reason: str) -> None:
        self._line({"troubled": reason})

    def _line(self, facts: dict[str, Any]) -> None:
        line = {"at": now(), **facts}
        click.echo(json.dumps(line, ensure_ascii=False, default=datetime.isoformat))


def _said(noted: Noted) -> str:
    """What happened, in words."""
    from cc_run.hosting.webhook.noting import ENDED, PARTICIPANTS, STARTED

    if noted.kind == STARTED:
        return _("the meeting has started")
    if noted.kind == ENDED:
        return _("the meeting has ended")
    if noted.kind == PARTICIPANTS:
        counts = {"present": noted.data["present"], "most": noted.data["most"]}
        return _("in the meeting: %(present)s (at most so far: %(most)s)") % counts
    return _("the cloud recording is ready (files: %(files)s, %(size)s)") % {
        "files": noted.data["files"],
        "size": amount(int(noted.data["bytes"])),
    }
