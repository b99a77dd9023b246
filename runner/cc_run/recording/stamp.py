"""Moments and ends that nobody moves by setting the clock.

The wall clock of a machine can jump (a first answer of the time server, a person). What lasts is
counted on the kernel's own clock, which runs on through all of that and through a sleep.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cc_run.times import now


def ticking() -> float:
    """Seconds since the machine was started, its sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


@dataclass(frozen=True)
class Stamp:
    """A moment by the wall clock, and by the kernel's (``seconds`` since the start ``boot``)."""

    at: datetime
    boot: str
    seconds: float

    @classmethod
    def present(cls) -> Stamp:
        """This moment."""
        return cls(now(), _boot(), ticking())

    @classmethod
    def from_data(cls, data: Mapping[str, Any], at: datetime) -> Stamp:
        """What ``as_data`` gave; entries without it are told by the clock when they were noted."""
        at = datetime.fromisoformat(data["at"]) if "at" in data else at
        return cls(at, str(data.get("boot", "")), float(data.get("ticking", 0.0)))

    def as_data(self) -> dict[str, Any]:
        """For the journal, whose entry may be noted later."""
        at = self.at.isoformat(timespec="milliseconds")
        return {"at": at, "boot": self.boot, "ticking": round(self.seconds, 3)}

    def since(self, other: Stamp) -> float:
        """Seconds from the other moment to this one; by the wall clock across a restart."""
        if self.boot and self.boot == other.boot:
            return self.seconds - other.seconds
        return (self.at - other.at).total_seconds()

    def later(self, seconds: float) -> Stamp:
        """The moment so many seconds after this one."""
        return Stamp(self.at + timedelta(seconds=seconds), self.boot, self.seconds + seconds)


class Deadline:
    """When a recording ends: set by the wall clock once, then counted down on the kernel's."""

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._ends = ticking() + (until - now()).total_seconds()

    @property
    def left(self) -> float:
        """Seconds until then, not below zero."""
        return max(self._ends - ticking(), 0.0)

    def move(self, until: datetime) -> float:
        """Another end: moves by the difference of the two; the seconds that it moved."""
        moved = (until - self._until).total_seconds()
        self._until, self._ends = until, self._ends + moved
        return moved
