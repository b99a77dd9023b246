"""When a host has room for one more meeting, and where the nearest gap is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from cc_run.hosting.occupancy import Busy, Wanted, colliding, has_room, nearest_starts

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
GAP = timedelta(minutes=15)
TWO_HOURS = Wanted(NINE, timedelta(hours=2), GAP)


def busy(start: float, end: float, key: str = "") -> Busy:
    """A meeting from one hour of the day to another."""
    day = NINE.replace(hour=0)
    return Busy(key or f"{start}", day + timedelta(hours=start), day + timedelta(hours=end))


def clocks(moments: list[datetime]) -> list[str]:
    return [f"{moment:%d %H.%M}" for moment in moments]


def free(
    *hosts: tuple[list[Busy], int],
    wanted: Wanted = TWO_HOURS,
    earliest: float = 0,
    also_free: Sequence[Busy] = (),
) -> list[str]:
    found = nearest_starts(
        wanted,
        hosts,
        earliest=NINE.replace(hour=0) + timedelta(hours=earliest),
        reach=timedelta(days=1),
        also_free=also_free,
    )
    return clocks(found)


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [
        (7, 8.75, False),
        (7, 8.76, True),
        (11.25, 12, False),
        (11.24, 12, True),
        (9.5, 10, True),
        (0, 24, True),
    ],
)
def test_the_gap_lies_on_both_sides(start: float, end: float, meets: bool) -> None:
    there = [busy(start, end)]
    assert (colliding(TWO_HOURS, there) == there) is meets
    assert has_room(TWO_HOURS, there, 1) is not meets


def test_what_follows_each_other_takes_one_place() -> None:
    chain = [busy(8, 9.5), busy(9.75, 10.5), busy(10.75, 12)]
    assert not has_room(TWO_HOURS, chain, 1)
    assert has_room(TWO_HOURS, chain, 2)
    close = [busy(8, 9.5), busy(9.7, 10.5)]
    assert not has_room(TWO_HOURS, close, 2)
    assert has_room(TWO_HOURS, close, 3)


def test_a_meeting_that_stands_at_two_times_counts_once_a_moment() -> None:
    moved = [busy(9, 10, "one"), busy(9.5, 11, "one")]
    assert has_room(TWO_HOURS, moved, 2)
    assert not has_room(TWO_HOURS, moved, 1)


def test_the_nearest_times_lie_before_and_after() -> None:
    assert free(([busy(9, 11)], 1)) == ["24 06.45", "24 11.15"]


def test_a_gap_that_is_too_short_is_passed_by() -> None:
    day = [busy(6, 8), busy(9, 11), busy(13, 14)]
    assert free((day, 1)) == ["24 03.45", "24 14.15"]


def test_the_freest_host_counts() -> None:
    assert free(([busy(8, 12)], 1), ([busy(9, 10)], 1)) == ["24 06.45", "24 10.15"]


def test_nothing_is_offered_that_has_begun_already() -> None:
    assert free(([busy(9, 11)], 1), earliest=7) == ["24 11.15"]


def test_the_rooms_own_events_are_no_free_time() -> None:
    host = ([busy(9, 11)], 1)
    assert free(host, also_free=[busy(11, 12)]) == ["24 06.45", "24 12.00"]
    assert free(host, also_free=[busy(8.5, 8.75)]) == ["24 06.30", "24 11.15"]


def test_odd_minutes_are_rounded_away_from_what_is_there() -> None:
    odd = Wanted(NINE, timedelta(minutes=50), GAP)
    assert free(([busy(9.02, 9.98)], 1), wanted=odd) == ["24 07.55", "24 10.15"]


def test_where_all_is_taken_nothing_is_offered() -> None:
    assert free(([busy(-24, 60)], 1)) == []
