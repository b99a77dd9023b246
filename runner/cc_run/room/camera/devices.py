"""Cameras as udev knows them: a capture node, and the USB device that it belongs to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cc_run.settings.models import CameraModel

_SETTLE_SECONDS: Final = 0.3


@dataclass(frozen=True)
class CameraDevice:
    """A capture node and the USB device it belongs to (``speed`` in Mbit/s; 0 is unknown)."""

    node: str
    vendor: str
    product: str
    name: str
    speed: float

    def __str__(self) -> str:
        return f"{self.name} ({self.node})"


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


def choose_camera(
    cameras: Sequence[CameraDevice], models: Sequence[CameraModel]
) -> tuple[CameraDevice, CameraModel] | None:
    """The attached camera of the most wanted model: preferred ones first, then by their order."""
    for model in sorted(models, key=lambda model: not model.preferred):
        for camera in cameras:
            if camera.vendor == model.vendor and (
                not model.products or camera.product in model.products
            ):
                return camera, model
    return None


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


def _attribute(device: Any, name: str) -> str:
    value = device.attributes.get(name)
    return value.decode(errors="replace").strip() if value else ""
