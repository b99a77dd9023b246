"""LG signage panels: short lines of text over TCP, to one panel or to a chain behind it.

A command is two letters, the set's id and a byte, all in hexadecimal: ``xb 01 90``; the set
answers ``b 01 OK90x``, or NG where it will not. The byte ``ff`` reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Final

from cc_run.errors import Refusal
from cc_run.language import _
from cc_run.room.wall.faults import garbled, refused, silent, unreachable, vanished
from cc_run.room.wall.panel import PanelState, Wish, place
from cc_run.settings.models import TvWall

PORT: Final = 9761
# What an input is set to, and what else it may read as: a set that finds a computer behind HDMI
# tells the number of its PC mode.
_INPUTS: Final = {
    "AV": (0x20,),
    "COMPONENT": (0x40,),
    "RGB": (0x60,),
    "DVI": (0x70, 0x80),
    "HDMI1": (0x90, 0xA0),
    "HDMI2": (0x91, 0xA1),
    "HDMI3": (0x92, 0xA2),
    "DISPLAY_PORT_1": (0xC0, 0xD0),
    "DISPLAY_PORT_2": (0xC1, 0xD1),
}
_READ: Final = 0xFF
_POWER, _INPUT, _TILES, _TILE, _NATURAL = "ka", "xb", "dd", "di", "dj"
_TILES_SEEN, _SIGNAL, _FAN = "dz", "sv", "dw"
_ANSWER: Final = re.compile(rb"\s*([a-z]) ([0-9a-f]+) (OK|NG)([0-9a-f]*)x", re.IGNORECASE)


def inputs() -> tuple[str, ...]:
    """The names that an input can be set to."""
    return tuple(_INPUTS)


def wishes(tv_wall: TvWall, number: int) -> tuple[Wish, ...]:
    """What a panel should be set to, in an order in which it takes it."""
    power = Wish("power", "on", _POWER, (1,))
    source = Wish("input", tv_wall.input, _INPUT, (_INPUTS[tv_wall.input][0],))
    columns, rows = tv_wall.columns, tv_wall.rows
    if columns * rows == 1:
        return power, source, Wish("wall", "off", _TILES, (0,))
    position = tv_wall.panels.index(number) + 1
    tiles = (columns << 4 | rows,)
    return (
        power,
        source,
        Wish("wall", "on", _TILES, tiles),
        Wish("place", place((columns, rows), position), _TILE, (tiles[0], position)),
        Wish("picture", tv_wall.picture, _NATURAL, (int(tv_wall.picture == "natural"),)),
    )


class LgLine:
    """One connection to a set or a chain of sets; see ``cc_run.room.wall.lines.Line``."""

    def __init__(self, tv_wall: TvWall, host: str) -> None:
        self._host = host
        self._port = tv_wall.port or PORT
        self._timeout = tv_wall.timeout
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> None:
        """Connects."""
        await self._connected()

    async def close(self) -> None:
        """Hangs up."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def read(self, number: int) -> PanelState:
        """One set's state."""
        if (await self._ask(number, "power", _POWER, _READ))[0] != 1:
            return PanelState(number, power="off")
        source = await self._told(number, "input", _INPUT, _READ)
        tiles = await self._told(number, "wall", _TILES_SEEN, _READ)
        in_wall = bool(tiles and tiles[0])
        tile = await self._told(number, "place", _TILE, _READ) if in_wall else b""
        natural = await self._told(number, "picture", _NATURAL, _READ) if in_wall else b""
        return PanelState(
            number,
            power="on",
            input=_input_name(source[0]) if source else None,
            wall=("on" if in_wall else "off") if tiles else None,
            place=_place(tiles, tile),
            picture=("natural" if natural[0] else "full") if natural else None,
            faults=_faults(
                await self._told(number, "signal", _SIGNAL, 0x02, _READ),
                await self._told(number, "fan", _FAN, _READ),
            ),
        )

    async def put(self, number: int, wish: Wish) -> None:
        """Sets one thing; a place is the wall's size and then the tile."""
        if wish.command == _TILE:
            tiles, tile = wish.data
            await self._ask(number, wish.field, _TILES, tiles)
            await self._ask(number, wish.field, _TILE, tile)
        else:
            await self._ask(number, wish.field, wish.command, *wish.data)

    async def _told(self, number: int, field: str, command: str, *data: int) -> bytes:
        """The answer; nothing where this model does not know the command."""
        try:
            return await self._ask(number, field, command, *data)
        except Refusal:
            return b""

    async def _ask(self, number: int, field: str, command: str, *data: int) -> bytes:
        """The bytes of the set's answer, at least one."""
        reader, writer = await self._connected()
        question = " ".join([command, f"{number:02x}", *(f"{byte:02x}" for byte in data)])
        try:
            writer.write(question.encode() + b"\r")
            await writer.drain()
            answer = await asyncio.wait_for(reader.readuntil(b"x"), self._timeout)
        except TimeoutError as error:
            # A late answer would be taken for the next question's.
            await self.close()
            raise silent(number, self._timeout) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self.close()
            raise vanished(number) from error
        except asyncio.LimitOverrunError as error:
            await self.close()
            raise garbled(number, field) from error
        told = _ANSWER.fullmatch(answer)
        if told is None or told[1].lower() != command[1].encode() or int(told[2], 16) != number:
            await self.close()
            raise garbled(number, field)
        if told[3].upper() == b"NG":
            raise refused(number, field, f"NG{told[4].decode()}")
        if not told[4] or len(told[4]) % 2:
            raise garbled(number, field)
        return bytes.fromhex(told[4].decode())

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            try:
                self._streams = await asyncio.wait_for(
                    asyncio.open_connection(self._host, self._port), self._timeout
                )
            except OSError as error:
                raise unreachable(self._host, self._port, error, "RS-232C/LAN") from error
        return self._streams


def _input_name(code: int) -> str:
    return next((name for name, codes in _INPUTS.items() if code in codes), f"0x{code:02X}")


def _place(tiles: bytes, tile: bytes) -> str | None:
    """From on/off, rows, columns, and the tile's number."""
    match [*tiles], [*tile]:
        case [_on, rows, columns], [position]:
            return place((columns, rows), position)
        case _:
            return None


def _faults(signal: bytes, fan: bytes) -> tuple[str, ...]:
    faults = []
    if signal[:2] == b"\x02\x00":
        faults.append(_("no signal"))
    if fan[:1] == b"\x00":
        faults.append(_("fan fault"))
    return tuple(faults)
