"""The camera: found by its USB parent, its picture judged and kept as a snapshot."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cc_run.language import N_, _
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
from cc_run.processes import Outcome, run_program
from cc_run.settings.models import CameraModel

_SETTLE_SECONDS: Final = 0.3
_USB3_MBIT: Final = 5000
_BLACK: Final = re.compile(r"black_start")
_FROZEN: Final = re.compile(r"freeze_start")


@dataclass(frozen=True)
class CameraDevice:
    """A capture node and the USB device it belongs to (``speed`` in Mbit/s; 0 is unknown)."""

    node: str
    vendor: str
    product: str
    name: str
    speed: float


def attached_cameras() -> list[CameraDevice]:
    """Every USB camera that udev knows, one row a camera (its metadata node is left out).

    Just after a camera was plugged in udev knows its node before its properties, so that finding
    none is asked once more.
    """
    found = _known_cameras()
    if not found:
        time.sleep(_SETTLE_SECONDS)
        found = _known_cameras()
    return found


def _known_cameras() -> list[CameraDevice]:
    import pyudev

    found = []
    for device in pyudev.Context().list_devices(subsystem="video4linux"):
        usb = device.find_parent("usb", "usb_device")
        if usb is None or "capture" not in device.properties.get("ID_V4L_CAPABILITIES", ""):
            continue
        if device.device_node is None:
            continue
        found.append(
            CameraDevice(
                node=device.device_node,
                vendor=_attribute(usb, "idVendor"),
                product=_attribute(usb, "idProduct"),
                name=_attribute(usb, "product"),
                speed=float(_attribute(usb, "speed") or 0),
            )
        )
    return sorted(found, key=lambda camera: camera.node)


def choose_camera(
    cameras: Sequence[CameraDevice], models: Sequence[CameraModel]
) -> tuple[CameraDevice, CameraModel] | None:
    """The attached camera of the most preferred model (the models' order is the preference)."""
    for model in models:
        for camera in cameras:
            if camera.vendor == model.vendor and (
                not model.products or camera.product in model.products
            ):
                return camera, model
    return None


async def _present(context: Context) -> Finding:
    models = context.settings.camera.models
    expected = ", ".join(model.name for model in models)
    cameras = await in_thread(attached_cameras)
    chosen = choose_camera(cameras, models)
    if chosen is None:
        others = ", ".join(f"{camera.name} ({camera.node})" for camera in cameras)
        return failed(
            _("only other cameras: %(names)s") % {"names": others}
            if others
            else _("no camera is attached"),
            expected,
            _("Plug the camera into the laptop, directly and not through a hub."),
        )
    camera, model = chosen
    found = f"{camera.name} ({camera.node})"
    if model.usb3 and 0 < camera.speed < _USB3_MBIT:
        return warned(
            _("%(camera)s on a slow USB port (%(speed).0f Mbit/s)")
            % {"camera": found, "speed": camera.speed},
            _("a USB 3 port"),
            _("Move the camera's cable to a blue USB 3 port."),
        )
    return passed(found, expected)


async def _picture(context: Context) -> Finding:
    chosen = choose_camera(await in_thread(attached_cameras), context.settings.camera.models)
    if chosen is None:
        return skipped(_("no camera is attached"))
    camera, wish = chosen[0], context.settings.camera
    snapshot = context.evidence_dir / "camera.jpg"
    outcome = await run_program(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-y", "-f", "v4l2"),
            *("-video_size", f"{wish.width}x{wish.height}", "-framerate", str(wish.fps)),
            # The limit is the input's: with the output's own, ffmpeg sometimes never ends.
            *("-t", str(wish.frame_seconds), "-i", camera.node),
            *("-vf", "blackdetect=d=0.3:pix_th=0.1,freezedetect=n=-60dB:d=0.5", "-f", "null", "-"),
            *("-frames:v", "1", "-q:v", "4", str(snapshot)),
        ],
        package="ffmpeg",
    )
    return _judged(outcome, camera, snapshot.is_file(), Evidence("image", camera.name, snapshot))


def _judged(outcome: Outcome, camera: CameraDevice, pictured: bool, picture: Evidence) -> Finding:
    said = outcome.stderr.decode(errors="replace")
    expected = _("a live picture")
    if outcome.returncode != 0 and "busy" in said.lower():
        return failed(
            _("%(camera)s is held by another program") % {"camera": camera.name},
            expected,
            _("Close the program that uses the camera (Zoom, a browser), then check again."),
        )
    if outcome.returncode != 0 or not pictured:
        return failed(
            _("no picture: %(reason)s") % {"reason": outcome.complaint},
            expected,
            _("Unplug the camera, wait five seconds, plug it in again, then check again."),
        )
    evidence = [picture]
    if _BLACK.search(said):
        return failed(
            _("the picture is black"),
            expected,
            _("Open the camera's lens cover and switch the room's lights on."),
            evidence=evidence,
        )
    if _FROZEN.search(said):
        return failed(
            _("the picture is frozen"),
            expected,
            _("Unplug the camera, wait five seconds, plug it in again, then check again."),
            evidence=evidence,
        )
    return passed(_("live picture from %(camera)s") % {"camera": camera.name}, evidence=evidence)


def _attribute(device: Any, name: str) -> str:
    value = device.attributes.get(name)
    return value.decode(errors="replace").strip() if value else ""


PROBES = (
    Probe("camera.present", N_("Camera is attached"), _present),
    Probe("camera.picture", N_("Camera shows a live picture"), _picture),
)
