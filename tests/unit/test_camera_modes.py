"""Which of a camera's modes gives the room's picture, and which camera is chosen."""

from __future__ import annotations

import pytest

from cc_run.room.camera.devices import CameraDevice, choose_camera
from cc_run.room.camera.modes import Mode, lightest
from cc_run.settings.models import Camera, CameraModel

RAW = Mode("YUYV", False, 1280, 720, 30)
JPEG = Mode("MJPG", True, 1280, 720, 30)
SLOW = Mode("YUYV", False, 1280, 720, 10)
RANGE = Mode("NV12", False, 1920, 1080, 60, scalable=True)


def wish(**changes: object) -> Camera:
    facts = {"width": 1280, "height": 720, "fps": 30, "format": "", **changes}
    return Camera.model_construct(**facts)


@pytest.mark.parametrize(
    ("mode", "changes", "gives"),
    [
        (RAW, {}, True),
        (SLOW, {}, False),
        (RAW, {"fps": 25}, True),
        (RAW, {"width": 640, "height": 360}, False),
        (RANGE, {"width": 640, "height": 360}, True),
        (RANGE, {"width": 3840, "height": 2160}, False),
        (RAW, {"format": "MJPG"}, False),
        (JPEG, {"format": "MJPG"}, True),
        (Mode("YUYV", False, 1280, 720, 29.97), {}, True),
    ],
)
def test_a_mode_gives_the_picture_or_not(mode: Mode, changes: dict, gives: bool) -> None:
    assert mode.gives(wish(**changes)) is gives


def test_the_mode_that_asks_least_of_the_cable_is_taken() -> None:
    assert lightest([RAW, JPEG, SLOW], wish()) is JPEG
    assert lightest([SLOW, RAW], wish()) is RAW
    assert lightest([Mode("H264", True, 1280, 720, 30), JPEG], wish()) is JPEG
    assert lightest([SLOW], wish()) is None
    assert (round(RAW.megabits()), JPEG.megabits()) == (442, 0)


def test_a_preferred_model_comes_before_the_first() -> None:
    old = CameraModel(name="C920", vendor="046d", products=("082d",))
    new = CameraModel(name="BRIO", vendor="046d", products=("085e",), preferred=True)
    any_logitech = CameraModel(name="any", vendor="046d")
    cameras = [
        CameraDevice("/dev/video0", "046d", "082d", "C920", 480),
        CameraDevice("/dev/video2", "046d", "085e", "BRIO", 5000),
    ]
    assert choose_camera(cameras, [old, new]) == (cameras[1], new)
    assert choose_camera(cameras[:1], [old, new]) == (cameras[0], old)
    assert choose_camera(cameras[1:], [any_logitech]) == (cameras[1], any_logitech)
    assert choose_camera([], [any_logitech]) is None
