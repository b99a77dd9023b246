"""Where an event stands, in one word, derived from its journal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from cc_run import sop
from cc_run.journal import Entry
from cc_run.journal.progress import progress

CANCELLED_KIND: Final = "event.cancelled"


class EventStatus(StrEnum):
    """The furthest thing that has been done for an event."""

    PLANNED = "planned"
    ASSIGNED = "assigned"
    REGISTERED = "registered"
    HOSTED = "hosted"
    READY = "ready"
    RECORDED = "recorded"
    DOCUMENTED = "documented"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_AFTER_STEP: Final = {
    sop.ASSIGN: EventStatus.ASSIGNED,
    sop.RECAP: EventStatus.REGISTERED,
    sop.HOST: EventStatus.HOSTED,
    sop.PREPARE: EventStatus.READY,
    sop.RECORD: EventStatus.RECORDED,
    sop.DOCUMENT: EventStatus.DOCUMENTED,
    sop.CLOSE: EventStatus.CLOSED,
}


def status_of(entries: Sequence[Entry]) -> EventStatus:
    """The status that an event's entries tell."""
    if any(entry.kind == CANCELLED_KIND for entry in entries):
        return EventStatus.CANCELLED
    done = [number for number, record in progress(entries).items() if record.done]
    return _AFTER_STEP[max(done)] if done else EventStatus.PLANNED
