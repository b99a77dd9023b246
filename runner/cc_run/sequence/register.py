"""Step 2 and what follows from it: the office's register tells how far each event has come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cc_run import sop
from cc_run.errors import CcRunError
from cc_run.events import Event, status_of
from cc_run.journal import Entry
from cc_run.journal.progress import progress
from cc_run.workspace import Workspace

_YES = "Ada"


def register(workspace: Workspace, event: Event) -> Path:
    """Step 2: the event stands in the office's schedule register."""
    with workspace.journal.touching_up(event.id, sop.RECAP, event.operator) as step:
        path = write_register(workspace, [event])
        step.output = {"recap": str(path)}
    return path


def register_all(workspace: Workspace, events: Sequence[Event]) -> None:
    """Step 2 of many events: the register is written once, however many there are."""
    write_register(workspace, events)
    recap = str(workspace.settings.room.recap_path)
    for event in events:
        with workspace.journal.touching_up(event.id, sop.RECAP, event.operator) as step:
            step.output = {"recap": recap}


def write_register(workspace: Workspace, events: Sequence[Event], path: Path | None = None) -> Path:
    """Brings the events' rows up to date in the room's register, or in another file.

    Raises:
        Refusal: the file is open in an office program, or is no workbook.
        OutsideFailure: it cannot be read or written.
    """
    # Late, because what reads and writes workbooks takes its time, and few commands write one.
    from cc_run.events.recap import update_recap

    entries = workspace.journal.entries_of(event.id for event in events)
    return update_recap(
        path or workspace.settings.room.recap_path,
        [(event, status_of(entries[event.id])) for event in events],
        workspace.settings,
        extras={event.id: _results(entries[event.id]) for event in events},
    )


def refresh_register(workspace: Workspace, event: Event) -> str:
    """Brings one row up to date in passing; why it could not be done, or nothing.

    A register that someone has open must not hold up a recording or an archive.
    """
    try:
        write_register(workspace, [event])
    except CcRunError as error:
        return str(error)
    return ""


def _results(entries: Sequence[Entry]) -> dict[str, str]:
    """What the steps have brought, by the register's columns; a passcode is not among it."""
    done = {number: record.output for number, record in progress(entries).items() if record.output}
    meeting, documents = done.get(sop.HOST, {}), done.get(sop.DOCUMENT, {})
    values = {
        "host": meeting.get("host"),
        "meeting_id": meeting.get("meeting_id"),
        "join_url": meeting.get("join_url"),
        "recorded": _YES if sop.RECORD in done else None,
        "minutes": _YES if documents.get("minutes") else None,
        "documentation": documents.get("receipt"),
    }
    return {name: str(value) for name, value in values.items() if value}
