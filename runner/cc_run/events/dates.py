"""Days and times of day as people write them, in Indonesian or English."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Final

from cc_run.errors import UsageFault
from cc_run.language import _
from cc_run.times import format_day

_RELATIVE: Final = {
    "hari ini": 0,
    "today": 0,
    "besok": 1,
    "tomorrow": 1,
    "lusa": 2,
}
_MONTHS: Final = {
    **dict.fromkeys(("januari", "january", "jan"), 1),
    **dict.fromkeys(("februari", "february", "pebruari", "feb", "peb"), 2),
    **dict.fromkeys(("maret", "march", "mar"), 3),
    **dict.fromkeys(("april", "apr"), 4),
    **dict.fromkeys(("mei", "may"), 5),
    **dict.fromkeys(("juni", "june", "jun"), 6),
    **dict.fromkeys(("juli", "july", "jul"), 7),
    **dict.fromkeys(("agustus", "august", "agu", "agt", "ags", "aug"), 8),
    **dict.fromkeys(("september", "sept", "sep"), 9),
    **dict.fromkeys(("oktober", "october", "okt", "oct"), 10),
    **dict.fromkeys(("november", "nopember", "nov", "nop"), 11),
    **dict.fromkeys(("desember", "december", "des", "dec"), 12),
}
_WEEKDAYS: Final = {
    **dict.fromkeys(("senin", "sen", "monday", "mon"), 0),
    **dict.fromkeys(("selasa", "sel", "tuesday", "tue"), 1),
    **dict.fromkeys(("rabu", "rab", "wednesday", "wed"), 2),
    **dict.fromkeys(("kamis", "kam", "thursday", "thu"), 3),
    **dict.fromkeys(("jumat", "jum'at", "jum’at", "jum", "friday", "fri"), 4),
    **dict.fromkeys(("sabtu", "sab", "saturday", "sat"), 5),
    **dict.fromkeys(("minggu", "ahad", "min", "sunday", "sun"), 6),
}
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_WORDS: Final = re.compile(r"(\d{1,2})\.?\s+([a-z]+)\.?,?\s+(\d{4})")
_MONTH_FIRST: Final = re.compile(r"([a-z]+)\.?\s+(\d{1,2}),?\s+(\d{4})")
_WEEKDAY: Final = re.compile(r"([a-z'’]+)\.?\s*[,/]?\s+(.+)")
_CLOCK: Final = re.compile(r"(?:pukul|jam|at)?\s*(\d{1,2})(?:[.:](\d{2}))?\s*(?:wib|wita|wit)?")


def parse_day(text: str, today: date) -> date:
    """The day that ``text`` names.

    Understood are 2026-11-24, 24/11/2026 (day first), 24 November 2026, 24 Nov 2026,
    November 24, 2026, each with or without its weekday, and today, tomorrow, hari ini, besok,
    lusa, counted from ``today``.

    Raises:
        UsageFault: no such day, or the weekday is not that day's.
    """
    words = " ".join(text.lower().split())
    if words in _RELATIVE:
        return today + timedelta(days=_RELATIVE[words])
    weekday = None
    if (found := _WEEKDAY.fullmatch(words)) and found[1] in _WEEKDAYS:
        weekday, words = _WEEKDAYS[found[1]], found[2]
    parts = _parts(words)
    if parts is None:
        raise _not_understood(text)
    try:
        day = date(*parts)
    except ValueError:
        raise UsageFault(
            _("The calendar has no day %(day)s.") % {"day": text.strip()},
            _("Check the day and the month."),
        ) from None
    if weekday is not None and weekday != day.weekday():
        raise UsageFault(
            _("«%(text)s» contradicts itself: that day is %(day)s.")
            % {"text": text.strip(), "day": format_day(day)},
            _("Check the letter: is the weekday wrong, or the date?"),
        )
    return day


def parse_clock(text: str) -> time:
    """The time of day that ``text`` names: 09.00, 09:00, 9, pukul 09.00 WIB.

    Raises:
        UsageFault: it is none.
    """
    found = _CLOCK.fullmatch(" ".join(text.lower().split()))
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        pass
    raise UsageFault(
        _("«%(text)s» is no time of day.") % {"text": text.strip()},
        _("Write hours and minutes, for example 09.00."),
    )


def _parts(words: str) -> tuple[int, int, int] | None:
    """Year, month and day as numbers."""
    if found := _ISO.fullmatch(words):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _NUMBERS.fullmatch(words):
        return int(found[3]), int(found[2]), int(found[1])
    if (found := _WORDS.fullmatch(words)) and found[2] in _MONTHS:
        return int(found[3]), _MONTHS[found[2]], int(found[1])
    if (found := _MONTH_FIRST.fullmatch(words)) and found[1] in _MONTHS:
        return int(found[3]), _MONTHS[found[1]], int(found[2])
    return None


def _not_understood(text: str) -> UsageFault:
    return UsageFault(
        _("«%(text)s» is no date.") % {"text": text.strip()},
        _("Write it as 24 November 2026, 24/11/2026 or 2026-11-24."),
    )
