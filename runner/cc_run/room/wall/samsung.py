"""Samsung panels, which speak MDC over TCP: one address, and the others behind it in a chain."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cc_run.errors import CcRunError, Refusal, SettingsFault
from cc_run.language import _
from cc_run.room.wall.faults import garbled, refused, silent, unreachable, vanished
from cc_run.room.wall.panel import PanelState, Wish, place
from cc_run.settings.models import TvWall

if TYPE_CHECKING:
    from samsung_mdc import MDC

PORT: Final = 1515
_NOT_FOR_SETTING: Final = ("NONE", "DVI_VIDEO", "HDMI1_PC", "HDMI2_PC", "HDMI3_PC", "HDMI4_PC")
# The library's commands, by the field of a state that each is about.
_COMMANDS: Final = {
    "power": "power",
    "input": "input_source",
    "wall": "video_wall_state",
    "place": "video_wall_model",
    "picture": "video_wall_mode",
    "error status": "error_status",
}


def inputs() -> tuple[str, ...]:
    """The names that an input can be set to."""
    from samsung_mdc.commands import INPUT_SOURCE

    known = [one.name for one in INPUT_SOURCE.INPUT_SOURCE_STATE]
    return tuple(name for name in known if name not in _NOT_FOR_SETTING)


def wishes(tv_wall: TvWall, number: int) -> tuple[Wish, ...]:
    """What a panel should be set to, in an order in which it takes it."""
    power = Wish("power", "on", "power", ("ON",))
    source = Wish("input", tv_wall.input, "input", (tv_wall.input,))
    columns, rows = tv_wall.columns, tv_wall.rows
    if columns * rows == 1:
        return power, source, Wish("wall", "off", "wall", ("OFF",))
    position = tv_wall.panels.index(number) + 1
    # The library wants the size as text, though it returns it as a pair.
    size = f"{columns},{rows}"
    picture = tv_wall.picture
    return (
        power,
        source,
        Wish("wall", "on", "wall", ("ON",)),
        Wish("place", place((columns, rows), position), "place", (size, position)),
        Wish("picture", picture, "picture", (picture.upper(),)),
    )


class _WholeReads:
    """A stream whose ``read`` waits for all the bytes it is asked for.

    The library takes whatever a single read returns for the whole frame, and fails when a panel's
    answer arrives in pieces.
    """

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    @property
    def _buffer(self) -> bytes:
        # The library shows what is left of a broken frame.
        return bytes(getattr(self._stream, "_buffer", b""))

    async def read(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        return await self._stream.readexactly(count)


class MdcLine:
    """One connection to a chain of panels; see ``cc_run.room.wall.lines.Line``."""

    def __init__(self, tv_wall: TvWall, host: str) -> None:
        self._host = host
        self._port = tv_wall.port or PORT
        self._timeout = tv_wall.timeout
        self._mdc: MDC | None = None

    async def open(self) -> None:
        """Connects."""
        await self._connected()

    async def close(self) -> None:
        """Hangs up."""
        from samsung_mdc.exceptions import MDCError

        mdc, self._mdc = self._mdc, None
        if mdc is not None and mdc.is_opened:
            with contextlib.suppress(OSError, MDCError):
                await mdc.close()

    async def read(self, number: int) -> PanelState:
        """One panel's state."""
        power = (await self._ask(number, "power"))[0].name.lower()
        if power != "on":
            return PanelState(number, power="off")
        source = await self._told(number, "input")
        wall = await self._told(number, "wall")
        in_wall = wall is not None and wall[0].name == "ON"
        model = await self._told(number, "place") if in_wall else None
        mode = await self._told(number, "picture") if in_wall else None
        return PanelState(
            number,
            power="on",
            input=source and _input_name(source[0].name),
            wall=wall and wall[0].name.lower(),
            place=model and place(*model),
            picture=mode and mode[0].name.lower(),
            faults=_faults(await self._told(number, "error status")),
        )

    async def put(self, number: int, wish: Wish) -> None:
        """Sets one thing."""
        await self._ask(number, wish.command, wish.data)

    async def _told(self, number: int, field: str) -> Any:
        """The answer; None where this model does not know the command."""
        try:
            return await self._ask(number, field)
        except Refusal:
            return None

    async def _ask(self, panel: int, field: str, data: Sequence[object] = ()) -> tuple[Any, ...]:
        """A panel's answer as the library parses it; ``data`` sets, nothing reads."""
        mdc = await self._connected()
        try:
            call = getattr(mdc, _COMMANDS[field])
            return tuple(await (call(panel, data) if data else call(panel)))
        except Exception as error:
            explained = self._explained(error, panel, field)
            if explained is None:
                raise
            if not isinstance(explained, Refusal):
                # A late answer would be taken for the next question's.
                await self.close()
            raise explained from error

    async def _connected(self) -> MDC:
        if self._mdc is not None:
            return self._mdc
        from samsung_mdc import MDC
        from samsung_mdc.exceptions import MDCTimeoutError

        mdc = MDC((self._host, self._port), timeout=self._timeout)
        try:
            await mdc.open()
        except MDCTimeoutError as error:
            raise unreachable(self._host, self._port, TimeoutError(), "MDC") from error
        except OSError as error:
            raise unreachable(self._host, self._port, error, "MDC") from error
        mdc.reader = _WholeReads(mdc.reader)
        self._mdc = mdc
        return mdc

    def _explained(self, error: Exception, panel: int, field: str) -> CcRunError | None:
        """The error as one of ours; None for one that is a mistake of the program."""
        from samsung_mdc.exceptions import (
            MDCResponseError,
            MDCTimeoutError,
            MDCTLSRequired,
            NAKError,
        )

        if isinstance(error, NAKError):
            return refused(panel, field, str(error.error_code))
        if isinstance(error, MDCTimeoutError):
            return silent(panel, self._timeout)
        if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
            return vanished(panel)
        if isinstance(error, MDCTLSRequired):
            return SettingsFault(
                _("Panel %(panel)d wants an encrypted connection, which is not supported.")
                % {"panel": panel},
                _("Switch 'Secured protocol' off in the panel's network menu."),
            )
        return garbled(panel, field) if isinstance(error, MDCResponseError) else None


def _input_name(name: str) -> str:
    # HDMI1_PC is HDMI1 with a computer on it: it can be read, but not set.
    return name.removesuffix("_PC") if name.startswith("HDMI") else name


def _faults(status: Any) -> tuple[str, ...]:
    if status is None:
        return ()
    lamp, heat, _brightness, source, _degrees, fan = status
    reports = (
        (lamp, _("backlight fault")),
        (heat, _("too hot")),
        (source, _("no signal")),
        (fan, _("fan fault")),
    )
    return tuple(text for report, text in reports if report.name == "ERROR")
