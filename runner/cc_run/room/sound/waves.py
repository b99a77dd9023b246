"""What samples say: how loud they are, how much is cut off, and whether a frequency is in them.

Samples are 16-bit, mono, signed, in the machine's byte order; levels are in dB of full scale.
"""

from __future__ import annotations

import array
import math
from collections.abc import Iterator
from typing import Final

RATE: Final = 48000
WINDOW: Final = RATE // 20
WINDOW_SECONDS: Final = WINDOW / RATE
SILENCE_DB: Final = -120.0
_FULL_SCALE: Final = 32768.0
_CLIPPED: Final = 32700


def levels(samples: bytes) -> list[float]:
    """The level (RMS), one value for each 50 ms."""
    return [
        _decibels(sum(sample * sample for sample in window) / len(window) / _FULL_SCALE**2)
        for window in _windows(samples)
    ]


def clipped_percent(samples: bytes) -> float:
    """How much of the samples is at full scale, where a microphone cuts off what is louder."""
    wave = _wave(samples)
    cut = sum(1 for sample in wave if sample >= _CLIPPED or sample <= -_CLIPPED)
    return 100 * cut / len(wave) if wave else 0.0


def tone_levels(samples: bytes, hertz: float) -> list[float]:
    """How much of one frequency there is, as the level of a sine, one value for each 50 ms.

    Goertzel's algorithm: what other frequencies add is some 20 dB lower or more, as long as they
    are 40 Hz away.
    """
    factor = 2 * math.cos(math.tau * hertz / RATE)
    return [_goertzel(window, factor) for window in _windows(samples)]


def tone(hertz: float, seconds: float, level: float) -> bytes:
    """A sine of a peak level, which rises and falls softly so that nothing cracks."""
    count, peak = round(seconds * RATE), 10 ** (level / 20) * (_FULL_SCALE - 1)
    fade = RATE // 100
    wave = array.array("h")
    for at in range(count):
        softly = min(1.0, at / fade, (count - at) / fade)
        wave.append(round(peak * softly * math.sin(math.tau * hertz * at / RATE)))
    return wave.tobytes()


def _goertzel(window: array.array[int], factor: float) -> float:
    before = last = 0.0
    for sample in window:
        before, last = last, sample + factor * last - before
    power = before * before + last * last - factor * before * last
    amplitude_squared = power * (2 / len(window)) ** 2
    return _decibels(amplitude_squared / 2 / _FULL_SCALE**2)


def _windows(samples: bytes) -> Iterator[array.array[int]]:
    wave = _wave(samples)
    for start in range(0, len(wave) - WINDOW + 1, WINDOW):
        yield wave[start : start + WINDOW]


def _wave(samples: bytes) -> array.array[int]:
    wave = array.array("h")
    wave.frombytes(samples[: len(samples) // 2 * 2])
    return wave


def _decibels(power: float) -> float:
    return max(SILENCE_DB, 10 * math.log10(power)) if power else SILENCE_DB
