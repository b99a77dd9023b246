"""The desktop session's sound server: its loudspeakers and microphones, and which is the phone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.probe import in_thread
from cc_run.settings.models import ConferenceAudio


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
        return _matching(self.sinks, wish.sink_pattern, wish.prefer)

    def microphones(self) -> list[Port]:
        """Every microphone; a loudspeaker's monitor is none."""
        return [port for port in self.sources if not port.name.endswith(".monitor")]

    def microphone(self, wish: ConferenceAudio) -> Port | None:
        """The conference phone's microphone."""
        return _matching(self.microphones(), wish.source_pattern, wish.prefer)


async def ask_sound_server(seconds: float) -> SoundServer:
    """Asks PipeWire (or PulseAudio) of this desktop session.

    Args:
        seconds: How long it may take.

    Raises:
        OutsideFailure: no sound server answers.
    """
    # Not by the library's own time limit: with one, connecting always takes the whole of it.
    try:
        return await asyncio.wait_for(in_thread(_read), seconds)
    except TimeoutError as error:
        raise _no_answer() from error


def _read() -> SoundServer:
    import pulsectl

    try:
        with pulsectl.Pulse("cc-run") as pulse:
            return read_ports(pulse)
    except (pulsectl.PulseError, pulsectl.PulseDisconnected) as error:
        raise _no_answer() from error


def read_ports(pulse: Any) -> SoundServer:
    """What a connected ``pulsectl.Pulse`` has."""
    info = pulse.server_info()
    return SoundServer(
        sinks=tuple(_port(item, info.default_sink_name) for item in pulse.sink_list()),
        sources=tuple(_port(item, info.default_source_name) for item in pulse.source_list()),
    )


def _no_answer() -> OutsideFailure:
    """The error of a sound server that is not there, or hangs."""
    return OutsideFailure(
        _("The sound server does not answer."),
        _("Log in to the room's desktop; there: systemctl --user restart pipewire-pulse"),
    )


def _matching(ports: Sequence[Port], pattern: str, prefer: Sequence[str]) -> Port | None:
    """The port that the role sets too: of several that match, the most wanted, else the first."""
    found = [port for port in ports if _is_called(port, pattern)]
    wanted = (port for wish in prefer for port in found if _is_called(port, wish))
    return next(wanted, found[0] if found else None)


def _is_called(port: Port, pattern: str) -> bool:
    wanted = re.compile(pattern, re.IGNORECASE)
    return bool(wanted.search(port.name) or wanted.search(port.description))


def _port(item: Any, default: str) -> Port:
    return Port(
        name=item.name,
        description=item.description,
        default=item.name == default,
        muted=bool(item.mute),
        volume=round(item.volume.value_flat * 100),
    )
