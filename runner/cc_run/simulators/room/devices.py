"""The room's USB devices as udev sees them: one .umockdev file a device in `equipment/`.

A device that is unplugged is a file that is left out. The Polycom's product number is invented:
nothing may depend on it. `mock/camera.py` answers for the camera's node.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

_EQUIPMENT: Final = Path(__file__).with_name("equipment")
CAMERA_FILE: Final = _EQUIPMENT / "logitech-brio.umockdev"
POLYCOM_FILE: Final = _EQUIPMENT / "polycom-cx5500.umockdev"


class Camera(StrEnum):
    """What the Logitech camera does."""

    LIVE = "live"  # a picture that moves
    BLACK = "black"  # its shutter is closed
    FROZEN = "frozen"  # the same picture for ever
    BUSY = "busy"  # another program holds it
    ABSENT = "absent"  # not plugged in
