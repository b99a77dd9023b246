"""The test tone: beeps of known frequencies in turn, and how clearly they are heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from cc_run.processes import run_program
from cc_run.room.sound.hearing import listen
from cc_run.room.sound.waves import RATE, WINDOW_SECONDS, tone, tone_levels
from cc_run.settings.models import ConferenceAudio

_BEEP_SECONDS: Final = 0.4
_STEP_SECONDS: Final = 0.5
_QUIET_SECONDS: Final = 1.0
# The middle of a beep: windows that lie in it whole, however the windows fall.
_FIRST, _LAST = 1, 6
_STEP: Final = round(_STEP_SECONDS / WINDOW_SECONDS)


def beeps(hertz: Sequence[int], level: float) -> bytes:
    """The samples of the whole test tone."""
    gap = bytes(2 * round((_STEP_SECONDS - _BEEP_SECONDS) * RATE))
    return gap.join(tone(one, _BEEP_SECONDS, level) for one in hertz)


def stand_out(samples: bytes, hertz: Sequence[int]) -> float:
    """By how many dB the beeps stand out of what was heard; 0 or less where they are not in it.

    Each frequency has to rise above what there is of it otherwise, to be alone among the others,
    to hold, and to come in its turn. A voice, a knock or a whistle does some of that, not all.
    """
    traces = [tone_levels(samples, one) for one in hertz]
    usual = [median(trace) if trace else 0.0 for trace in traces]
    scores = [
        [
            min(level - usual[number], level - max(_others(moment, number)))
            for level, moment in zip(traces[number], zip(*traces, strict=True), strict=True)
        ]
        for number in range(len(hertz))
    ]
    best = 0.0
    for start in range(len(traces[0]) - _STEP * (len(hertz) - 1) - _LAST + 1):
        turns = [start + _STEP * number for number in range(len(hertz))]
        held = [
            min(score[turn + _FIRST : turn + _LAST])
            for score, turn in zip(scores, turns, strict=True)
        ]
        best = max(best, min(held))
    return best


async def play_and_listen(
    wish: ConferenceAudio, sink: str, sources: Sequence[str], folder: Path
) -> list[bytes]:
    """Plays the beeps into a sink; what each of the sources heard meanwhile, as samples.

    Args:
        wish: The tone and how long devices may take.
        sink: The loudspeaker's name.
        sources: The microphones' names.
        folder: Where the tone is put as a file.

    Raises:
        OutsideFailure: parec or pacat is not installed.
    """
    file = folder / "tone.raw"
    file.write_bytes(beeps(wish.tone_hz, wish.tone_db))
    seconds = _QUIET_SECONDS * 2 + _STEP_SECONDS * len(wish.tone_hz)
    listening = asyncio.gather(
        *(listen(source, seconds, wish.answer_seconds) for source in sources)
    )
    try:
        await asyncio.sleep(_QUIET_SECONDS)
        with contextlib.suppress(TimeoutError):  # the sound server stands still: nothing is heard
            await asyncio.wait_for(
                run_program(
                    [
                        *("pacat", "--playback", "-d", sink, "--raw", "--format=s16ne"),
                        *(f"--rate={RATE}", "--channels=1", "--latency-msec=50", str(file)),
                    ],
                    package="pulseaudio-utils",
                ),
                seconds + wish.answer_seconds,
            )
        return await listening
    finally:
        listening.cancel()
        file.unlink(missing_ok=True)


def _others(levels: Sequence[float], number: int) -> list[float]:
    return [level for index, level in enumerate(levels) if index != number]
