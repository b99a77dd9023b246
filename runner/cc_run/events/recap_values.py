"""What the office's register says of an event, in its own words."""

from __future__ import annotations

from datetime import date
from functools import cache

from babel.dates import format_date

from cc_run.events.model import Event
from cc_run.language import speaking
from cc_run.settings import Settings
from cc_run.times import format_clock, format_day, zone_name


def row_values(event: Event, settings: Settings) -> dict[str, str | int]:
    """What the register says of an event's plan, by column key; an unknown fact is not there.

    Some keys are only of others' registers, which have two columns where ours has one.
    """
    with speaking("id"):  # the register is the office's own paper, whoever works on it
        return _values(event, settings)


def _values(event: Event, settings: Settings) -> dict[str, str | int]:
    zone = settings.zone
    start, end = format_clock(event.starts_at, zone), format_clock(event.ends_at, zone)
    day = _day(event.starts_at.astimezone(settings.room.zone).date())
    leader = f"{event.disposition.leader}, {_short(event.disposition.date)}"
    values: dict[str, str | int | None] = {
        "code": event.id,
        "day": day,
        "weekday": day.partition(",")[0],
        "clock": f"{start}–{end} {zone_name(event.starts_at, zone)}",
        "start": start,
        "end": end,
        "title": event.title,
        "agency": event.agency,
        "letter_date": _short(event.letter.date),
        "disposition_date": _short(event.disposition.date),
        "letter": f"{event.letter.number} / {_short(event.letter.date)}",
        "disposition": ": ".join(part for part in (leader, event.disposition.note) if part),
        "place": event.place,
        "participants": event.participants,
        "contact": " / ".join(part for part in (event.contact.name, event.contact.phone) if part),
        "operator": event.operator,
    }
    return {key: value for key, value in values.items() if value is not None and value != ""}


@cache
def _day(day: date) -> str:
    with speaking("id"):
        return format_day(day)


@cache
def _short(day: date) -> str:
    return str(format_date(day, "d MMM y", locale="id_ID"))
