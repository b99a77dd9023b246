"""Moments as people write them: in the room's zone, in words, with WIB, WITA or WIT."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cc_run.language import spoken

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
    from babel.dates import format_datetime

    pattern = {"id": "EEEE, d MMMM y 'pukul' HH.mm", "en": "EEEE, d MMMM y 'at' HH:mm"}[spoken()]
    local = moment.astimezone(ZoneInfo(zone))
    words = format_datetime(local, pattern, tzinfo=ZoneInfo(zone), locale=_LOCALES[spoken()])
    return f"{words} {zone_name(moment, zone)}"


def format_day(day: date) -> str:
    """The day in words: "Selasa, 24 November 2026"."""
    from babel.dates import format_date

    return format_date(day, "EEEE, d MMMM y", locale=_LOCALES[spoken()])


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
