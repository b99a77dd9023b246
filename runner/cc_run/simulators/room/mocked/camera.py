"""A Logitech camera for `under_devices.py`: it answers the V4L2 ioctls and draws the pictures.

The camera's node is a plain file, so that a program can map it; the camera draws into that file, a
clock and a moving block for a living picture. Only the standard library and gi are used, as this
runs in Debian's own interpreter.
"""

import contextlib
import errno
import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gi.repository import GLib

from .controls import Controls
from .screen import SCREEN, screen
from .v4l2 import (
    CAPTURE,
    DQBUF,
    ENUM_FMT,
    ENUM_FRAMEINTERVALS,
    ENUM_FRAMESIZES,
    ENUMINPUT,
    G_EXT_CTRLS,
    G_FMT,
    G_INPUT,
    G_PARM,
    MAPPED,
    PROGRESSIVE,
    QBUF,
    QUERYBUF,
    QUERYCAP,
    REQBUFS,
    S_EXT_CTRLS,
    S_FMT,
    S_INPUT,
    S_PARM,
    SRGB,
    STREAMOFF,
    STREAMON,
    TRY_EXT_CTRLS,
    TRY_FMT,
    YUYV,
    Refused,
    argument_size,
    only,
)

FRAMES_PER_SECOND = 30
BUFFERS = 4
CLOCK = "%H:%M:%S"


class Camera:
    """A UVC camera with two picture sizes, for one program at a time."""

    def __init__(self, stage: Path, scenario: str, node: Path) -> None:
        self._stage = stage
        self.become(scenario)
        self._size = next(iter(self._pictures))
        self._controls = Controls(stage / "controls.json")
        self._node = node
        self._holder: Any = None
        self._holders: list[Any] = []
        self._queue: list[int] = []
        self._sequence = 0
        self._last_frame = 0.0
        self._start = time.strftime(CLOCK)
        with node.open("wb") as file:
            file.truncate(BUFFERS * max(_stride(size) for size in self._pictures))
        with node.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._answers: dict[int, Callable[[bytearray], object]] = {
            QUERYCAP: self._capabilities,
            ENUM_FMT: self._describe_format,
            G_FMT: self._get_format,
            TRY_FMT: self._try_format,
            S_FMT: self._set_format,
            G_PARM: self._frame_rate,
            S_PARM: self._frame_rate,
            ENUMINPUT: self._describe_input,
            G_INPUT: lambda argument: struct.pack_into("<I", argument, 0, 0),
            S_INPUT: lambda argument: struct.pack_into("<I", argument, 0, 0),
            ENUM_FRAMESIZES: self._describe_size,
            ENUM_FRAMEINTERVALS: self._describe_interval,
            REQBUFS: self._request_buffers,
            QUERYBUF: self._describe_buffer,
            QBUF: self._take_buffer,
            STREAMON: lambda _: None,
            STREAMOFF: lambda _: self._queue.clear(),
            **self._controls.answers,
        }

    def become(self, scenario: str) -> None:
        """Do something else from now on; a running stream shows it from its next start."""
        self._scenario = scenario
        self._pictures = _pictures(self._stage, black=scenario == "black")

    def handle(self, _base: Any, client: Any) -> bool:
        """Answer one ioctl of one program, as umockdev's signal asks for it."""
        if self._scenario == "deaf":
            self._holders.append(client)
            return True
        request = client.get_request() & 0xFFFFFFFF
        size = argument_size(request)
        place = client.get_arg().resolve(0, size) if size else None
        argument = bytearray(place.retrieve()) if place is not None else bytearray()
        try:
            if request in (S_FMT, S_PARM, REQBUFS, STREAMON):
                self._acquire(client)
            if request == DQBUF:
                self._deliver(client, place, argument)
                return True
            if request in (G_EXT_CTRLS, S_EXT_CTRLS, TRY_EXT_CTRLS):
                self._controls.answer_many(request, place, argument)
            else:
                self._answers.get(request, _unknown)(argument)
        except Refused as refusal:
            client.complete(-1, refusal.args[0])
            return True
        if place is not None:
            place.update(0, bytes(argument))
        if request == STREAMOFF or (request == REQBUFS and not any(argument[:4])):
            self._holder = None
        client.complete(0, 0)
        return True

    def _acquire(self, client: Any) -> None:
        """Give the camera to a program, or refuse: another one has it."""
        if self._scenario == "busy":
            raise Refused(errno.EBUSY)
        # A program that was killed gave nothing back, and umockdev does not tell.
        if self._holder not in (None, client) and _times_open(self._node) > 1:
            raise Refused(errno.EBUSY)
        if self._holder is not client:
            self._queue.clear()
            # umockdev would complain on standard error if one that was killed were freed.
            self._holders.append(client)
        self._holder = client

    def _capabilities(self, argument: bytearray) -> None:
        names = (b"uvcvideo", b"Logitech BRIO", b"usb-0000:00:14.0-1")
        struct.pack_into("<16s32s32sIII", argument, 0, *names, 0x061200, 0x84A00001, 0x04200001)

    def _describe_format(self, argument: bytearray) -> None:
        only(struct.unpack_from("<I", argument)[0] == 0)
        only(struct.unpack_from("<I", argument, 4)[0] == CAPTURE)
        struct.pack_into("<I32sI", argument, 8, 0, b"YUYV 4:2:2", YUYV)

    def _get_format(self, argument: bytearray) -> None:
        only(struct.unpack_from("<I", argument)[0] == CAPTURE)
        _write_format(argument, self._size)

    def _try_format(self, argument: bytearray) -> tuple[int, int]:
        kind, wished_width = struct.unpack_from("<I4xI", argument)
        only(kind == CAPTURE)
        size = min(self._pictures, key=lambda size: abs(size[0] - wished_width))
        _write_format(argument, size)
        return size

    def _set_format(self, argument: bytearray) -> None:
        self._size = self._try_format(argument)

    def _frame_rate(self, argument: bytearray) -> None:
        only(struct.unpack_from("<I", argument)[0] == CAPTURE)
        struct.pack_into("<6I", argument, 4, 0x1000, 0, 1, FRAMES_PER_SECOND, 0, BUFFERS)

    def _describe_input(self, argument: bytearray) -> None:
        only(struct.unpack_from("<I", argument)[0] == 0)
        struct.pack_into("<32sI", argument, 4, b"Camera 1", 2)

    def _describe_size(self, argument: bytearray) -> None:
        index, pixels = struct.unpack_from("<II", argument)
        only(index < len(self._pictures) and pixels == YUYV)
        struct.pack_into("<III", argument, 8, 1, *list(self._pictures)[index])

    def _describe_interval(self, argument: bytearray) -> None:
        index, pixels, *size = struct.unpack_from("<4I", argument)
        only(index == 0 and pixels == YUYV and tuple(size) in self._pictures)
        struct.pack_into("<III", argument, 16, 1, 1, FRAMES_PER_SECOND)

    def _request_buffers(self, argument: bytearray) -> None:
        count, _kind, memory = struct.unpack_from("<III", argument)
        only(memory == MAPPED)
        self._queue.clear()
        self._sequence = 0
        picture = self._pictures[self._size]
        for index in range(BUFFERS):
            start = index * _stride(self._size)
            self._memory[start : start + len(picture)] = picture
            self._draw(index)
        struct.pack_into("<I8xI", argument, 0, min(count, BUFFERS), 1)

    def _describe_buffer(self, argument: bytearray) -> None:
        self._write_buffer(argument, 0, 0)

    def _take_buffer(self, argument: bytearray) -> None:
        index = struct.unpack_from("<I", argument)[0]
        only(index < BUFFERS)
        self._queue.append(index)
        self._write_buffer(argument, 0, 2)

    def _deliver(self, client: Any, place: Any, argument: bytearray) -> None:
        """Fill the oldest buffer when the next frame is due."""
        if self._scenario == "hanging":
            return
        if not self._queue:
            raise Refused(errno.EAGAIN)
        index = self._queue.pop(0)
        now = time.monotonic()
        self._last_frame = max(now, self._last_frame + 1 / FRAMES_PER_SECOND)

        def complete() -> bool:
            if self._scenario != "frozen":
                self._draw(index)
            struct.pack_into("<I", argument, 0, index)
            self._write_buffer(argument, 2 * self._size[0] * self._size[1], 4)
            seconds, part = divmod(time.clock_gettime(time.CLOCK_MONOTONIC), 1)
            struct.pack_into("<qq", argument, 24, int(seconds), int(part * 1e6))
            struct.pack_into("<I", argument, 56, self._sequence)
            self._sequence += 1
            place.update(0, bytes(argument))
            client.complete(0, 0)
            return False

        GLib.timeout_add(int((self._last_frame - now) * 1000), complete)

    def _write_buffer(self, argument: bytearray, used: int, flags: int) -> None:
        index = struct.unpack_from("<I", argument)[0]
        only(index < BUFFERS)
        mapped_monotonic = 0x2001
        struct.pack_into("<IIII", argument, 4, CAPTURE, used, mapped_monotonic | flags, PROGRESSIVE)
        struct.pack_into("<II", argument, 60, MAPPED, index * _stride(self._size))
        struct.pack_into("<I", argument, 72, 2 * self._size[0] * self._size[1])

    def _draw(self, index: int) -> None:
        """Draw the running clock and the moving block into a buffer."""
        if self._scenario == "black":
            return
        width = self._size[0]
        unit = width // 80
        start = index * _stride(self._size) + 2 * (SCREEN[1] * unit * width + SCREEN[0] * unit)
        clock = self._start if self._scenario == "frozen" else time.strftime(CLOCK)
        for row in screen(unit, clock, self._sequence):
            self._memory[start : start + len(row)] = row
            start += 2 * width


def _times_open(node: Path) -> int:
    """How many open files of other processes are the node."""
    identity, me = node.stat(), str(os.getpid())
    count = 0
    for entry in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            count += entry.parts[2] != me and os.path.samestat(entry.stat(), identity)
    return count


def _unknown(_argument: bytearray) -> None:
    raise Refused(errno.ENOTTY)


def _stride(size: tuple[int, int]) -> int:
    page = mmap.PAGESIZE
    return -(-2 * size[0] * size[1] // page) * page


def _write_format(argument: bytearray, size: tuple[int, int]) -> None:
    width, height = size
    layout = (width, height, YUYV, PROGRESSIVE, 2 * width, 2 * width * height, SRGB)
    struct.pack_into("<12I", argument, 8, *layout, 0xFEEDCAFE, 0, 0, 0, 0)


def _pictures(stage: Path, *, black: bool) -> dict[tuple[int, int], bytes]:
    """The pictures by size, the largest first."""
    found = {}
    for path in stage.glob("*.yuyv"):
        width, height = map(int, path.stem.split("x"))
        found[width, height] = bytes((16, 128)) * (width * height) if black else path.read_bytes()
    return dict(sorted(found.items(), reverse=True))
