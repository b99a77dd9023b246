"""Samsung panels on one chain: what each is set to, and what it answers in MDC."""

from __future__ import annotations

import time
from asyncio import StreamReader
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel

from .scenarios import Scenario

STATUS: Final = 0x00
ERRORS: Final = 0x0D
POWER: Final = 0x11
VOLUME: Final = 0x12
MUTE: Final = 0x13
INPUT: Final = 0x14
ASPECT: Final = 0x15
WALL_MODE: Final = 0x5C
WALL: Final = 0x84
MATRIX: Final = 0x89

_UNKNOWN, _OFF, _NO_WALL, _WARMING_UP, _NOT_ALLOWED = 0x01, 0x02, 0x03, 0x04, 0x05


_HEADER = 0xAA
_WARM_UP, _LAG = 0.3, 0.1


class Panel(BaseModel):
    """A panel's memory. Freshly installed it is off, on DisplayPort, and not part of a wall.

    Attributes:
        values: by command, the bytes that it was last given.
        no_signal: it reports an input fault.
        warm_up: seconds after power-on in which it refuses all else.
        lag: seconds in which it still reports an input that was just replaced.
    """

    values: dict[int, bytes] = {
        POWER: b"\x00",
        VOLUME: b"\x14",
        MUTE: b"\x00",
        INPUT: b"\x25",
        ASPECT: b"\x01",
        WALL: b"\x00",
        WALL_MODE: b"\x00",
        MATRIX: b"\x11\x01",
    }
    no_signal: bool = False
    warm_up: float = 0.0
    lag: float = 0.0
    _warm_at: float = 0.0
    _shown: tuple[bytes, float] = (b"", 0.0)

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self.values[POWER] == b"\x01"

    def answer(self, command: int, data: bytes, *, refuses: bool) -> tuple[bool, bytes]:
        """Whether the command is acknowledged, and with what data or error code."""
        if not data:
            return self._read(command)
        error = self._reason_against(command, refuses=refuses)
        if error is not None:
            return False, bytes([error])
        if command == INPUT and data != self.values[INPUT]:
            self._shown = (self.values[INPUT], time.monotonic() + self.lag)
        if command == POWER and data == b"\x01" and not self.is_on:
            self._warm_at = time.monotonic() + self.warm_up
        self.values[command] = data
        return True, data

    def _read(self, command: int) -> tuple[bool, bytes]:
        of = self.values
        if command == STATUS:
            seen = of[POWER] + of[VOLUME] + of[MUTE] + self._input() + of[ASPECT] + b"\x00\x00"
            return True, seen
        if command == ERRORS:
            return True, bytes([0, 0, 2, self.no_signal, 36, 0])
        if command not in of:
            return False, bytes([_UNKNOWN])
        return True, self._input() if command == INPUT else of[command]

    def _input(self) -> bytes:
        shown, until = self._shown
        return shown if time.monotonic() < until else self.values[INPUT]

    def _reason_against(self, command: int, *, refuses: bool) -> int | None:
        if command not in self.values:
            return _UNKNOWN
        if refuses:
            return _NOT_ALLOWED
        warming_up = time.monotonic() < self._warm_at
        needs_wall = command in (WALL_MODE, MATRIX) and self.values[WALL] == b"\x00"
        reasons = ((not self.is_on, _OFF), (warming_up, _WARMING_UP), (needs_wall, _NO_WALL))
        if command == POWER:
            return None
        return next((code for holds, code in reasons if holds), None)


class Samsung:
    """The panels of a chain, by their ids.

    Attributes:
        panels: Each panel.
        commands: What was asked: panel, command, and what to set.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self.panels = {number: Panel(warm_up=_WARM_UP, lag=_LAG) for number in numbers}
        self.commands: list[tuple[int, int, bytes]] = []

    def kept(self) -> dict[str, dict[str, str]]:
        """What outlives the process."""
        return {
            str(number): {str(command): value.hex() for command, value in panel.values.items()}
            for number, panel in self.panels.items()
        }

    def restore(self, kept: Mapping[str, Mapping[str, str]]) -> None:
        """Takes up what was kept."""
        for number, panel in self.panels.items():
            for command, value in kept.get(str(number), {}).items():
                panel.values[int(command)] = bytes.fromhex(value)

    def greeting(self) -> bytes:
        """Panels wait to be asked."""
        return b""

    async def answer(self, reader: StreamReader, scenario: Scenario) -> bytes:
        """The framed answer to the next question.

        It is empty for a broken frame and for a panel that is not there.
        """
        from samsung_mdc.connection import pack_response

        head = await reader.readexactly(4)
        rest = await reader.readexactly(head[3] + 1)
        command, number, data = head[1], head[2], rest[:-1]
        whole = sum(head[1:] + data) % 256 == rest[-1]
        panel = self.panels.get(number)
        silent = scenario == "silent" and number == max(self.panels)
        if head[0] != _HEADER or not whole or panel is None or silent:
            return b""
        self.commands.append((number, command, data))
        taken, told = panel.answer(command, data, refuses=scenario == "refuse")
        reply = bytes(pack_response(command, number, taken, told))
        # A broken checksum is what a disturbed line leaves.
        return reply[:-1] + bytes([reply[-1] ^ 0xFF]) if scenario == "garble" else reply
