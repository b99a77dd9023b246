"""The conference phone: loudspeaker and microphone, default, not muted, and really heard."""

from __future__ import annotations

import array
import asyncio
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _
from cc_run.numbers import Number
from cc_run.probe import (
    Context,
    Evidence,
    Finding,
    Probe,
    failed,
    in_thread,
    passed,
    skipped,
    warned,
)
from cc_run.settings.models import ConferenceAudio

RATE: Final = 48000
_WINDOW: Final = RATE // 20
_FULL_SCALE: Final = 32768.0
_SILENCE_DB: Final = -120.0


@dataclass(frozen=True)
class Port:
    """A loudspeaker (sink) or microphone (source) of the sound server; volume in per cent."""

    name: str
    description: str
    default: bool
    muted: bool
    volume: int


@dataclass(frozen=True)
class SoundServer:
    """What the sound server has."""

    sinks: tuple[Port, ...]
    sources: tuple[Port, ...]

    def loudspeaker(self, wish: ConferenceAudio) -> Port | None:
        """The conference phone's loudspeaker."""
        return _matching(self.sinks, wish.sink_pattern)

    def microphone(self, wish: ConferenceAudio) -> Port | None:
        """The conference phone's microphone; a loudspeaker's monitor is none."""
        sources = [port for port in self.sources if not port.name.endswith(".monitor")]
        return _matching(sources, wish.source_pattern)


def read_sound_server() -> SoundServer:
    """Asks PipeWire (or PulseAudio) of this desktop session.

    Raises:
        OutsideFailure: no sound server answers.
    """
    import pulsectl

    try:
        with pulsectl.Pulse("cc-run") as pulse:
            info = pulse.server_info()
            return SoundServer(
                sinks=tuple(_port(item, info.default_sink_name) for item in pulse.sink_list()),
                sources=tuple(
                    _port(item, info.default_source_name) for item in pulse.source_list()
                ),
            )
    except pulsectl.PulseError as error:
        raise OutsideFailure(
            _("The sound server does not answer."),
            _("Log in to the room's desktop; there: systemctl --user restart pipewire-pulse"),
        ) from error


def levels(samples: bytes) -> list[float]:
    """The level of 16-bit mono samples, in dBFS (RMS), one value for each 50 ms."""
    wave = array.array("h")
    wave.frombytes(samples[: len(samples) // 2 * 2])
    windows = (wave[start : start + _WINDOW] for start in range(0, len(wave), _WINDOW))
    return [_decibels(window) for window in windows if len(window) == _WINDOW]


async def listen(source: str, seconds: float) -> list[float]:
    """What a source hears for some seconds, as ``levels`` gives it."""
    process = await asyncio.create_subprocess_exec(
        *("parec", "-d", source, "--format=s16le", f"--rate={RATE}", "--channels=1", "--raw"),
        "--latency-msec=50",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    wanted = int(seconds * RATE) * 2
    try:
        return levels(await process.stdout.readexactly(wanted) if process.stdout else b"")
    except asyncio.IncompleteReadError as error:
        return levels(error.partial)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _present(context: Context) -> Finding:
    wish, server = context.settings.conference_audio, await in_thread(read_sound_server)
    speaker, microphone = server.loudspeaker(wish), server.microphone(wish)
    if speaker and microphone:
        return passed(speaker.description)
    absent = [
        name
        for name, port in ((_("loudspeaker"), speaker), (_("microphone"), microphone))
        if port is None
    ]
    return failed(
        _("missing: %(parts)s") % {"parts": ", ".join(absent)},
        _("conference phone with loudspeaker and microphone"),
        _("Plug the conference phone's USB cable into the laptop and check its power."),
    )


async def _default(context: Context) -> Finding:
    wish, server = context.settings.conference_audio, await in_thread(read_sound_server)
    ports = [port for port in (server.loudspeaker(wish), server.microphone(wish)) if port]
    if not ports:
        return skipped(_("no conference phone"))
    wrong = [port.description for port in ports if not port.default]
    if wrong:
        return failed(
            _("not the default: %(names)s") % {"names": ", ".join(wrong)},
            _("the conference phone is the default"),
            _("Run cc-run prepare, which makes it the default."),
        )
    return passed(_("the conference phone is the default"))


async def _volume(context: Context) -> Finding:
    wish, server = context.settings.conference_audio, await in_thread(read_sound_server)
    speaker, microphone = server.loudspeaker(wish), server.microphone(wish)
    if speaker is None or microphone is None:
        return skipped(_("no conference phone"))
    shown = _("loudspeaker %(speaker)s %%, microphone %(microphone)s %%") % {
        "speaker": speaker.volume,
        "microphone": microphone.volume,
    }
    expected = _("loudspeaker %(speaker)s %%, microphone %(microphone)s %%") % {
        "speaker": wish.volume,
        "microphone": wish.microphone_volume,
    }
    if speaker.muted or microphone.muted:
        return failed(
            _("muted"), expected, _("Press the mute button of the conference phone, then check.")
        )
    if (speaker.volume, microphone.volume) != (wish.volume, wish.microphone_volume):
        return warned(shown, expected, _("Run cc-run prepare, which sets the volumes."))
    return passed(shown)


async def _microphone(context: Context) -> Finding:
    wish, server = context.settings.conference_audio, await in_thread(read_sound_server)
    microphone = server.microphone(wish)
    if microphone is None:
        return skipped(_("no microphone"))
    trace = await listen(microphone.name, wish.level_seconds)
    expected = _("above %(floor)s dBFS") % {"floor": Number(wish.floor_db, 0)}
    remedy = _("Speak into the microphone; if nothing changes, check its mute button and cable.")
    if not trace:
        return failed(_("no samples arrive"), expected, remedy)
    loudest = max(trace)
    evidence = [Evidence("trace", microphone.description, values=tuple(trace), unit="dBFS")]
    if loudest <= _SILENCE_DB:
        return failed(_("nothing but zeros"), expected, remedy, evidence=evidence)
    found = _("%(level)s dBFS") % {"level": Number(loudest, 0)}
    if loudest <= wish.floor_db:
        return failed(found, expected, remedy, evidence=evidence)
    return passed(found, expected, evidence=evidence)


def _matching(ports: Sequence[Port], pattern: str) -> Port | None:
    wanted = re.compile(pattern, re.IGNORECASE)
    for port in ports:
        if wanted.search(port.name) or wanted.search(port.description):
            return port
    return None


def _port(item: Any, default: str) -> Port:
    return Port(
        name=item.name,
        description=item.description,
        default=item.name == default,
        muted=bool(item.mute),
        volume=round(item.volume.value_flat * 100),
    )


def _decibels(window: array.array[int]) -> float:
    power = sum(sample * sample for sample in window) / len(window)
    return max(_SILENCE_DB, 10 * math.log10(power / _FULL_SCALE**2)) if power else _SILENCE_DB


PROBES = (
    Probe("sound.present", N_("Conference phone is attached"), _present),
    Probe("sound.default", N_("Conference phone is the default"), _default),
    Probe("sound.volume", N_("Volume and mute"), _volume),
    Probe("sound.microphone", N_("Microphone hears the room"), _microphone),
)
