"""The camera's controls, such as the mains frequency: read, compared, and set where they differ."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.room.camera.devices import attached_cameras, choose_camera
from cc_run.settings.models import Camera

_SECONDS: Final = 10.0
_VALUE: Final = re.compile(r"^ *(\w+) 0x[0-9a-f]+ \(\w+\) *:.*\bvalue=(-?\d+)", re.MULTILINE)


@dataclass(frozen=True)
class ControlChange:
    """A control that was set, or would be."""

    control: str
    before: int
    after: int


def converge_controls(camera: Camera, *, check: bool = False) -> list[ControlChange]:
    """Brings the room's camera to its controls and its view; what is right is not touched.

    Without a camera nothing happens: a probe tells of that.

    Raises:
        OutsideFailure: the camera does not answer, or v4l2-ctl is not installed.
        SettingsFault: the camera has no such control, or it does not take the value.
    """
    required = {**camera.controls, **camera.presets.get(camera.preset, {})}
    wished = {**camera.optional_controls, **required}
    chosen = choose_camera(attached_cameras(), camera.models) if wished else None
    if chosen is None:
        return []
    node = chosen[0].node
    found = _read(node, wished, required)
    changes = [
        ControlChange(name, found[name], value)
        for name, value in wished.items()
        if name in found and found[name] != value
    ]
    if changes and not check:
        _set(node, changes)
    return changes


def _set(node: str, changes: Sequence[ControlChange]) -> None:
    wish = ",".join(f"{change.control}={change.after}" for change in changes)
    answer = _v4l2_ctl(node, f"--set-ctrl={wish}")
    # It exits with 0 when a camera refuses a value: only reading back tells.
    after = {change.control: change.after for change in changes}
    if _read(node, after, after) != after:
        raise SettingsFault(
            _("The camera does not take %(wish)s: %(reason)s")
            % {"wish": wish, "reason": answer.stderr.strip() or "–"},
            _("See what it takes (v4l2-ctl -d %(node)s -l), then correct camera_controls.")
            % {"node": node},
        )


def _read(node: str, wished: Mapping[str, int], required: Mapping[str, int]) -> dict[str, int]:
    """The values of the wished controls that the camera has; it has to have the required ones."""
    # All of them: asked for one that the camera lacks, the program tells of none.
    answer = _v4l2_ctl(node, "--list-ctrls")
    listed = {name: int(value) for name, value in _VALUE.findall(answer.stdout)}
    found = {name: value for name, value in listed.items() if name in wished}
    missing = [name for name in required if name not in found]
    if missing:
        raise SettingsFault(
            _("The camera has no control %(names)s.") % {"names": ", ".join(missing)},
            _("See what it has (v4l2-ctl -d %(node)s -l), then correct camera_controls.")
            % {"node": node},
        )
    return found


def _v4l2_ctl(node: str, *words: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = ["v4l2-ctl", "-d", node, *words]
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise OutsideFailure(
            _("The program v4l2-ctl is not installed."), _("Install it: apt-get install v4l-utils")
        ) from error
    except subprocess.TimeoutExpired as error:
        raise OutsideFailure(
            _("The camera %(node)s does not answer.") % {"node": node},
            _("Unplug the camera, wait five seconds, plug it in again."),
        ) from error
