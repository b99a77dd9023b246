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
_VALUE: Final = re.compile(r"^(\w+): (-?\d+)", re.MULTILINE)


@dataclass(frozen=True)
class ControlChange:
    """A control that was set, or would be."""

    control: str
    before: int
    after: int


def converge_controls(camera: Camera, *, check: bool = False) -> list[ControlChange]:
    """Brings the room's camera to ``camera_controls``; what is right is not touched.

    Without a camera nothing happens: a probe tells of that.

    Raises:
        OutsideFailure: the camera does not answer, or v4l2-ctl is not installed.
        SettingsFault: the camera has no such control, or it does not take the value.
    """
    chosen = choose_camera(attached_cameras(), camera.models)
    if chosen is None or not camera.controls:
        return []
    node = chosen[0].node
    found = _read(node, camera.controls)
    changes = [
        ControlChange(name, found[name], value)
        for name, value in camera.controls.items()
        if found[name] != value
    ]
    if changes and not check:
        wish = ",".join(f"{change.control}={change.after}" for change in changes)
        answer = _v4l2_ctl(node, f"--set-ctrl={wish}")
        # It exits with 0 when a camera refuses a value: only reading back tells.
        if _read(node, camera.controls) != dict(camera.controls):
            raise SettingsFault(
                _("The camera does not take %(wish)s: %(reason)s")
                % {"wish": wish, "reason": answer.stderr.strip() or "–"},
                _("See what it takes (v4l2-ctl -d %(node)s -l), then correct camera_controls.")
                % {"node": node},
            )
    return changes


def _read(node: str, wished: Mapping[str, int]) -> dict[str, int]:
    answer = _v4l2_ctl(node, "--get-ctrl=" + ",".join(wished))
    found = {name: int(value) for name, value in _VALUE.findall(answer.stdout)}
    missing = [name for name in wished if name not in found]
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
