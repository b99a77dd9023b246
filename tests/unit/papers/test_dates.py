from __future__ import annotations

from datetime import date, time

import pytest

from cc_run.errors import UsageFault
from cc_run.events.dates import parse_clock, parse_day

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "24/11/2026",
        "24-11-2026",
        "24.11.2026",
        "24 November 2026",
        "24  nov 2026",
        "Selasa, 24 November 2026",
        "Selasa 24 Nov 2026",
        "SELASA / 24 Nopember 2026",
        "selasa, 24/11/2026",
        "Tuesday, 24 November 2026",
        "Tue, Nov 24, 2026",
        "besok",
        "tomorrow",
    ],
)
def test_a_day_is_understood_however_it_is_written(text: str) -> None:
    assert parse_day(text, TODAY) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["hari ini", "Today", " hari  ini "])
def test_today(text: str) -> None:
    assert parse_day(text, TODAY) == TODAY


@pytest.mark.parametrize(
    ("text", "month"), [("1 Mei 2026", 5), ("1 Agustus 2026", 8), ("1 Okt 2026", 10)]
)
def test_indonesian_months(text: str, month: int) -> None:
    assert parse_day(text, TODAY) == date(2026, month, 1)


@pytest.mark.parametrize("text", ["Senin, 24 November 2026", "Monday 24/11/2026"])
def test_a_weekday_that_contradicts_its_date_is_refused_with_both_named(text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        parse_day(text, TODAY)
    assert text in caught.value.message
    assert "24 November 2026" in caught.value.message
    assert "Tuesday" in caught.value.message or "Selasa" in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "minggu", "31/02/2026", "24 Nov", "24 Foo 2026", "11/24/2026"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        parse_day(text, TODAY)
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["09.00", "09:00", "9", "pukul 09.00 WIB", "jam 9"])
def test_a_time_of_day(text: str) -> None:
    assert parse_clock(text) == time(9, 0)


@pytest.mark.parametrize("text", ["", "24.00", "9.5", "9.60", "pagi"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageFault):
        parse_clock(text)
