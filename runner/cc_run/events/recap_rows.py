"""What a row of an office's register means: its day and times, the letter, the disposition.

Offices write these in many ways; what cannot be understood is told in words and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from cc_run.errors import UsageFault
from cc_run.events.dates import parse_clock, parse_day
from cc_run.events.model import Event
from cc_run.events.recap_reading import RegisterRow
from cc_run.language import _
from cc_run.times import now, zone_name

_EPOCH: Final = datetime(1899, 12, 30)  # of Excel's counting of days
_SERIALS: Final = range(36_526, 73_051)  # the days of 2000 to 2099 as Excel counts them
_UNTIL: Final = re.compile(
    r"\s*(?:[-–—]|(?<![a-z])(?:s\.?\s?/?\s?d|sampai(?:\s+dengan)?|hingga|until)(?![a-z])\.?)\s*"
)
_OPEN: Final = ("selesai", "selesai.", "end", "finish")
_DATE: Final = re.compile(
    r"(?<![\d/.-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{1,2}\s+[a-z]{3,9}\.?\s+\d{4})"
    r"(?![\d/])",
    re.IGNORECASE,
)
_DATED: Final = re.compile(r"[\s,;:/(–-]*(?:\b(?:tertanggal|tanggal|tgl|date)\b\.?)?[\s:]*$", re.I)
_SHORT_YEAR: Final = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})[/.-](\d{2})$")
_MARK: Final = re.compile(r"([^\W\d])\s*[/,]\s*")
_DASHED_MONTH: Final = re.compile(r"\d-[a-z]", re.IGNORECASE)
_YEAR: Final = re.compile(r"\d{4}")
_COUNT: Final = re.compile(r"\d{1,6}")
_ZONE: Final = re.compile(r"\b(wib|wita|wit)\b")
_TEXTS: Final = ("title", "agency", "place", "operator")
# The columns that tell of a plan; the others are the office's or the program's own remarks.
_TELLING: Final = frozenset(
    (
        *("day", "weekday", "clock", "start", "end", *_TEXTS, "participants", "contact"),
        *("letter", "letter_date", "disposition", "disposition_date"),
    )
)
# Cells that mean something beside each other only.
_TOGETHER: Final = (frozenset(("day", "weekday")), frozenset(("start", "end")))
_PHONE: Final = re.compile(r"\+?[\d][\d\s().-]{5,}")


@dataclass(frozen=True)
class Facts:
    """What a row says; None (or empty) where it says nothing, and what is wrong with it.

    ``open_end`` is true for «s.d. selesai».
    """

    day: date | None = None
    start: time | None = None
    end: time | None = None
    open_end: bool = False
    cancelled: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    letter: Mapping[str, Any] = field(default_factory=dict)
    disposition: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, str] = field(default_factory=dict)
    participants: int | None = None
    problems: tuple[str, ...] = ()


def facts_of(row: RegisterRow, zone: str, written: Mapping[str, str | int] | None = None) -> Facts:
    """What the row says.

    Args:
        row: A row of a register.
        zone: The room's time zone by name.
        written: By column key, what we have written into such a row ourselves; a cell that still
            says so says nothing new.
    """
    known = {key: " ".join(str(value).split()) for key, value in (written or {}).items()}
    said = set(row.values)
    if known:
        said = {key for key in row.values if row.text(key) != known.get(key)}
    for together in _TOGETHER:
        said |= together if said & together else set()
    cancelled = row.text("status").lower().startswith(("batal", "dibatalkan"))
    if not said & _TELLING:
        return Facts(cancelled=cancelled)
    new = RegisterRow(
        row.sheet, row.row, {key: row.values[key] for key in row.values if key in said}, row.month
    )
    problems: list[str] = []
    day = _told(problems, lambda: _day(new), None)
    start, end, open_end = _told(problems, lambda: _clock(new, zone), (None, None, False))
    letter = _dated(problems, new, "letter", "letter_date", ("number", "date"))
    disposition = _dated(problems, new, "disposition", "disposition_date", ("leader", "date"))
    texts = {key: new.text(key) for key in _TEXTS}
    count = _COUNT.search(new.text("participants"))
    return Facts(
        day=day,
        start=start,
        end=end,
        open_end=open_end,
        cancelled=cancelled,
        texts={key: value for key, value in texts.items() if value},
        letter=letter,
        disposition=disposition,
        contact=_contact(new.text("contact")),
        participants=int(count[0]) if count and int(count[0]) else None,
        problems=tuple(problems),
    )


def day_of(row: RegisterRow) -> date | None:
    """The row's day; None where it has none or contradicts itself."""
    try:
        return _day(row)
    except UsageFault:
        return None


Mark = tuple[str, date, time]


def mark_of_row(row: RegisterRow, facts: Facts) -> Mark | None:
    """By what a row is known whose event has no code in it: title, day, start; None without one."""
    if facts.day is None or facts.start is None:
        return None
    return _same_words(row.text("title")), facts.day, facts.start


def mark_of_event(event: Event, zone: str) -> Mark:
    """By what an event's row is known where it has no code: title, day, start."""
    start = event.starts_at.astimezone(ZoneInfo(zone))
    return _same_words(event.title), start.date(), time(start.hour, start.minute)


def _same_words(text: str) -> str:
    """A text as it is compared: without case and superfluous white space."""
    return " ".join(text.casefold().split())


def _told(problems: list[str], find: Any, nothing: Any) -> Any:
    """What ``find`` gives; where it cannot, the problem is noted."""
    try:
        return find()
    except UsageFault as fault:
        problems.append(fault.message)
        return nothing


def _day(row: RegisterRow) -> date | None:
    value = row.values.get("day")
    if value is None:
        return None
    day = value.date() if isinstance(value, datetime) else value
    if isinstance(value, int | float) and int(value) in _SERIALS:
        day = (_EPOCH + timedelta(days=int(value))).date()
    if not isinstance(day, date):
        day = _day_in_words(row.text("day"), row.month)
    if row.text("weekday"):
        parse_day(f"{row.text('weekday')}, {day.isoformat()}", date.min)
    return day


@cache
def _day_in_words(text: str, month: date | None) -> date:
    """The day of a text; where it has no year or month, those of its sheet."""
    words = _SHORT_YEAR.sub(r"\1/\2/20\3", _MARK.sub(r"\1, ", text))
    if _DASHED_MONTH.search(words):
        words = words.replace("-", " ")
    if month is not None and not _YEAR.search(words):
        bare = words.rstrip(" .")[-1:].isdecimal()
        words = f"{words} {month:%B %Y}" if bare else f"{words} {month:%Y}"
    day = parse_day(words, date.min)
    # «besok» means nothing in a register; it would be counted from the first day of all.
    return day if day.year > 1 else parse_day(f"«{words}»", date.min)


def _clock(row: RegisterRow, zone: str) -> tuple[time | None, time | None, bool]:
    start, end, open_end = _span(row.values.get("clock"), row.text("clock"), zone)
    for key in ("start", "end"):
        found, _end, until_done = _span(row.values.get(key), row.text(key), zone)
        if key == "start":
            start = found or start
        else:
            end, open_end = found or end, open_end or until_done
    return start, end, open_end and end is None


def _span(value: Any, text: str, zone: str) -> tuple[time | None, time | None, bool]:
    """Start, end, and whether it lasts until it is done."""
    start = _time_of(value)
    if start is not None:
        return start, None, False
    ours = zone_name(now(), zone)
    words = _bounded(ours.lower()).sub(" ", text.lower()).strip()
    if other := _ZONE.search(words):
        raise UsageFault(
            _("«%(text)s» is in %(other)s, the room's time is %(ours)s.")
            % {"text": text, "other": other[0].upper(), "ours": ours}
        )
    begin, *rest = _UNTIL.split(words, maxsplit=1)
    if not words or words in _OPEN:
        return None, None, bool(words)
    if not rest or rest[0].strip() in _OPEN:
        return parse_clock(begin), None, bool(rest)
    return parse_clock(begin), parse_clock(rest[0]), False


@cache
def _bounded(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b")


def _time_of(value: Any) -> time | None:
    """The time of a cell that holds one and no text."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    if isinstance(value, float) and 0 <= value < 1:
        value = timedelta(minutes=round(value * 24 * 60))
    return (datetime.min + value).time() if isinstance(value, timedelta) else None


def _dated(
    problems: list[str], row: RegisterRow, key: str, date_key: str, names: tuple[str, str]
) -> dict[str, Any]:
    """A paper's name and date, and what follows the date: from one cell or from two."""
    name, found, note = row.text(key), None, ""
    tokens = list(_DATE.finditer(name))
    if tokens:  # the last is the paper's; what looks like a date before it belongs to its number
        token = tokens[-1]
        found = _told(problems, lambda: parse_day(token[0], date.min), None)
        note = name[token.end() :].strip(" ):;,–-")
        name = name[: token.start()]
    if row.values.get(date_key) is not None:
        of_its_own = RegisterRow(row.sheet, row.row, {"day": row.values[date_key]}, row.month)
        found = _told(problems, lambda: _day(of_its_own), found)
    name = _DATED.sub("", name, count=1)
    if key == "disposition" and ": " in name:
        name, _mark, before = name.partition(": ")
        note = ", ".join(part for part in (before.strip(), note) if part)
    paper: dict[str, Any] = {names[0]: name.strip(), names[1]: found}
    if key == "disposition":
        paper["note"] = note
    return {name: value for name, value in paper.items() if value}


def _contact(text: str) -> dict[str, str]:
    phone = _PHONE.search(text)
    if phone is None:
        return {"name": text} if text else {}
    name = (text[: phone.start()] + text[phone.end() :]).strip(" /,;:()-")
    found = {"name": name, "phone": " ".join(phone[0].split()).strip(" (-.")}
    return {key: value for key, value in found.items() if value}
