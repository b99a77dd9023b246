"""How loud OBS hears each of its audio sources."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from obsws_python import Subs

from cc_run.recording.wire import Listener, gone
from cc_run.settings.models import Obs

# What OBS tells first, before a meter has heard anything, can be what happened to be in its memory
# (10^33 has been seen, and 10^-38); so the first is not heard at all. Full scale is 1.
_LOUDEST_POSSIBLE: Final = 100.0
_FAINTEST_POSSIBLE: Final = 1e-9
_CLIPPED: Final = 0.99


@dataclass(frozen=True)
class Level:
    """How loud a source was for some time.

    Attributes:
        peak: The loudest, in dBFS; None: OBS never opened the device; -inf: nothing but zeros.
        clipped: The share of the time (0 to 1) in which it reached full scale.
    """

    peak: float | None
    clipped: float


class Meters:
    """OBS's meters, read along until closed.

    Raises:
        ObsGone: OBS does not answer.
        SettingsFault: OBS refuses the password.
    """

    def __init__(self, obs: Obs) -> None:
        self._lock = threading.Lock()
        self._peaks: dict[str, list[float | None]] = {}
        self._first = True
        self._listener = Listener(obs, Subs.INPUTVOLUMEMETERS, self._take)

    @property
    def hear(self) -> bool:
        """Whether OBS still tells."""
        return self._listener.hears

    def reading(self) -> dict[str, Level]:
        """How loud each source was since the last reading; empty where OBS has told nothing."""
        with self._lock:
            peaks, self._peaks = self._peaks, {}
        return {name: _level(heard) for name, heard in peaks.items()}

    def close(self) -> None:
        """Reads no more."""
        self._listener.close()

    def _take(self, _kind: str, event: Mapping[str, Any]) -> None:
        if self._first:
            self._first = False
            return
        with self._lock:
            for meter in event["inputs"]:
                heard = self._peaks.setdefault(meter["inputName"], [])
                heard.append(_loudest(meter["inputLevelsMul"]))


def microphone_levels(obs: Obs, seconds: float) -> dict[str, float | None]:
    """The loudest level of each audio source over some seconds, in dBFS.

    None: OBS never opened the device; -inf: nothing but zeros (muted, unplugged).

    Raises:
        ObsGone: OBS does not answer, or ends meanwhile.
        SettingsFault: OBS refuses the password.
    """
    meters = Meters(obs)
    time.sleep(seconds)
    heard_all, levels = meters.hear, meters.reading()
    meters.close()
    if not heard_all:
        raise gone(obs)
    return {name: level.peak for name, level in levels.items()}


def _level(heard: list[float | None]) -> Level:
    opened = [peak for peak in heard if peak is not None]
    if not opened:
        return Level(None, 0.0)
    clipped = sum(peak >= _CLIPPED for peak in opened) / len(opened)
    peak = max(opened)
    return Level(20 * math.log10(peak) if peak > _FAINTEST_POSSIBLE else -math.inf, clipped)


def _loudest(channels: list[list[float]]) -> float | None:
    """The highest peak of the channels (each: mean, peak, peak before the fader)."""
    peaks = [channel[1] for channel in channels if 0 <= channel[1] <= _LOUDEST_POSSIBLE]
    return max(peaks, default=None)
