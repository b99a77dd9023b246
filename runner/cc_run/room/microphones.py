"""The extension microphones, tapped one after the other: each that works makes the level jump.

The phone mixes its microphones into one sound, so a machine cannot tell them apart. A person taps
the one that is asked for; what is heard then was that one.
"""

from __future__ import annotations

import select
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.room.sound import RATE, levels, read_sound_server
from cc_run.settings.models import ConferenceAudio

CHECKED: Final = "microphones.checked"
# Called with how many seconds to listen at most; gives the level of each 50 ms in dBFS.
Hearing = Callable[[float], Iterator[float]]

TAP_SECONDS: Final = 15.0
_FLOOR_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 0.5
# A tap is a good deal louder than the room; a voice in it is not.
_JUMP_DB: Final = 10.0
_BLOCK: Final = RATE // 20 * 2
_PATIENCE_SECONDS: Final = 5.0


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


def tap_all(
    hear: Hearing,
    wish: ConferenceAudio,
    *,
    ask: Callable[[int], None],
    tell: Callable[[Tap], None] = lambda tap: None,
    seconds: float = TAP_SECONDS,
) -> list[Tap]:
    """Has every microphone of the room tapped in turn.

    Args:
        hear: How the phone's microphone is listened to.
        wish: The phone, with the number of its microphones.
        ask: Called with the number of the microphone that is to be tapped now.
        tell: Called with each result as it comes.
        seconds: How long a tap is waited for.

    Raises:
        OutsideFailure: no sound arrives at all.
    """
    taps = []
    for number in range(1, wish.microphones + 1):
        floor = _floor(hear, wish.floor_db)
        ask(number)
        tap = _tap(number, hear(seconds), floor)
        tell(tap)
        taps.append(tap)
        if tap.answered:
            _wait_for_quiet(hear(seconds), floor)
    return taps


def phone_microphone(wish: ConferenceAudio) -> Hearing:
    """How the room's conference phone is listened to.

    Raises:
        OutsideFailure: the sound server does not answer, or the phone is not there.
    """
    microphone = read_sound_server().microphone(wish)
    if microphone is None:
        raise OutsideFailure(
            _("The conference phone has no microphone here."),
            _("Plug the conference phone's USB cable into the laptop and check its power."),
        )
    return lambda seconds: _hear(microphone.name, seconds)


def _floor(hear: Hearing, least: float) -> float:
    """The loudest that the room is by itself; digital silence counts as an ordinary quiet room."""
    heard = list(hear(_FLOOR_SECONDS))
    if not heard:
        raise OutsideFailure(
            _("No sound arrives from the conference phone."),
            _("Check that parec is installed (pulseaudio-utils), and run: cc-run check sound"),
        )
    return max(least, *heard)


def _tap(number: int, heard: Iterator[float], floor: float) -> Tap:
    loudest = -120.0
    for level in heard:
        loudest = max(loudest, level)
        if level >= floor + _JUMP_DB:
            return Tap(number, True, level, floor)
    return Tap(number, False, loudest, floor)


def _wait_for_quiet(heard: Iterator[float], floor: float) -> None:
    """Until the tapping has ended, so that it does not count for the next microphone."""
    calm = 0
    for level in heard:
        calm = calm + 1 if level < floor + _JUMP_DB / 2 else 0
        if calm * 0.05 >= _QUIET_SECONDS:
            return


def _hear(source: str, seconds: float) -> Iterator[float]:
    """The source's level every 50 ms, for so long as it is asked for and at most so long."""
    command = ["parec", "-d", source, "--format=s16le", f"--rate={RATE}", "--channels=1", "--raw"]
    with subprocess.Popen(
        [*command, "--latency-msec=50"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        bufsize=0,
    ) as process:
        try:
            yield from _levels(process, seconds)
        finally:
            process.kill()


def _levels(process: subprocess.Popen[bytes], seconds: float) -> Iterator[float]:
    wanted, heard, block = round(seconds * 20), 0, b""
    deadline = time.monotonic() + seconds + _PATIENCE_SECONDS
    while heard < wanted and process.stdout is not None:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return  # the source is asleep
        read = process.stdout.read(_BLOCK - len(block))
        if not read:
            return
        block += read
        if len(block) == _BLOCK:
            yield from levels(block)
            heard, block = heard + 1, b""
