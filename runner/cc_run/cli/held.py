"""What is left of a held meeting: who was in it, and what Zoom's cloud recorded (``host …``)."""

from __future__ import annotations

from typing import Any, Final

import click

from cc_run.cli.event import found_event
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, note, say, table
from cc_run.cli.watching import Progress
from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.numbers import amount
from cc_run.times import format_short
from cc_run.workspace import Workspace

_SMALL: Final = 100_000  # bytes that are too few to be told in MiB


@click.command(help=_("Who was in the meeting, from when to when, as a list for the archive."))
@event_option
@json_option
@with_workspace
def attendance(workspace: Workspace, event_text: str, as_json: bool) -> None:
    """Lists a held meeting's participants, and keeps the list."""
    from cc_run.sequence.attending import renewed_attendance

    event = found_event(workspace, event_text)
    kept = renewed_attendance(workspace, event)
    if as_json:
        emit([vars(person) for person in kept.people])
        return
    rows = [
        (
            person.name,
            format_short(person.joined, workspace.zone),
            format_short(person.left, workspace.zone),
            str(person.minutes),
        )
        for person in kept.people
    ]
    table((_("Name"), _("Joined"), _("Left"), _("Minutes")), rows)
    say(_("Attendance list: %(path)s") % {"path": kept.sheet}, "ok")


@click.command(help=_("Fetch what Zoom's cloud recorded; it goes on where it was broken off."))
@event_option
@json_option
@with_workspace
def recordings(workspace: Workspace, event_text: str, as_json: bool) -> int:
    """Downloads the meeting's cloud recordings as the event's second recording."""
    from cc_run.hosting.recordings import fetch_recordings

    event = found_event(workspace, event_text)
    with Progress(quiet=as_json) as progress:
        found = fetch_recordings(workspace, event, on_progress=progress.work)
    if as_json:
        files: list[dict[str, Any]] = [vars(file) for file in found.files]
        emit({"event": event.id, "files": files, "unfinished": found.unfinished})
    else:
        for file in found.files:
            facts = {"name": file.file.name, "size": _size(file.size)}
            if file.new:
                say(_("%(name)s, %(size)s") % facts, "ok")
            else:
                say(_("%(name)s, %(size)s, is here already") % facts, "skip")
        for folder in dict.fromkeys(file.file.parent for file in found.files):
            note(_("  Folder: %(path)s") % {"path": folder})
    if found.unfinished:
        raise OutsideFailure(
            _("Zoom still works on the recording (files not ready yet: %(count)s).")
            % {"count": found.unfinished},
            _("Run the same command again later."),
        )
    if not as_json:
        say(
            _("Next, for the archive: cc-run archive --event %(event)s") % {"event": event.id},
            "next",
        )
    return 0


def _size(size: int) -> str:
    return amount(size) if size > _SMALL else _("%(count)s bytes") % {"count": size}
