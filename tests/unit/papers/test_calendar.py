from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar

from cc_run.events import Event
from cc_run.events.calendar import calendar
from cc_run.settings import Settings

AT = datetime(2026, 11, 20, tzinfo=UTC)


def test_an_event_becomes_an_entry_in_the_rooms_zone(event: Event, settings: Settings) -> None:
    content = calendar(event, settings, at=AT)
    entry = Calendar.from_ical(content).walk("VEVENT")[0]
    assert b"METHOD:REQUEST" in content
    assert b"TZNAME:WIB" in content
    assert entry["DTSTART"].dt == event.starts_at
    assert str(entry["SUMMARY"]) == event.title
    assert entry["SEQUENCE"] == 0
    assert entry["ORGANIZER"] == "mailto:cc@example.go.id"
    assert entry["ATTENDEE"] == "mailto:ratna@example.go.id"


def test_a_change_keeps_the_uid_and_raises_the_sequence(event: Event, settings: Settings) -> None:
    first = Calendar.from_ical(calendar(event, settings, at=AT)).walk("VEVENT")[0]
    changed = event.model_copy(update={"revision": 3, "title": "Lain"})
    second = Calendar.from_ical(calendar(changed, settings, at=AT)).walk("VEVENT")[0]
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] == 2


def test_a_cancellation_outranks_the_last_change(event: Event, settings: Settings) -> None:
    content = calendar(event, settings, method="CANCEL", at=AT)
    entry = Calendar.from_ical(content).walk("VEVENT")[0]
    assert b"METHOD:CANCEL" in content
    assert entry["STATUS"] == "CANCELLED"
    assert entry["SEQUENCE"] == 1
    assert not Calendar.from_ical(content).walk("VALARM")
