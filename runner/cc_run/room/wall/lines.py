"""The connections to the panels: one for a chain of them, or one for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cc_run.errors import CcRunError, OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.room.wall import lg, pjlink, samsung
from cc_run.room.wall.panel import PanelState, Wish
from cc_run.settings.models import TvWall


class Line(Protocol):
    """One connection; a failure closes it, and the next use opens it again.

    All raise OutsideFailure for silence, a closed connection and answers that are none, Refusal
    where the panel says no, SettingsFault where it asks for what the settings do not give.
    """

    async def open(self) -> None:
        """Connects."""

    async def close(self) -> None:
        """Hangs up; nothing where nothing is open."""

    async def read(self, number: int) -> PanelState:
        """One panel's state."""

    async def put(self, number: int, wish: Wish) -> None:
        """Sets one thing on one panel."""


@dataclass(frozen=True)
class Driver:
    """How one make of panels is spoken to."""

    line: Callable[[TvWall, str], Line]
    wishes: Callable[[TvWall, int], tuple[Wish, ...]]
    inputs: Callable[[], tuple[str, ...]]


DRIVERS: Final = {
    "samsung_mdc": Driver(samsung.MdcLine, samsung.wishes, samsung.inputs),
    "lg": Driver(lg.LgLine, lg.wishes, lg.inputs),
    "pjlink": Driver(pjlink.PjLine, pjlink.wishes, pjlink.inputs),
}


def require_input(tv_wall: TvWall) -> None:
    """Raises SettingsFault where ``tv_wall_input`` is no input of the driver's."""
    known = DRIVERS[tv_wall.driver].inputs()
    if tv_wall.input not in known:
        raise SettingsFault(
            _("tv_wall_input: there is no input %(input)s.") % {"input": tv_wall.input},
            _("The inputs are: %(inputs)s.") % {"inputs": ", ".join(known)},
        )


class Lines:
    """All lines of a wall; ``async with`` closes them in the end."""

    def __init__(self, tv_wall: TvWall) -> None:
        self._tv_wall = tv_wall
        connect = DRIVERS[tv_wall.driver].line
        self._by_host: dict[str, Line] = {}
        self._hosts = dict(
            zip(tv_wall.panels, tv_wall.hosts or [tv_wall.host] * len(tv_wall.panels), strict=True)
        )
        for host in self._hosts.values():
            self._by_host.setdefault(host, connect(tv_wall, host))

    async def __aenter__(self) -> Lines:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for line in self._by_host.values():
            await line.close()

    def of(self, number: int) -> Line:
        """The line that a panel hangs on."""
        return self._by_host[self._hosts[number]]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Their addresses."""
        return tuple(self._by_host)

    async def open_a_single_one(self) -> None:
        """Connects where all panels hang on one line: without it nothing can be said of any."""
        if len(self._by_host) == 1:
            await next(iter(self._by_host.values())).open()

    async def wake(self, call: Callable[[], Awaitable[None]], patience: float) -> None:
        """Calls panels that do not answer at all, and waits until every line opens.

        Args:
            call: Sends what wakes them; it is called again every second.
            patience: Seconds after which those that stay silent are left alone.
        """
        try:
            async with asyncio.timeout(patience):
                await asyncio.gather(*(self._opened(line, call) for line in self._by_host.values()))
        except TimeoutError:
            return

    @staticmethod
    async def _opened(line: Line, call: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await line.open()
            except OutsideFailure:
                await call()
                await asyncio.sleep(1)
            except CcRunError:
                return
            else:
                return

    async def along(self, step: Callable[[int], Awaitable[None]]) -> None:
        """Does a step for every panel: one after the other along a line, all lines at once."""

        async def on_one(line: Line) -> None:
            for number in self._tv_wall.panels:
                if self.of(number) is line:
                    await step(number)

        await asyncio.gather(*(on_one(line) for line in self._by_host.values()))
