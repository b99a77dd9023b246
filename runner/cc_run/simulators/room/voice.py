"""Speak into a sink for ever: `voice.py SINK [TIMES LOUDER]`.

What is said is not speech but has its shape: syllables of a low voice with its harmonics, short
pauses, and the noise floor that tells a live microphone from a dead one. Run as a script by the
bare interpreter, so it uses the standard library alone.
"""

import array
import math
import os
import subprocess
import sys

RATE = 16_000
SECONDS = 4
SYLLABLES_PER_SECOND = 4
BREATHS = (7, 15)  # the syllables that are pauses
PITCH_HZ = 140.0
# Parts of full scale: speech at some -20 dBFS, the floor at some -62 dBFS.
SPEECH = 0.16
FLOOR = 0.0014
HARMONICS = ((1, 1.0), (2, 0.7), (3, 0.5), (5, 0.3), (9, 0.12), (14, 0.06))


def main(sink: str, louder: float = 1.0) -> int:
    """Play the loop into the sink until ended or until the sound server is gone."""
    command = ["pacat", "--playback", "--raw", f"--device={sink}", "--format=s16le"]
    command += [f"--rate={RATE}", "--channels=1", "--latency-msec=200"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as player:
        loop = samples(louder)
        try:
            while player.stdin:
                player.stdin.write(loop)
        except (BrokenPipeError, KeyboardInterrupt):
            player.terminate()
    return player.returncode


def samples(louder: float) -> bytes:
    """The loop as signed 16-bit little-endian samples, one channel; cut off at full scale."""
    # One period is computed once and read at a varying pace: quicker than a sine for each sample.
    period = [
        sum(part * math.sin(math.tau * n * i / 256) for n, part in HARMONICS) for i in range(256)
    ]
    loudest = max(period)
    voice = [value / loudest for value in period]
    sounds = array.array("h")
    noise = iter(os.urandom(SECONDS * RATE))
    phase = 0.0
    for syllable in range(SECONDS * SYLLABLES_PER_SECOND):
        pause = syllable in BREATHS
        pitch = PITCH_HZ * (0.9 + 0.05 * (syllable * 5 % 7))
        length = RATE // SYLLABLES_PER_SECOND
        for i in range(length):
            phase += pitch * 256 / RATE
            loudness = 0.0 if pause else SPEECH * math.sin(math.pi * i / length)
            value = loudness * voice[int(phase) & 255] + FLOOR * (next(noise) - 128) / 128
            sounds.append(int(32767 * max(-1.0, min(1.0, louder * value))))
    if sys.byteorder == "big":
        sounds.byteswap()
    return sounds.tobytes()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:])))
