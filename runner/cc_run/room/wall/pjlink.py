"""Projectors and panels that speak PJLink, each at an address of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from cc_run.errors import CcRunError, Refusal, SettingsFault
from cc_run.language import _
from cc_run.room.wall.faults import garbled, refused, silent, unreachable, vanished
from cc_run.room.wall.panel import PanelState, Wish
from cc_run.settings.models import TvWall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiopjlink import PJLink

T = TypeVar("T")

PORT: Final = 4352
_KINDS: Final = {"RGB": "1", "VIDEO": "2", "DIGITAL": "3", "STORAGE": "4", "NETWORK": "5"}


def inputs() -> tuple[str, ...]:
    """The names that an input can be set to; which of them a device has, it tells itself."""
    return tuple(f"{kind}{index}" for kind in _KINDS for index in range(1, 10))


def wishes(tv_wall: TvWall, number: int) -> tuple[Wish, ...]:
    """What the device should be set to; PJLink knows no walls, so each shows what it is sent."""
    kind, index = tv_wall.input[:-1], tv_wall.input[-1]
    return (
        Wish("power", "on", "power"),
        Wish("input", tv_wall.input, "input", (_KINDS[kind], index)),
        Wish("picture", "shown", "picture"),
    )


class PjLine:
    """One connection to one device; see ``cc_run.room.wall.lines.Line``."""

    def __init__(self, tv_wall: TvWall, host: str) -> None:
        self._host = host
        self._port = tv_wall.port or PORT
        self._timeout = tv_wall.timeout
        self._password = tv_wall.password.get_secret_value() or None
        self._link: PJLink | None = None

    async def open(self) -> None:
        """Connects and shows the password.

        Raises:
            OutsideFailure: nobody is there.
            SettingsFault: the password is missing or wrong.
        """
        await self._connected()

    async def close(self) -> None:
        """Hangs up."""
        link, self._link = self._link, None
        if link is not None:
            await link.__aexit__(None, None, None)

    async def read(self, number: int) -> PanelState:
        """The device's state."""

        async def look(link: PJLink) -> PanelState:
            power = (await link.power.get()).name.lower()
            if power != "on":
                return PanelState(number, power=power)
            kind, index = await link.sources.get()
            return PanelState(
                number,
                power="on",
                input=f"{kind.name}{index}",
                picture=await _picture(link),
                faults=await _faults(link),
            )

        return await self._with_link(number, "input", look)

    async def put(self, number: int, wish: Wish) -> None:
        """Sets one thing."""

        async def act(link: PJLink) -> None:
            if wish.command == "power":
                await link.power.turn_on()
            elif wish.command == "input":
                await link.sources.set(*wish.data)
            else:
                await link.mute.video(muted=False)

        await self._with_link(number, wish.field, act)

    async def _with_link(self, number: int, field: str, act: Callable[[PJLink], Awaitable[T]]) -> T:
        link = await self._connected(number)
        try:
            return await act(link)
        except Exception as error:
            explained = self._explained(error, number, field)
            if explained is None:
                raise
            if not isinstance(explained, Refusal):
                await self.close()
            raise explained from error

    async def _connected(self, number: int = 1) -> PJLink:
        if self._link is not None:
            return self._link
        from aiopjlink import PJLink, PJLinkNoConnection

        link = PJLink(self._host, self._port, self._password, timeout=self._timeout)
        try:
            await link.__aenter__()
        except PJLinkNoConnection as error:
            reason = error.__context__
            known = reason if isinstance(reason, OSError) else TimeoutError()
            raise unreachable(self._host, self._port, known, "PJLink") from error
        except Exception as error:
            explained = self._explained(error, number, "power")
            if explained is None:
                raise
            raise explained from error
        self._link = link
        return link

    def _explained(self, error: Exception, number: int, field: str) -> CcRunError | None:
        """The error as one of ours; None for one that is a mistake of the program."""
        import aiopjlink as pj

        if isinstance(error, pj.PJLinkPassword):
            return SettingsFault(
                _("Panel %(panel)d does not take the password.") % {"panel": number},
                _("Correct tv_wall_password in the vault; the device's menu has it (PJLink)."),
            )
        if isinstance(error, pj.PJLinkERR1 | pj.PJLinkERR2 | pj.PJLinkERR3 | pj.PJLinkERR4):
            return refused(number, field, type(error).__name__.removeprefix("PJLink"))
        if isinstance(error, TimeoutError):
            return silent(number, self._timeout)
        if isinstance(error, pj.PJLinkConnectionClosed | ConnectionError):
            return vanished(number)
        if isinstance(error, pj.PJLinkException | ValueError | IndexError):
            return garbled(number, field)
        return None


async def _picture(link: PJLink) -> str | None:
    """Whether the shutter is open; None where the device has none."""
    from aiopjlink import PJLinkERR1, PJLinkERR2

    try:
        blank, _quiet = await link.mute.status()
    except (PJLinkERR1, PJLinkERR2):
        return None
    return "blank" if blank else "shown"


async def _faults(link: PJLink) -> tuple[str, ...]:
    from aiopjlink import Errors, PJLinkERR1

    try:
        reports = await link.errors.query()
    except PJLinkERR1:
        return ()
    words = {
        Errors.Category.FAN: _("fan fault"),
        Errors.Category.LAMP: _("lamp fault"),
        Errors.Category.TEMP: _("too hot"),
        Errors.Category.COVER: _("cover open"),
        Errors.Category.FILTER: _("filter fault"),
        Errors.Category.OTHER: _("another fault"),
    }
    return tuple(words[what] for what, level in reports.items() if level is Errors.Level.ERROR)
