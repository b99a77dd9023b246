"""Brings the panels to what the room wants: power, input, and each one's part of the picture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from cc_run.errors import CcRunError, OutsideFailure, Refusal
from cc_run.language import _
from cc_run.room.wall.lines import DRIVERS, Lines, require_input
from cc_run.room.wall.panel import FIELDS, PanelChange, PanelState, Wish
from cc_run.room.wall.waking import wake
from cc_run.settings.models import TvWall

_PAUSE: Final = 0.1  # seconds between two looks at a panel that takes its time


async def converge_panels(tv_wall: TvWall, *, check: bool = False) -> list[PanelChange]:
    """Reads, compares, sets and reads back; what is right is not touched.

    A panel that fails does not keep the others from being set.

    Args:
        tv_wall: The wall; with driver ``none`` nothing happens.
        check: Only tells what would be changed.

    Returns:
        The changes: power first, then the rest, each in the panels' order.

    Raises:
        OutsideFailure: the wall or a panel cannot be reached, or a setting does not stay.
        Refusal: a panel says no.
        SettingsFault: ``tv_wall_input`` is no input, or the password is wrong.
    """
    if tv_wall.driver == "none":
        return []
    require_input(tv_wall)
    failures: dict[int, CcRunError] = {}
    async with Lines(tv_wall) as lines:
        if tv_wall.wake and not check:
            await lines.wake(lambda: wake(tv_wall.wake, lines.hosts), tv_wall.power_timeout)
        await lines.open_a_single_one()
        work = _Work(tv_wall, lines, check=check)

        async def on_each(step: Callable[[int], Awaitable[None]]) -> None:
            async def unless_failed(number: int) -> None:
                if number in failures:
                    return
                try:
                    await step(number)
                except CcRunError as error:
                    failures[number] = error

            await lines.along(unless_failed)

        # All get power first, so that they warm up at the same time.
        await on_each(work.give_power)
        await on_each(work.set_picture)
    if failures:
        raise _together([failures[number] for number in tv_wall.panels if number in failures])
    return work.changes()


class _Work:
    """One convergence: what it changed, and which panels it has just switched on."""

    def __init__(self, tv_wall: TvWall, lines: Lines, *, check: bool) -> None:
        self._tv_wall = tv_wall
        self._lines = lines
        self._check = check
        self._wishes = {
            number: DRIVERS[tv_wall.driver].wishes(tv_wall, number) for number in tv_wall.panels
        }
        self._powered: list[PanelChange] = []
        self._set_up: list[PanelChange] = []
        self._warm_by: dict[int, float] = {}

    def changes(self) -> list[PanelChange]:
        """What was changed, or would be."""

        def order(change: PanelChange) -> int:
            return self._tv_wall.panels.index(change.panel)

        return [*sorted(self._powered, key=order), *sorted(self._set_up, key=order)]

    async def give_power(self, number: int) -> None:
        """Switches a panel on, without waiting for it; one that cools down takes it later."""
        power = self._wishes[number][0]
        state = await self._lines.of(number).read(number)
        if state.power == power.value:
            return
        if state.power != "warming":
            self._powered.append(_change(state, power))
        if self._check:
            return
        self._warm_by[number] = time.monotonic() + self._tv_wall.power_timeout
        if state.power != "warming":
            await self._put(number, power)

    async def set_picture(self, number: int) -> None:
        """Sets the rest, one after the other, since some depend on those before."""
        power, *others = self._wishes[number]
        if self._check:
            state = await self._lines.of(number).read(number)
        else:
            state = await self._settled(number, power)
        for wish in others:
            if getattr(state, wish.field) == wish.value or _cannot_have(state, wish):
                continue
            self._set_up.append(_change(state, wish))
            if not self._check:
                await self._put(number, wish)
                state = await self._settled(number, wish)

    async def _put(self, number: int, wish: Wish) -> None:
        """A panel that was just switched on may refuse, or say nothing, until it is warm."""
        while True:
            try:
                await self._lines.of(number).put(number, wish)
            except (Refusal, OutsideFailure):
                if time.monotonic() > self._warm_by.get(number, 0):
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _settled(self, number: int, wish: Wish) -> PanelState:
        """The panel's state once it shows what was wished; reading lags behind setting."""
        patience = max(
            self._warm_by.get(number, 0), time.monotonic() + max(self._tv_wall.timeout, _PAUSE)
        )
        while True:
            try:
                state = await self._lines.of(number).read(number)
            except OutsideFailure:
                if time.monotonic() > self._warm_by.get(number, 0):
                    raise
            else:
                if getattr(state, wish.field) == wish.value:
                    return state
                if time.monotonic() > patience:
                    raise _not_taken(state, wish)
            await asyncio.sleep(_PAUSE)


def _change(state: PanelState, wish: Wish) -> PanelChange:
    before = getattr(state, wish.field) or "?"
    return PanelChange(state.number, wish.field, before, wish.value)


def _cannot_have(state: PanelState, wish: Wish) -> bool:
    """A projector without a shutter is not asked to open it."""
    return wish.value == "shown" and state.power == "on" and state.picture is None


def _not_taken(state: PanelState, wish: Wish) -> OutsideFailure:
    return OutsideFailure(
        _("Panel %(panel)d was set, but does not show it: %(what)s is %(found)s, not %(wished)s.")
        % {
            "panel": state.number,
            "what": _(FIELDS[wish.field]),
            "found": getattr(state, wish.field) or "?",
            "wished": wish.value,
        },
        _("Switch the panel off and on, then try again."),
    )


def _together(failures: list[CcRunError]) -> CcRunError:
    """All that failed, as one error of the first one's kind."""
    messages = dict.fromkeys(error.message for error in failures)
    remedies = dict.fromkeys(error.remedy for error in failures)
    return type(failures[0])(" ".join(messages), " ".join(remedies))
