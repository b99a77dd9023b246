"""An event as a calendar file, so that agencies get it into their own calendars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True)
class Place:
    """Where the meeting is in Zoom: its address without the passcode, and its number."""

    url: str = ""
    number: str = ""


def calendar(
    event: Event,
    settings: Settings,
    *,
    sequence: int,
    uid: str = "",
    method: Method = "PUBLISH",
    place: Place | None = None,
    attendees: Sequence[str] = (),
    at: datetime | None = None,
) -> bytes:
    """The event as iCalendar (RFC 5545, RFC 5546).

    The UID never changes and SEQUENCE grows with each change, so that a calendar moves the entry
    that it has instead of adding another. A passcode does not belong here: calendars are shared.

    Args:
        event: The event.
        settings: The room's settings.
        sequence: How often what people were told has changed; a cancellation is a change too.
        uid: What the entry was called the first time; as ``new_uid`` calls it where not given.
        method: "PUBLISH" for a file that goes round, "REQUEST" for a mail to one person, "CANCEL"
            to take it away.
        place: The meeting in Zoom, where it is to be told.
        attendees: The addresses that a mail goes to.
        at: When the file is made; now if not given.
    """
    cancelled = method == "CANCEL"
    entry = Entry()
    entry.add("uid", uid or new_uid(event, settings))
    entry.add("sequence", sequence)
    entry.add("dtstamp", at or now())
    entry.add("dtstart", event.starts_at.astimezone(settings.room.zone))
    entry.add("dtend", event.ends_at.astimezone(settings.room.zone))
    entry.add("summary", event.title)
    entry.add("location", ", ".join(dict.fromkeys((event.place, settings.room.room_name))))
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if place is not None and place.url:
        entry.add("url", place.url)
    for email in attendees:
        entry.add("attendee", _attendee(email))
    if organizer := settings.mail.sender or next((one.email for one in settings.zoom.hosts), ""):
        entry["organizer"] = _organizer(organizer, settings)
    with speaking(settings.room.document_language):
        entry.add("description", _description(event, place))
        if not cancelled:
            entry.add_component(_reminder(event))
    whole = Calendar()
    whole.add("prodid", f"-//cc-run//{__version__}//{settings.room.document_language.upper()}")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add_component(entry)
    whole.add_missing_timezones()
    return bytes(whole.to_ical())


def new_uid(event: Event, settings: Settings) -> str:
    """A name for the event in every calendar; it is kept, for settings may change."""
    office = f"{settings.room.office} {settings.room.office_unit}"
    return f"{_plain(event.id)}.{_plain(event.room)}@{_plain(office)}.cc-run"


def _plain(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def _organizer(email: str, settings: Settings) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["cn"] = vText(settings.room.office_unit or settings.room.office)
    return address


def _attendee(email: str) -> vCalAddress:
    # Nobody counts replies here, so none is asked for.
    address = vCalAddress(f"mailto:{email}")
    address.params["role"] = vText("REQ-PARTICIPANT")
    address.params["partstat"] = vText("NEEDS-ACTION")
    address.params["rsvp"] = vText("FALSE")
    return address


def _description(event: Event, place: Place | None) -> str:
    office = [
        (_("Agency"), event.agency),
        (_("Letter"), event.letter.number),
        (_("Operator"), event.operator),
    ]
    lines = [*map(": ".join, office), event.agenda]
    if place is not None and place.url:
        zoom = [(_("Link"), place.url), (_("Meeting ID"), place.number)]
        lines += [*map(": ".join, zoom), _("The passcode is in the invitation.")]
    return "\n".join(line for line in lines if line)


def _reminder(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm["trigger"] = _REMINDER
    return alarm
