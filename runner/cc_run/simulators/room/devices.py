"""The room's USB devices as udev sees them: one .umockdev file a device in `equipment/`.

A device that is unplugged is a file that is left out. The Polycom's product number is invented:
nothing may depend on it. `mocked/camera.py` answers for the camera's node.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

_EQUIPMENT: Final = Path(__file__).with_name("equipment")
CAMERA_FILE: Final = _EQUIPMENT / "logitech-brio.umockdev"
POLYCOM_FILE: Final = _EQUIPMENT / "polycom-cx5500.umockdev"
# The file, beside the pictures, by which a running camera is told to become another.
WISH: Final = "camera.wish"


class Camera(StrEnum):
    """What the Logitech camera does."""

    LIVE = "live"  # a picture that moves
    BLACK = "black"  # its shutter is closed
    FROZEN = "frozen"  # the same picture for ever
    BUSY = "busy"  # another program holds it
    HANGING = "hanging"  # it takes every order and never sends a picture
    DEAF = "deaf"  # it answers nothing
    ABSENT = "absent"  # not plugged in
