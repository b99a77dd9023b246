"""LG panels on one chain: what each is set to, and what it answers to a line of text."""

from __future__ import annotations

import time
from asyncio import StreamReader
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .scenarios import Scenario

_POWER, _INPUT, _TILES, _TILE, _NATURAL = "ka", "xb", "dd", "di", "dj"
_TILES_SEEN, _SIGNAL, _FAN = "dz", "sv", "dw"
_READ, _HAS_SIGNAL = 0xFF, 0x02
_EVERYONE = 0
_LAG, _WARM_UP = 0.2, 0.3


@dataclass
class LgPanel:
    """A set's memory. Freshly installed it is off, on DVI, and not part of a wall.

    Attributes:
        values: By command, the byte that it was last given.
        signal: Whether its input carries a picture.
        fan_ok: Whether its fan turns.
        lag: Seconds in which it still reports an input that was just replaced.
    """

    values: dict[str, int] = field(
        default_factory=lambda: {_POWER: 0, _INPUT: 0x70, _TILES: 0, _TILE: 1, _NATURAL: 0}
    )
    signal: bool = True
    fan_ok: bool = True
    lag: float = _LAG
    _shown: tuple[int, float] = (0, 0.0)
    _warm_at: float = 0.0

    def read(self, command: str, data: Sequence[int]) -> bytes | None:
        """What a question is answered with; None is NG."""
        if command != _POWER and not self.values[_POWER]:
            return None
        shown, until = self._shown
        columns, rows = divmod(self.values[_TILES], 16)
        told = {command: [value] for command, value in self.values.items()} | {
            _INPUT: [shown if time.monotonic() < until else self.values[_INPUT]],
            _TILES_SEEN: [columns * rows > 1, rows, columns],
            _SIGNAL: [_HAS_SIGNAL, self.signal],
            _FAN: [self.fan_ok],
        }
        known = command in told and (command != _SIGNAL or data[0] == _HAS_SIGNAL)
        return bytes(told[command]) if known else None

    def put(self, command: str, data: int) -> bool:
        """Whether the setting is taken."""
        if command not in self.values:
            return False
        if command == _POWER:
            self._warm_at = time.monotonic() + _WARM_UP if data > self.values[_POWER] else 0.0
        elif not self.values[_POWER] or time.monotonic() < self._warm_at:
            return False
        columns, rows = divmod(self.values[_TILES], 16)
        if command == _TILE and not 1 <= data <= columns * rows:
            return False
        if command == _INPUT and data != self.values[_INPUT]:
            self._shown = (self.values[_INPUT], time.monotonic() + self.lag)
        self.values[command] = data
        return True


class Lg:
    """The panels of a chain, by their ids.

    Attributes:
        panels: Each panel.
        commands: What was asked: panel, command, and its bytes.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self.panels = {number: LgPanel() for number in numbers}
        self.commands: list[tuple[int, str, tuple[int, ...]]] = []

    def kept(self) -> dict[str, dict[str, int]]:
        """What outlives the process."""
        return {str(number): dict(panel.values) for number, panel in self.panels.items()}

    def restore(self, kept: Mapping[str, Mapping[str, int]]) -> None:
        """Takes up what was kept."""
        for number, panel in self.panels.items():
            panel.values.update(kept.get(str(number), {}))

    def greeting(self) -> bytes:
        """Panels wait to be asked."""
        return b""

    async def answer(self, reader: StreamReader, scenario: Scenario) -> bytes:
        """The answer to the next line; empty where nobody is meant or all are."""
        line = (await reader.readuntil(b"\r")).decode("ascii", "replace").split()
        command, number = line[0].lower(), int(line[1], 16)
        data = [int(byte, 16) for byte in line[2:]]
        self.commands.append((number, command, tuple(data)))
        if number == _EVERYONE:
            for panel in self.panels.values():
                panel.put(command, data[0])
            return b""
        known = self.panels.get(number)
        if known is None or (scenario == "silent" and number == max(self.panels)):
            return b""
        if data[-1] == _READ:
            told = known.read(command, data)
        else:
            taken = scenario != "refuse" and known.put(command, data[0])
            told = bytes(data[:1]) if taken else None
        verdict = "NG00" if told is None else f"OK{told.hex()}"
        if scenario == "garble":
            verdict = "??"
        return f"{command[1]} {number:02x} {verdict}x".encode()
