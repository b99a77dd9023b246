"""The extension microphones, tapped one after the other: each that works makes the level jump.

The phone mixes its microphones into one sound, so a machine cannot tell them apart. A person taps
the one that is asked for; what is heard then was that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.room.sound import hearing
from cc_run.room.sound.server import ask_sound_server
from cc_run.room.sound.waves import SILENCE_DB, WINDOW_SECONDS
from cc_run.settings.models import ConferenceAudio

CHECKED: Final = "microphones.checked"
# Called with how many seconds to listen at most; gives the level of each 50 ms in dBFS.
Hearing = Callable[[float], Iterator[float]]

_FLOOR_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 0.5
# A tap is a good deal louder than the room; a voice in it is not.
_JUMP_DB: Final = 10.0


@dataclass(frozen=True)
class Tap:
    """One microphone: whether it answered, the level that was heard, and the room's before it."""

    number: int
    answered: bool
    level: float
    floor: float

    def facts(self) -> dict[str, Any]:
        """The tap as the journal's data."""
        return {
            "microphone": self.number,
            "answered": self.answered,
            "level_db": round(self.level, 1),
            "floor_db": round(self.floor, 1),
        }


@dataclass(frozen=True)
class Guide:
    """How the person who taps is led.

    Attributes:
        quiet: Called before the room is listened to by itself.
        ask: Called with the number of the microphone that is to be tapped now, and whether again.
        hears: Called every 50 ms with the level in dBFS and the seconds that are left for the tap.
        tell: Called with each result as it comes.
    """

    quiet: Callable[[], None] = lambda: None
    ask: Callable[[int, bool], None] = lambda number, again: None
    hears: Callable[[float, float], None] = lambda level, left: None
    tell: Callable[[Tap], None] = lambda tap: None


def tap_all(hear: Hearing, wish: ConferenceAudio, guide: Guide) -> list[Tap]:
    """Has every microphone of the room tapped in turn, and those that kept silent once more.

    Args:
        hear: How the phone's microphone is listened to.
        wish: The phone, with the number of its microphones and the time for a tap.
        guide: How the person is led.

    Returns:
        The last tap of each microphone, by number.

    Raises:
        OutsideFailure: no sound arrives at all.
    """
    taps = {
        number: _tapped(number, hear, wish, guide, again=False)
        for number in range(1, wish.microphones + 1)
    }
    # Where none answered it is the cable or the mute button: asking again would only annoy.
    if any(tap.answered for tap in taps.values()):
        for number in [number for number, tap in taps.items() if not tap.answered]:
            taps[number] = _tapped(number, hear, wish, guide, again=True)
    return list(taps.values())


def phone_microphone(wish: ConferenceAudio) -> Hearing:
    """How the room's conference phone is listened to.

    Raises:
        OutsideFailure: the sound server does not answer, or the phone is not there.
    """
    microphone = asyncio.run(ask_sound_server(wish.answer_seconds)).microphone(wish)
    if microphone is None:
        raise OutsideFailure(
            _("The conference phone has no microphone here."),
            _("Plug the conference phone's USB cable into the laptop and check its power."),
        )
    return lambda seconds: hearing.hear(microphone.name, seconds, wish.answer_seconds)


def _tapped(number: int, hear: Hearing, wish: ConferenceAudio, guide: Guide, *, again: bool) -> Tap:
    guide.quiet()
    floor = _floor(hear, wish.floor_db)
    guide.ask(number, again)
    tap = _tap(number, hear(wish.tap_seconds), floor, wish.tap_seconds, guide.hears)
    guide.tell(tap)
    if tap.answered:
        _wait_for_quiet(hear(wish.tap_seconds), floor)
    return tap


def _floor(hear: Hearing, least: float) -> float:
    """The loudest that the room is by itself; digital silence counts as an ordinary quiet room."""
    heard = list(hear(_FLOOR_SECONDS))
    if not heard:
        raise OutsideFailure(
            _("No sound arrives from the conference phone."),
            _("Plug it in again, and look what is wrong: cc-run check sound"),
        )
    return max(least, *heard)


def _tap(
    number: int,
    heard: Iterator[float],
    floor: float,
    seconds: float,
    hears: Callable[[float, float], None],
) -> Tap:
    loudest = SILENCE_DB
    for count, level in enumerate(heard, start=1):
        hears(level, seconds - count * WINDOW_SECONDS)
        loudest = max(loudest, level)
        if level >= floor + _JUMP_DB:
            return Tap(number, True, level, floor)
    return Tap(number, False, loudest, floor)


def _wait_for_quiet(heard: Iterator[float], floor: float) -> None:
    """Until the tapping has ended, so that it does not count for the next microphone."""
    calm = 0
    for level in heard:
        calm = calm + 1 if level < floor + _JUMP_DB / 2 else 0
        if calm * WINDOW_SECONDS >= _QUIET_SECONDS:
            return
