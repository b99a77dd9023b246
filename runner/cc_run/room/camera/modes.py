"""What a camera offers: its picture formats, sizes and rates, asked by Video4Linux's own calls."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from cc_run.settings.models import Camera

T = TypeVar("T")

_CAPTURE: Final = 1
_COMPRESSED: Final = 1
_DISCRETE: Final = 1
# linux/videodev2.h: struct v4l2_fmtdesc, v4l2_frmsizeenum, v4l2_frmivalenum
_FORMAT: Final = (0xC0405602, 64)
_SIZE: Final = (0xC02C564A, 44)
_INTERVAL: Final = (0xC034564B, 52)
# A rate that is a hair below, such as 29.97, is what people call 30.
_RATE_SLACK: Final = 0.97
# How ffmpeg calls what cameras call by four letters.
_FFMPEG_NAMES: Final = {
    "YUYV": "yuyv422",
    "UYVY": "uyvy422",
    "NV12": "nv12",
    "YU12": "yuv420p",
    "MJPG": "mjpeg",
    "H264": "h264",
}


@dataclass(frozen=True)
class Mode:
    """A picture format in one size at one rate.

    Attributes:
        code: The format's four letters: "YUYV", "MJPG".
        compressed: Whether the camera compresses it.
        width: In pixels.
        height: In pixels.
        fps: Frames a second.
        scalable: Whether every smaller size and rate is offered too.
    """

    code: str
    compressed: bool
    width: int
    height: int
    fps: float
    scalable: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.width}x{self.height}@{self.fps:g}"

    @property
    def ffmpeg_name(self) -> str:
        """The format as ffmpeg's ``-input_format`` names it; empty where it has none."""
        return _FFMPEG_NAMES.get(self.code, "")

    def megabits(self) -> float:
        """Mbit/s on the cable where it is not compressed; the usual 16 bits a pixel."""
        return 0.0 if self.compressed else self.width * self.height * self.fps * 16 / 1e6

    def gives(self, wish: Camera) -> bool:
        """Whether it has the room's picture size, and at least its rate."""
        if wish.format and self.code != wish.format:
            return False
        if self.fps < wish.fps * _RATE_SLACK:
            return False
        if self.scalable:
            return self.width >= wish.width and self.height >= wish.height
        return (self.width, self.height) == (wish.width, wish.height)


def lightest(modes: Sequence[Mode], wish: Camera) -> Mode | None:
    """Of the modes that give the room's picture, the one that asks least of the cable.

    Among compressed ones MJPG: each of its frames is whole, so that a picture comes at once.
    """
    fitting = [mode for mode in modes if mode.gives(wish)]
    return min(fitting, key=lambda mode: (mode.megabits(), mode.code != "MJPG"), default=None)


def read_modes(node: str) -> tuple[Mode, ...]:
    """Every mode that the camera offers, in its own order.

    Raises:
        OSError: it does not answer as a camera.
    """
    descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return tuple(_modes(descriptor))
    finally:
        os.close(descriptor)


def _modes(camera: int) -> Iterator[Mode]:
    for code, compressed in _each(partial(_format, camera)):
        letters = struct.pack("<I", code).decode("ascii", errors="replace").strip()
        for width, height, scalable in _each(partial(_size, camera, code)):
            for fps in _each(partial(_rate, camera, (code, width, height))):
                yield Mode(letters, compressed, width, height, fps, scalable)


def _format(camera: int, index: int) -> tuple[int, bool]:
    """A format's code, and whether it is compressed."""
    answer = _ask(camera, _FORMAT, struct.pack("<II", index, _CAPTURE))
    flags, code = struct.unpack_from("<I32xI", answer, 8)
    return code, bool(flags & _COMPRESSED)


def _size(camera: int, code: int, index: int) -> tuple[int, int, bool]:
    """Width and height; of a range the largest, with True."""
    answer = _ask(camera, _SIZE, struct.pack("<II", index, code))
    kind, *numbers = struct.unpack_from("<7I", answer, 8)
    if kind == _DISCRETE:
        return numbers[0], numbers[1], False
    _single(index)
    return numbers[1], numbers[4], True


def _rate(camera: int, place: tuple[int, int, int], index: int) -> float:
    """Frames a second; of a range the fastest."""
    answer = _ask(camera, _INTERVAL, struct.pack("<4I", index, *place))
    kind, above, below = struct.unpack_from("<3I", answer, 16)
    if kind != _DISCRETE:
        _single(index)
    return below / above if above else 0.0


def _single(index: int) -> None:
    """A range is one answer to all questions."""
    if index:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def _ask(camera: int, call: tuple[int, int], question: bytes) -> bytes:
    request, size = call
    return fcntl.ioctl(camera, request, question.ljust(size, b"\0"))


def _each(ask: Callable[[int], T]) -> Iterator[T]:
    """The answers until the camera says that there are no more."""
    index = 0
    while True:
        try:
            yield ask(index)
        except OSError as error:
            if error.errno == errno.EINVAL:
                return
            raise
        index += 1
