"""Which events the archive still waits for: told from state alone, so that a timer may forget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cc_run import sop
from cc_run.archive.contents import ATTACHED, SECOND, recording_of
from cc_run.archive.receipts import DELIVERED, receipts_of
from cc_run.archive.targets import targets_of
from cc_run.events import Event, EventStatus, status_of
from cc_run.journal import Entry
from cc_run.journal.progress import progress
from cc_run.workspace import Workspace

# An event that nobody archived for so long waits for a person, who names it.
LOOK_BACK: Final = timedelta(days=90)
_FETCHED: Final = "zoom.fetched"
# So long another machine that shares the database may take before this one says what is missing.
_PATIENCE: Final = timedelta(days=1)
_PAGE: Final = 100


def due_events(workspace: Workspace, moment: datetime) -> list[Event]:
    """The room's recorded events that ended a while ago and lack a copy, the oldest first.

    One is due while a target has no receipt, or when documents came after the last delivery.
    Only events that ended within ``LOOK_BACK`` are looked at, and those that documents came to
    since then, however old they are: both are found through an index.

    Raises:
        SettingsFault: too few targets are set.
    """
    archive = workspace.settings.archive
    targets = {target.name for target in targets_of(archive)}
    ended_by = moment - timedelta(minutes=archive.due_after_minutes)
    recent = [event for event in _recent(workspace, moment) if event.ends_at <= ended_by]
    due: list[Event] = []
    for start in range(0, len(recent), _PAGE):
        page = recent[start : start + _PAGE]
        entries = workspace.journal.entries_of(event.id for event in page)
        due += [event for event in page if is_due(entries[event.id], targets)]
    return due


def _recent(workspace: Workspace, moment: datetime) -> list[Event]:
    room, since = workspace.settings.host, moment - LOOK_BACK
    found = {event.id: event for event in workspace.events.between(since, moment, room=room)}
    for name in workspace.journal.events_with(ATTACHED, since):
        if name not in found:
            event = workspace.events.get(name)
            if event.room == room:
                found[name] = event
    return sorted(found.values(), key=lambda event: event.starts_at)


def still_due(workspace: Workspace, event: Event) -> bool:
    """Whether an event that was due is so still."""
    targets = {target.name for target in targets_of(workspace.settings.archive)}
    return is_due(workspace.journal.entries(event.id), targets)


def is_elsewhere(workspace: Workspace, event: Event, moment: datetime) -> bool:
    """Whether the event is for another machine of the room, which has its recording.

    Machines that share a database find the same events due, but a recording lies on one of them.
    Where none has archived it for a day, this one tries, and tells what is missing.
    """
    if workspace.settings.room.database_url.startswith("sqlite"):
        return False
    entries = workspace.journal.entries(event.id)
    recording = recording_of(event, entries)
    if recording is None or recording.file.is_file() or receipts_of(entries):
        return False
    due_since = event.ends_at + timedelta(minutes=workspace.settings.archive.due_after_minutes)
    return moment - due_since < _PATIENCE


def is_due(entries: Sequence[Entry], targets: set[str]) -> bool:
    """Whether an event of these entries lacks a copy at one of the targets, or later documents."""
    record = progress(entries).get(sop.RECORD)
    if record is None or not record.done or status_of(entries) is EventStatus.CANCELLED:
        return False
    return bool(targets - set(receipts_of(entries))) or _has_later_documents(entries)


def _has_later_documents(entries: Sequence[Entry]) -> bool:
    """Whether something has come since the last delivery, from people or from Zoom's cloud."""
    numbers = [entry.number for entry in entries if entry.kind == DELIVERED]
    delivered = max(numbers, default=0)
    known = {
        entry.data["file"] for entry in entries if entry.kind == SECOND and entry.number < delivered
    }
    return any(
        entry.kind in (ATTACHED, SECOND, _FETCHED) and entry.data.get("file") not in known
        for entry in entries
        if entry.number > delivered
    )
