"""Alarms: each is raised once, and cleared when what it told of is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

# What comes and goes within this time is one alarm.
_QUIET_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Alarm:
    """Something is wrong with the recording.

    Attributes:
        key: What it is of, for programs: ``picture.black``, ``microphone.Mikrofon``.
        sentence: What it says to people.
        since: When it was raised, on the kernel's clock.
    """

    key: str
    sentence: str
    since: float


@dataclass(frozen=True)
class Cleared:
    """An alarm is over; it lasted so many seconds."""

    alarm: Alarm
    seconds: float


class AlarmBook:
    """Which alarms are on."""

    def __init__(self) -> None:
        self._on: dict[str, Alarm] = {}
        self._seen: dict[str, float] = {}

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """Those that are on, the oldest first."""
        return tuple(self._on.values())

    def update(self, wrong: Mapping[str, str], moment: float) -> list[Alarm | Cleared]:
        """What is new, given all that is wrong at this moment (sentences by key)."""
        news: list[Alarm | Cleared] = []
        for key, sentence in wrong.items():
            self._seen[key] = moment
            if key not in self._on:
                self._on[key] = Alarm(key, sentence, moment)
                news.append(self._on[key])
        for key, alarm in list(self._on.items()):
            if moment - self._seen[key] >= _QUIET_SECONDS:
                del self._on[key]
                news.append(Cleared(alarm, self._seen[key] - alarm.since))
        return news

    def clear(self, moment: float, keys: Collection[str] | None = None) -> list[Cleared]:
        """What is over at this moment for certain: these, or all."""
        over = [key for key in self._on if keys is None or key in keys]
        return [Cleared(alarm, moment - alarm.since) for alarm in map(self._on.pop, over)]
