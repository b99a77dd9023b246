"""Cameras, sound cards, screens and the power adapter, as udev tells of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from cc_run.language import _
from cc_run.room.hotplug.change import Change, Tell

_SUBSYSTEMS: Final = ("video4linux", "sound", "drm", "power_supply")


@contextmanager
def device_changes(tell: Tell) -> Iterator[None]:
    """Tells of devices that come and go for as long as the block lasts, in the running loop."""
    import pyudev

    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    for subsystem in _SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.start()

    def read() -> None:
        with contextlib.suppress(OSError):  # so much at once that some was lost
            while (device := monitor.poll(timeout=0)) is not None:
                change = change_of(str(device.action), device.properties)
                if change is not None:
                    tell(change)

    loop = asyncio.get_running_loop()
    loop.add_reader(monitor.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(monitor.fileno())


def change_of(action: str, properties: Mapping[str, str]) -> Change | None:
    """What an event of udev means for the room; None where it means nothing."""
    subsystem = properties.get("SUBSYSTEM", "")
    if subsystem == "power_supply":
        return _power(properties)
    if subsystem == "drm":
        return Change("wall", _("Screen plugged in or unplugged")) if action == "change" else None
    if action not in ("add", "remove"):
        return None
    if subsystem == "sound":  # the sound server tells of it in words, a little later
        return Change("sound")
    if "capture" not in properties.get("ID_V4L_CAPABILITIES", "capture"):
        return None  # the camera's second node, for metadata
    template = (
        _("Camera plugged in: %(name)s") if action == "add" else _("Camera unplugged: %(name)s")
    )
    name = properties.get("ID_V4L_PRODUCT") or properties.get("DEVNAME", "")
    return Change("camera", template % {"name": name})


def _power(properties: Mapping[str, str]) -> Change | None:
    if properties.get("POWER_SUPPLY_TYPE") != "Mains":
        return None  # a battery tells of every per cent
    connected = properties.get("POWER_SUPPLY_ONLINE") == "1"
    text = _("Power adapter plugged in") if connected else _("Power adapter unplugged")
    return Change("laptop", text)
