"""An event as a calendar file, so that agencies get it into their own calendars."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal

from icalendar import Alarm, Calendar, vCalAddress, vText
from icalendar import Event as Entry

from cc_run import __version__
from cc_run.events.model import Event
from cc_run.language import _, speaking
from cc_run.settings import Settings
from cc_run.times import now

_REMINDER: Final = "-PT2H"


def calendar(
    event: Event,
    settings: Settings,
    *,
    method: Literal["REQUEST", "CANCEL"] = "REQUEST",
    join_url: str = "",
    at: datetime | None = None,
) -> bytes:
    """The event as iCalendar (RFC 5545, RFC 5546).

    The UID never changes and SEQUENCE grows with the event's revision, so that a calendar moves
    the entry that it has instead of adding another.

    Args:
        event: The event.
        settings: The room's settings.
        method: "REQUEST" to add or move it, "CANCEL" to take it away.
        join_url: The meeting's address, if it has one; a passcode does not belong here.
        at: When the file is made; now if not given.
    """
    cancelled = method == "CANCEL"
    entry = Entry()
    entry.add("uid", uid(event, settings))
    # A cancellation has to follow the last change to be heeded.
    entry.add("sequence", event.revision if cancelled else event.revision - 1)
    entry.add("dtstamp", at or now())
    entry.add("dtstart", event.starts_at.astimezone(settings.room.zone))
    entry.add("dtend", event.ends_at.astimezone(settings.room.zone))
    entry.add("summary", event.title)
    entry.add("location", f"{event.place}, {settings.room.room_name}")
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if join_url:
        entry.add("url", join_url)
    if event.contact.email:
        entry.add("attendee", f"mailto:{event.contact.email}")
    if settings.zoom.hosts:
        entry["organizer"] = _organizer(settings)
    with speaking(settings.room.document_language):
        entry.add("description", _description(event))
        if not cancelled:
            entry.add_component(_reminder(event))
    whole = Calendar()
    whole.add("prodid", f"-//cc-run//{__version__}//{settings.room.document_language.upper()}")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add_component(entry)
    whole.add_missing_timezones()
    return bytes(whole.to_ical())


def uid(event: Event, settings: Settings) -> str:
    """The event's name in every calendar: it survives each change of the event."""
    office = f"{settings.room.office} {settings.room.office_unit}".lower()
    return f"{event.id.lower()}@{re.sub('[^a-z0-9]+', '-', office).strip('-')}.cc-run"


def _organizer(settings: Settings) -> vCalAddress:
    # The office's own address in this matter is its Zoom account's.
    address = vCalAddress(f"mailto:{settings.zoom.hosts[0].email}")
    address.params["cn"] = vText(settings.room.office_unit or settings.room.office)
    return address


def _description(event: Event) -> str:
    lines = [
        f"{_('Agency')}: {event.agency}",
        f"{_('Letter')}: {event.letter.number}",
        f"{_('Operator')}: {event.operator}",
        event.agenda,
    ]
    return "\n".join(line for line in lines if line)


def _reminder(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm["trigger"] = _REMINDER
    return alarm
