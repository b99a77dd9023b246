"""How loud OBS hears each of its audio sources."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final

from obsws_python import Subs

from cc_run.recording.wire import Listener, gone
from cc_run.settings.models import Obs

# What OBS tells first, before a meter has heard anything, can be what happened to be in its memory
# (10^33 has been seen, and 10^-38); so the first is not heard at all. Full scale is 1.
_LOUDEST_POSSIBLE: Final = 100.0
_FAINTEST_POSSIBLE: Final = 1e-9


def microphone_levels(obs: Obs, seconds: float) -> dict[str, float | None]:
    """The loudest level of each audio source over some seconds, in dBFS.

    None: OBS never opened the device; -inf: nothing but zeros (muted, unplugged).

    Raises:
        ObsGone: OBS does not answer, or ends meanwhile.
        SettingsFault: OBS refuses the password.
    """
    levels: dict[str, float | None] = {}

    first = True

    def take(_kind: str, event: Mapping[str, Any]) -> None:
        nonlocal first
        meters, first = ([] if first else event["inputs"]), False
        for meter in meters:
            name, level = meter["inputName"], _loudest(meter["inputLevelsMul"])
            heard = [one for one in (levels.get(name), level) if one is not None]
            levels[name] = max(heard, default=None)

    listener = Listener(obs, Subs.INPUTVOLUMEMETERS, take)
    time.sleep(seconds)
    heard_all = listener.hears
    listener.close()
    if not heard_all:
        raise gone(obs)
    return levels


def _loudest(channels: list[list[float]]) -> float | None:
    """The highest peak of the channels (each: mean, peak, peak before the fader)."""
    peaks = [channel[1] for channel in channels if 0 <= channel[1] <= _LOUDEST_POSSIBLE]
    if not peaks:
        return None
    peak = max(peaks)
    return 20 * math.log10(peak) if peak > _FAINTEST_POSSIBLE else -math.inf
