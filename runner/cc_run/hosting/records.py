"""What the journal knows of an event's meeting: first the intent, then Zoom's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cc_run.journal import Entry

INTENDED: Final = "meeting.intended"
"""A host is chosen; nothing has been asked of Zoom yet."""
REPEATED: Final = "meeting.repeated"
"""Zoom is asked once more under the same intent: the first request may still arrive."""
CREATED: Final = "meeting.created"
ALONE: Final = "meeting.alone"
"""Looked for a twin that a repeated request may have made."""
ASKED: Final = "meeting.asked"
"""A change is about to be asked of Zoom."""
CHANGED: Final = "meeting.changed"
TAKEN: Final = "meeting.taken"
"""The schedule took over what somebody had changed in Zoom."""
CANCELLED: Final = "meeting.cancelled"

BY_POOL: Final = "pool"
"""The host turned out to be taken by a meeting that the schedule does not know."""
BY_RACE: Final = "race"
"""Another event was a moment earlier in choosing the host."""
BY_ZOOM: Final = "Zoom"
"""Somebody deleted it in Zoom, or Zoom has no such host."""


@dataclass(frozen=True)
class MeetingRecord:
    """A meeting that is wished (``meeting_id`` None) or made, at which host, by which marker.

    Attributes:
        host: The Zoom account that owns it.
        marker: What its agenda begins with.
        since: The number of the intent's entry: the smaller one has the better right to a host.
        meeting_id: Zoom's number.
        known: What we left in Zoom, and what we asked for since: anything else is somebody's hand.
        accepted: Settings that were taken over from Zoom.
        doubtful: Whether a repeated request may have made a twin.
    """

    host: str
    marker: str
    since: int
    meeting_id: int | None = None
    known: tuple[Mapping[str, Any], ...] = ()
    accepted: Mapping[str, Any] = field(default_factory=dict)
    doubtful: bool = False


def meeting_of(entries: Sequence[Entry]) -> MeetingRecord | None:
    """The event's meeting as its entries tell it; None before the intent and after a cancel."""
    record: MeetingRecord | None = None
    for entry in entries:
        if entry.kind == INTENDED:
            record = MeetingRecord(
                entry.data["host"],
                entry.data["marker"],
                entry.number,
                known=_snapshots(entry, "asked"),
            )
        elif entry.kind == CANCELLED:
            record = None
        elif record is not None:
            record = _continued(record, entry)
    return record


def markers_of(entries: Sequence[Entry]) -> set[str]:
    """All markers that the event's meetings have had."""
    return {entry.data["marker"] for entry in entries if entry.kind == INTENDED}


def was_crowded(entries: Sequence[Entry]) -> bool:
    """Whether the last host that was chosen turned out to be taken."""
    ends = [entry for entry in entries if entry.kind in (CREATED, CANCELLED)]
    return bool(ends) and ends[-1].data.get("by") == BY_POOL


def _continued(record: MeetingRecord, entry: Entry) -> MeetingRecord:
    data = entry.data
    if entry.kind == CREATED:
        return replace(record, meeting_id=data["meeting_id"], known=_snapshots(entry, "kept"))
    if entry.kind == ASKED:
        return replace(record, known=(*record.known, *_snapshots(entry, "asked")))
    if entry.kind in (CHANGED, TAKEN):
        accepted = {**record.accepted, **data.get("settings", {})}
        return replace(record, accepted=accepted, known=_snapshots(entry, "kept"))
    if entry.kind in (REPEATED, ALONE):
        return replace(record, doubtful=entry.kind == REPEATED)
    return record


def _snapshots(entry: Entry, name: str) -> tuple[Mapping[str, Any], ...]:
    found = entry.data.get(name)
    return (found,) if found else ()
