"""When a Zoom account is taken: how many meetings at once, and where the nearest gap is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_GRID: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Busy:
    """A meeting that takes its host's time; ``key`` tells one meeting from another.

    The same meeting may be there twice, where the schedule and Zoom have it at different times.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    label: str = ""


@dataclass(frozen=True)
class Wanted:
    """A span that a new meeting shall have, and how long its host rests after any meeting."""

    starts_at: datetime
    length: timedelta
    gap: timedelta

    @property
    def ends_at(self) -> datetime:
        """Its end, without the rest."""
        return self.starts_at + self.length

    def moved_to(self, starts_at: datetime) -> Wanted:
        """The same at another time."""
        return Wanted(starts_at, self.length, self.gap)

    def meets(self, busy: Busy) -> bool:
        """Whether both cannot be at a host that runs one meeting at a time."""
        return busy.starts_at < self.ends_at + self.gap and self.starts_at < busy.ends_at + self.gap


def colliding(wanted: Wanted, taken: Iterable[Busy]) -> list[Busy]:
    """The meetings that come too close, by their start."""
    return sorted(filter(wanted.meets, taken), key=lambda busy: (busy.starts_at, busy.key))


def has_room(wanted: Wanted, taken: Iterable[Busy], concurrent: int) -> bool:
    """Whether a host that runs so many meetings at once can run this one besides.

    Every meeting is thought longer by the gap, so that one may begin where another has rested.
    """
    near = colliding(wanted, taken)
    moments = [wanted.starts_at] + [busy.starts_at for busy in near]
    return all(
        len({busy.key for busy in near if busy.starts_at <= at < busy.ends_at + wanted.gap})
        < concurrent
        for at in moments
        if wanted.starts_at <= at
    )


def nearest_starts(
    wanted: Wanted,
    hosts: Sequence[tuple[Sequence[Busy], int]],
    *,
    earliest: datetime,
    reach: timedelta,
    also_free: Sequence[Busy] = (),
) -> list[datetime]:
    """The nearest start before and after the wanted one at which some host has room.

    Args:
        wanted: What was looked for in vain.
        hosts: Each host's meetings, and how many it runs at once.
        earliest: No start before this moment.
        reach: How far from the wanted start is looked.
        also_free: Spans that must not be touched either (the room's own events).
    """

    def fits(start: datetime) -> bool:
        there = wanted.moved_to(start)
        if any(one.starts_at < there.ends_at and start < one.ends_at for one in also_free):
            return False
        return any(has_room(there, taken, concurrent) for taken, concurrent in hosts)

    edges = [(busy, wanted.gap) for taken, _concurrent in hosts for busy in taken]
    edges += [(busy, timedelta(0)) for busy in also_free]
    befores = {_floor(busy.starts_at - gap - wanted.length) for busy, gap in edges}
    afters = {_ceil(busy.ends_at + gap) for busy, gap in edges}
    befores = {at for at in befores if wanted.starts_at - reach <= at < wanted.starts_at}
    afters = {at for at in afters if wanted.starts_at < at <= wanted.starts_at + reach}
    before = next((at for at in sorted(befores, reverse=True) if at >= earliest and fits(at)), None)
    after = next((at for at in sorted(afters) if at >= earliest and fits(at)), None)
    return [at for at in (before, after) if at is not None]


def _floor(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % _GRID


def _ceil(moment: datetime) -> datetime:
    down = _floor(moment)
    return down if down == moment else down + _GRID
