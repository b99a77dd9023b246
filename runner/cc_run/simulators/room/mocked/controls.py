"""A camera's controls: focus, zoom, the mains frequency."""

import errno
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .v4l2 import (
    G_CTRL,
    G_EXT_CTRLS,
    QUERY_EXT_CTRL,
    QUERYCTRL,
    QUERYMENU,
    S_CTRL,
    S_EXT_CTRLS,
    Refused,
    argument_size,
    only,
)

INTEGER, BOOLEAN, MENU = 1, 2, 3
NEXT_CONTROL = 0xC0000000
# id: name, type, lowest, highest, step, default
CONTROLS: dict[int, tuple[bytes, int, int, int, int, int]] = {
    0x00980900: (b"Brightness", INTEGER, 0, 255, 1, 128),
    0x0098090C: (b"White Balance, Automatic", BOOLEAN, 0, 1, 1, 1),
    0x00980918: (b"Power Line Frequency", MENU, 0, 2, 1, 2),
    0x009A090A: (b"Focus, Absolute", INTEGER, 0, 255, 5, 0),
    0x009A090C: (b"Focus, Automatic Continuous", BOOLEAN, 0, 1, 1, 1),
    0x009A090D: (b"Zoom, Absolute", INTEGER, 100, 500, 1, 100),
}
LINE_FREQUENCIES = (b"Disabled", b"50 Hz", b"60 Hz")


class Controls:
    """The controls, with their values in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.answers: dict[int, Callable[[bytearray], None]] = {
            QUERYCTRL: self._describe,
            QUERY_EXT_CTRL: self._describe,
            QUERYMENU: self._describe_choice,
            G_CTRL: self._get,
            S_CTRL: self._set,
        }

    def _values(self) -> dict[str, int]:
        """What has been set; a camera remembers it from one program to the next."""
        try:
            return dict(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return {}

    def _value(self, control: int) -> int:
        return self._values().get(hex(control), CONTROLS[control][5])

    def _choose(self, control: int, value: int, *, keep: bool = True) -> None:
        lowest, highest = CONTROLS[control][2:4]
        if not lowest <= value <= highest:
            raise Refused(errno.ERANGE)
        if keep:
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps({**self._values(), hex(control): value}))
            new.replace(self._file)

    def _describe(self, argument: bytearray) -> None:
        wanted = struct.unpack_from("<I", argument)[0]
        after = wanted & ~NEXT_CONTROL
        control = wanted
        if wanted & NEXT_CONTROL:
            control = min((known for known in CONTROLS if known > after), default=0)
        only(control in CONTROLS)
        name, kind, *limits = CONTROLS[control]
        struct.pack_into("<II32s", argument, 0, control, kind, name)
        if len(argument) == argument_size(QUERYCTRL):
            struct.pack_into("<4iI", argument, 40, *limits, 0)
        else:
            struct.pack_into("<4qIII", argument, 40, *limits, 0, 4, 1)

    def _describe_choice(self, argument: bytearray) -> None:
        control, index = struct.unpack_from("<II", argument)
        only(CONTROLS.get(control, (b"", 0))[1] == MENU and index < len(LINE_FREQUENCIES))
        struct.pack_into("<32s", argument, 8, LINE_FREQUENCIES[index])

    def _get(self, argument: bytearray) -> None:
        control = struct.unpack_from("<I", argument)[0]
        only(control in CONTROLS)
        struct.pack_into("<i", argument, 4, self._value(control))

    def _set(self, argument: bytearray) -> None:
        control, value = struct.unpack_from("<Ii", argument)
        only(control in CONTROLS)
        self._choose(control, value)

    def answer_many(self, request: int, place: Any, argument: bytearray) -> None:
        """Answer the calls that read or set several controls through a pointer."""
        count = struct.unpack_from("<I", argument, 4)[0]
        entry = struct.Struct("<I8xi4x")
        array = place.resolve(24, count * entry.size) if count else None
        if array is None:
            return
        controls = bytearray(array.retrieve())
        for start in range(0, len(controls), entry.size):
            control, value = entry.unpack_from(controls, start)
            only(control in CONTROLS)
            if request == G_EXT_CTRLS:
                struct.pack_into("<i", controls, start + 12, self._value(control))
            else:
                self._choose(control, value, keep=request == S_EXT_CTRLS)
        array.update(0, bytes(controls))
