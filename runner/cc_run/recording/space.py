"""The disk for recordings: how long it lasts, and which folder a segment goes to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from cc_run.errors import CcRunError, OutsideFailure, Refusal
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.settings import Settings
from cc_run.settings.models import Obs

# OBS stops a recording, as if somebody had wished it, when less is free.
OBS_STOPS_BELOW: Final = 50 * 2**20
_BYTES_PER_KBIT: Final = 125
# So long before OBS would stop, another folder is taken.
_MOVE_SECONDS: Final = 60.0


def planned_rate(obs: Obs) -> float:
    """The bytes that a second of recording takes, as it was set."""
    return float((obs.video_bitrate + obs.audio_bitrate) * _BYTES_PER_KBIT)


def seconds_left(free: int, rate: float) -> float:
    """How long a disk lasts until OBS stops, at so many bytes a second."""
    return max(free - OBS_STOPS_BELOW, 0) / rate


def place_to_start(settings: Settings, seconds: float) -> Path:
    """The folder that has space for so many seconds: the usual one, else the fallback.

    Raises:
        OutsideFailure: the usual folder is missing or cannot be written, and there is no other.
        Refusal: no folder has so much space.
    """
    needed = OBS_STOPS_BELOW + seconds * planned_rate(settings.obs)
    usual, *others = _places(settings)
    try:
        _require(usual, needed)
    except CcRunError as reason:
        for folder in others:
            if _has(folder, needed):
                return folder
        raise reason from None
    return usual


def place_to_go_on(settings: Settings, avoid: Path | None = None) -> Path | None:
    """The folder for a further segment while time runs: any that OBS can write to for a while.

    The one to ``avoid`` is taken only where there is no other.
    """
    needed = OBS_STOPS_BELOW + _MOVE_SECONDS * planned_rate(settings.obs)
    places = sorted(_places(settings), key=lambda folder: folder == avoid)
    return next((folder for folder in places if _has(folder, needed)), None)


def is_nearly_full(folder: Path, settings: Settings) -> bool:
    """Whether OBS would soon stop for want of space there."""
    return seconds_left(free_in(folder), planned_rate(settings.obs)) < _MOVE_SECONDS


def free_in(folder: Path) -> int:
    """Free bytes there; none where it is gone."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _places(settings: Settings) -> tuple[Path, ...]:
    fallback = settings.recording.fallback_dir
    return (settings.obs.record_dir,) if fallback is None else (settings.obs.record_dir, fallback)


def _has(folder: Path, needed: float) -> bool:
    try:
        _require(folder, needed)
    except CcRunError:
        return False
    return True


def _require(folder: Path, needed: float) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutsideFailure(
            _("The folder for recordings, %(folder)s, cannot be used: %(reason)s")
            % {"folder": folder, "reason": error.strerror},
            _("Make it or connect its disk, or set obs_record_dir to another folder."),
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        # OBS would say that it has started, and open a dialog that nobody answers.
        raise OutsideFailure(
            _("Nothing can be written to the folder for recordings, %(folder)s.")
            % {"folder": folder},
            _("Correct its permissions, or set obs_record_dir to another folder."),
        )
    if free < needed:
        raise Refusal(
            _("The disk has %(free)s GiB free, but the recording needs about %(needed)s GiB.")
            % {"free": Number(free / 2**30), "needed": Number(needed / 2**30)},
            _("Free some space on this disk; archived recordings may move away."),
        )
