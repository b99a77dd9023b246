"""What the journal knows of an event's meeting: first the intent, then Zoom's number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cc_run.journal import Entry

INTENDED: Final = "meeting.intended"
CREATED: Final = "meeting.created"
CANCELLED: Final = "meeting.cancelled"


@dataclass(frozen=True)
class MeetingRecord:
    """A meeting that is wished (``meeting_id`` None) or made, at which host, by which marker."""

    host: str
    marker: str
    meeting_id: int | None = None


def meeting_of(entries: Sequence[Entry]) -> MeetingRecord | None:
    """The event's meeting as its entries tell it; None before the intent and after a cancel."""
    record: MeetingRecord | None = None
    for entry in entries:
        if entry.kind == INTENDED:
            record = MeetingRecord(entry.data["host"], entry.data["marker"])
        elif entry.kind == CREATED:
            record = MeetingRecord(
                entry.data["host"], entry.data["marker"], entry.data["meeting_id"]
            )
        elif entry.kind == CANCELLED:
            record = None
    return record
