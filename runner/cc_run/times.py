"""Moments as people write them: in the room's zone, in words, with WIB, WITA or WIT."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from cc_run.language import _, spoken

# The names that Indonesia gives its zones; Babel knows them only under the Indonesian locale.
_ABBREVIATIONS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_LOCALES = {"id": "id_ID", "en": "en_GB"}


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


def zone_name(moment: datetime, zone: str) -> str:
    """``WIB`` for Asia/Jakarta, else the zone's own abbreviation at that moment."""
    return _ABBREVIATIONS.get(zone) or moment.astimezone(ZoneInfo(zone)).strftime("%Z")


def format_moment(moment: datetime, zone: str) -> str:
    """In words: "Selasa, 24 November 2026 pukul 09.00 WIB", "Tuesday, … at 09:00 WIB"."""
    return f"{_in_words(moment, zone)} {zone_name(moment, zone)}"


def format_period(start: datetime, end: datetime, zone: str) -> str:
    """From when to when: "Selasa, 24 November 2026 pukul 09.00–11.00 WIB"."""
    tz = ZoneInfo(zone)
    if start.astimezone(tz).date() == end.astimezone(tz).date():
        last = f"–{format_clock(end, zone)}"
    else:
        last = f" – {_in_words(end, zone)}"
    return f"{_in_words(start, zone)}{last} {zone_name(end, zone)}"


def _in_words(moment: datetime, zone: str) -> str:
    from babel.dates import format_datetime

    pattern = {"id": "EEEE, d MMMM y 'pukul' HH.mm", "en": "EEEE, d MMMM y 'at' HH:mm"}[spoken()]
    local = moment.astimezone(ZoneInfo(zone))
    return str(format_datetime(local, pattern, tzinfo=ZoneInfo(zone), locale=_LOCALES[spoken()]))


def format_short(moment: datetime, zone: str) -> str:
    """For a column: "Sel 24 Nov 2026 09.00", "Tue 24 Nov 2026 09:00"."""
    from babel.dates import format_date

    day = moment.astimezone(ZoneInfo(zone)).date()
    words = format_date(day, "EEE d MMM y", locale=_LOCALES[spoken()])
    return f"{words} {format_clock(moment, zone)}"


def format_day(day: date) -> str:
    """The day in words: "Selasa, 24 November 2026"."""
    weekdays, months = _names(spoken())
    return f"{weekdays[day.weekday()]}, {day.day} {months[day.month]} {day.year}"


@cache
def _names(language: str) -> tuple[dict[int, str], dict[int, str]]:
    """The weekdays by their number from 0, and the months from 1."""
    from babel.dates import get_day_names, get_month_names

    locale = _LOCALES[language]
    return dict(get_day_names("wide", locale=locale)), dict(get_month_names("wide", locale=locale))


def format_clock(moment: datetime, zone: str, *, seconds: bool = False) -> str:
    """The time of day: "09.00" in Indonesian, "09:00" in English, without the zone."""
    mark = "." if spoken() == "id" else ":"
    pattern = f"%H{mark}%M{mark}%S" if seconds else f"%H{mark}%M"
    return moment.astimezone(ZoneInfo(zone)).strftime(pattern)


def format_duration(span: timedelta) -> str:
    """How long: "1:02:03", or "0:07" below an hour."""
    total = round(span.total_seconds())
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def format_span(span: timedelta) -> str:
    """How long, in words that no one takes for a time of day: "2 h", "1 h 30 min", "7 s"."""
    total = round(span.total_seconds())
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        shown = [(hours, _("%(count)d h")), (minutes, _("%(count)d min"))]
    else:
        shown = [(minutes, _("%(count)d min")), (seconds, _("%(count)d s"))]
    words = [text % {"count": count} for count, text in shown if count]
    return " ".join(words) or _("%(count)d s") % {"count": 0}
