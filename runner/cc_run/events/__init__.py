"""Steps 1 and 2: planned video conferences, their letters, and the schedule register."""

from cc_run.events.model import Contact, Disposition, Event, Letter, Plan
from cc_run.events.status import EventStatus, status_of
from cc_run.events.store import EventStore

__all__ = [
    "Contact",
    "Disposition",
    "Event",
    "EventStatus",
    "EventStore",
    "Letter",
    "Plan",
    "status_of",
]
