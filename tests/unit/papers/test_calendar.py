from __future__ import annotations

from datetime import UTC, datetime, timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from cc_run.events import Event
from cc_run.events.calendar import Place, calendar
from cc_run.settings import Settings
from cc_run.settings.models import Mail

AT = datetime(2026, 11, 20, tzinfo=UTC)


def entry(content: bytes) -> Entry:
    [only] = Calendar.from_ical(content).walk("VEVENT")
    assert isinstance(only, Entry)
    return only


def test_an_event_becomes_an_entry_in_the_rooms_zone(event: Event, settings: Settings) -> None:
    content = calendar(event, settings, sequence=0, at=AT)
    made = entry(content)
    assert b"METHOD:PUBLISH" in content
    assert b"TZNAME:WIB" in content
    assert made["DTSTART"].dt == event.starts_at
    assert made["DTEND"].dt == event.ends_at
    assert str(made["SUMMARY"]) == event.title
    assert made["SEQUENCE"] == 0
    assert made["ORGANIZER"] == "mailto:cc@example.go.id"
    assert "ATTENDEE" not in made
    [alarm] = made.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)


def test_a_request_names_whom_it_goes_to_and_asks_for_no_reply(
    event: Event, settings: Settings
) -> None:
    sender = settings.model_copy(
        update={"mail": Mail(host="mail.example.go.id", sender="vidcon@example.go.id")}
    )
    content = calendar(
        event,
        sender,
        sequence=0,
        method="REQUEST",
        place=Place("https://zoom.us/j/81234567890", "812 3456 7890"),
        attendees=["ratna@example.go.id"],
        at=AT,
    )
    made = entry(content)
    assert b"METHOD:REQUEST" in content
    assert made["ATTENDEE"] == "mailto:ratna@example.go.id"
    assert made["ATTENDEE"].params["RSVP"] == "FALSE"
    # The organizer is who sends the mail, else some calendars do not believe the next one.
    assert made["ORGANIZER"] == "mailto:vidcon@example.go.id"
    assert made["URL"] == "https://zoom.us/j/81234567890"
    assert "812 3456 7890" in made["DESCRIPTION"]


def test_the_uid_stays_and_the_sequence_is_what_it_is_told(
    event: Event, settings: Settings
) -> None:
    first = entry(calendar(event, settings, sequence=0, at=AT))
    changed = event.model_copy(update={"revision": 3, "title": "Lain"})
    second = entry(calendar(changed, settings, sequence=2, at=AT))
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] == 2
    kept = entry(calendar(changed, settings, sequence=3, uid="nama-lama@contoh", at=AT))
    assert kept["UID"] == "nama-lama@contoh"


def test_events_of_the_same_number_in_other_rooms_are_others(
    event: Event, settings: Settings
) -> None:
    other = event.model_copy(update={"room": "ruang-2"})
    uids = {entry(calendar(one, settings, sequence=0))["UID"] for one in (event, other)}
    assert len(uids) == 2


def test_a_cancellation_takes_the_entry_away(event: Event, settings: Settings) -> None:
    content = calendar(event, settings, sequence=1, method="CANCEL", at=AT)
    made = entry(content)
    assert b"METHOD:CANCEL" in content
    assert made["STATUS"] == "CANCELLED"
    assert made["SEQUENCE"] == 1
    assert not made.walk("VALARM")
