"""What samples say: levels, distortion, and the beeps among everything else in a room."""

from __future__ import annotations

import array
import math
import random

import pytest

from cc_run.room.sound.beeps import beeps, stand_out
from cc_run.room.sound.waves import RATE, clipped_percent, levels, tone, tone_levels

HERTZ = (880, 1320)


def samples(seconds: float, value) -> bytes:
    count = round(seconds * RATE)
    whole = (max(-32768, min(32767, round(value(at / RATE)))) for at in range(count))
    return array.array("h", whole).tobytes()


def noise(seconds: float, level: float, seed: int = 1) -> bytes:
    chance = random.Random(seed)
    peak = 32767 * 10 ** (level / 20) * math.sqrt(3)
    return samples(seconds, lambda _: chance.uniform(-peak, peak))


def mixed(*parts: bytes) -> bytes:
    """The parts at once, as long as the longest."""
    waves = [array.array("h", part) for part in parts]
    total = array.array("h", bytes(2 * max(map(len, waves))))
    for wave in waves:
        for at, value in enumerate(wave):
            total[at] = max(-32768, min(32767, total[at] + value))
    return total.tobytes()


def in_a_room(sound: bytes, *, level: float = -55.0) -> bytes:
    """A second of the room, the sound, and a second of the room again."""
    return mixed(noise(2 + len(sound) / 2 / RATE, level), bytes(2 * RATE) + sound)


def voice(seconds: float) -> bytes:
    """Syllables of a gliding voice with its harmonics, at some -15 dBFS."""

    def value(at: float) -> float:
        pitch = 140 * (1 + 0.1 * math.sin(math.tau * 1.3 * at))
        loudness = abs(math.sin(math.tau * 2 * at))
        return 9000 * loudness * sum(math.sin(math.tau * pitch * n * at) / n for n in range(1, 12))

    return samples(seconds, value)


def test_a_full_sine_is_three_decibels_below_full_scale_and_silence_is_the_floor() -> None:
    loud, nothing = tone(440, 0.5, 0.0), bytes(RATE)
    assert levels(loud)[4] == pytest.approx(-3.01, abs=0.05)
    assert levels(nothing) == [-120.0] * 10
    assert levels(loud[:3]) == []


def test_a_frequency_is_measured_apart_from_its_neighbours() -> None:
    heard = tone(880, 0.5, -20.0)
    assert tone_levels(heard, 880)[4] == pytest.approx(-23.0, abs=0.2)
    assert tone_levels(heard, 1320)[4] < -60


def test_what_is_cut_off_is_counted() -> None:
    assert clipped_percent(tone(440, 0.5, -6.0)) == 0
    assert clipped_percent(samples(0.5, lambda at: 60_000 * math.sin(math.tau * 440 * at))) > 50
    assert clipped_percent(b"") == 0


def test_the_beeps_are_found_wherever_they_begin() -> None:
    sound = beeps(HERTZ, -12.0)
    for late in (0, 700, 1200, 2399):
        assert stand_out(in_a_room(bytes(2 * late) + sound), HERTZ) > 25


def test_faint_beeps_below_the_noise_level_are_still_found() -> None:
    assert stand_out(in_a_room(beeps(HERTZ, -40.0), level=-38.0), HERTZ) > 8


def test_beeps_are_found_while_somebody_talks() -> None:
    assert stand_out(mixed(voice(3), in_a_room(beeps(HERTZ, -6.0))), HERTZ) > 12


@pytest.mark.parametrize(
    "sound",
    [
        voice(1.5),
        noise(1.0, -6.0, seed=2),  # a clap, a chair
        tone(880, 1.0, -6.0),  # a whistle
        mixed(tone(880, 1.0, -6.0), tone(1320, 1.0, -6.0)),  # a chord
        beeps(HERTZ[::-1], -6.0),
        beeps((1000, 1500), -6.0),
        b"",
    ],
    ids=["voice", "noise", "whistle", "chord", "backwards", "other beeps", "nothing"],
)
def test_nothing_else_is_taken_for_the_beeps(sound: bytes) -> None:
    assert stand_out(in_a_room(sound), HERTZ) < 6


def test_too_little_sound_is_no_beep() -> None:
    assert stand_out(b"", HERTZ) == 0
    assert stand_out(noise(0.2, -20.0), HERTZ) == 0
