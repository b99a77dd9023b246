"""Brings the panels to what the room wants: power, input, and each one's part of the picture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.language import _
from cc_run.room.wall.chain import COMMANDS, Chain
from cc_run.room.wall.reading import PanelState, place, read_panel
from cc_run.settings.models import TvWall

_PAUSE: Final = 0.1  # seconds between two looks at a panel that takes its time
_NOT_FOR_SETTING: Final = ("NONE", "DVI_VIDEO", "HDMI1_PC", "HDMI2_PC", "HDMI3_PC", "HDMI4_PC")


@dataclass(frozen=True)
class PanelChange:
    """What was changed on a panel, or would be; ``before`` is "?" where it could not be seen."""

    panel: int
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class _Wish:
    field: str  # of PanelState
    value: str
    command: str
    data: tuple[object, ...]


_POWER: Final = _Wish("power", "on", "power", ("ON",))


async def converge_panels(tv_wall: TvWall, *, check: bool = False) -> list[PanelChange]:
    """Reads, compares, sets and reads back; what is right is not touched.

    A panel that fails does not keep the others from being set.

    Args:
        tv_wall: The wall; with driver ``none`` nothing happens.
        check: Only tells what would be changed.

    Returns:
        The changes, in the order in which they were made.

    Raises:
        OutsideFailure: the wall or a panel cannot be reached, or a setting does not stay.
        Refusal: a panel says no.
        SettingsFault: ``tv_wall_input`` is no input.
    """
    if tv_wall.driver == "none":
        return []
    require_input(tv_wall.input)
    changes: list[PanelChange] = []
    failures: dict[int, CcRunError] = {}
    async with Chain(tv_wall) as chain:
        work = _Work(tv_wall, chain, changes, check=check)

        async def on_each(step: Callable[[int], Awaitable[None]]) -> None:
            for number in tv_wall.panels:
                if number not in failures:
                    try:
                        await step(number)
                    except CcRunError as error:
                        failures[number] = error

        # All get power first, so that they warm up at the same time.
        await on_each(work.give_power)
        await on_each(work.set_picture)
    if failures:
        raise _together(list(failures.values()))
    return changes


def require_input(name: str) -> None:
    """Raises SettingsFault for a name that is no input of MDC's."""
    from samsung_mdc.commands import INPUT_SOURCE

    known = [one.name for one in INPUT_SOURCE.INPUT_SOURCE_STATE]
    inputs = [one for one in known if one not in _NOT_FOR_SETTING]
    if name not in inputs:
        raise SettingsFault(
            _("tv_wall_input: there is no input %(input)s.") % {"input": name},
            _("The inputs are: %(inputs)s.") % {"inputs": ", ".join(inputs)},
        )


class _Work:
    """One convergence: what it changed, and which panels it has just switched on."""

    def __init__(
        self, tv_wall: TvWall, chain: Chain, changes: list[PanelChange], *, check: bool
    ) -> None:
        self._tv_wall = tv_wall
        self._chain = chain
        self._changes = changes
        self._check = check
        self._warm_by: dict[int, float] = {}

    async def give_power(self, number: int) -> None:
        """Switches a panel on, without waiting for it."""
        state = await read_panel(self._chain, number)
        if state.power == "on":
            return
        self._note(state, _POWER)
        if not self._check:
            await self._chain.ask(number, _POWER.command, _POWER.data)
            self._warm_by[number] = time.monotonic() + self._tv_wall.power_timeout

    async def set_picture(self, number: int) -> None:
        """Sets the rest, one after the other, since some depend on those before."""
        if self._check:
            state = await read_panel(self._chain, number)
        else:
            state = await self._settled(number, _POWER)
        for wish in _wishes(self._tv_wall, number):
            if getattr(state, wish.field) == wish.value:
                continue
            self._note(state, wish)
            if not self._check:
                await self._set(number, wish)
                state = await self._settled(number, wish)

    def _note(self, state: PanelState, wish: _Wish) -> None:
        before = getattr(state, wish.field) or "?"
        self._changes.append(PanelChange(state.number, wish.field, before, wish.value))

    async def _set(self, number: int, wish: _Wish) -> None:
        """A panel that was just switched on may refuse, or say nothing, until it is warm."""
        while True:
            try:
                await self._chain.ask(number, wish.command, wish.data)
            except (Refusal, OutsideFailure):
                if time.monotonic() > self._warm_by.get(number, 0):
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _settled(self, number: int, wish: _Wish) -> PanelState:
        """The panel's state once it shows what was wished; reading lags behind setting."""
        patience = max(
            self._warm_by.get(number, 0), time.monotonic() + max(self._tv_wall.timeout, _PAUSE)
        )
        while True:
            try:
                state = await read_panel(self._chain, number)
            except OutsideFailure:
                if time.monotonic() > self._warm_by.get(number, 0):
                    raise
            else:
                if getattr(state, wish.field) == wish.value:
                    return state
                if time.monotonic() > patience:
                    raise _not_taken(state, wish)
            await asyncio.sleep(_PAUSE)


def _wishes(tv_wall: TvWall, number: int) -> tuple[_Wish, ...]:
    source = _Wish("input", tv_wall.input, "input_source", (tv_wall.input,))
    columns, rows = tv_wall.columns, tv_wall.rows
    if columns * rows == 1:
        return (source, _Wish("wall", "off", "video_wall_state", ("OFF",)))
    position = tv_wall.panels.index(number) + 1
    # The library wants the size as text, though it returns it as a pair.
    size = f"{columns},{rows}"
    picture = tv_wall.picture
    return (
        source,
        _Wish("wall", "on", "video_wall_state", ("ON",)),
        _Wish("place", place((columns, rows), position), "video_wall_model", (size, position)),
        _Wish("picture", picture, "video_wall_mode", (picture.upper(),)),
    )


def _not_taken(state: PanelState, wish: _Wish) -> OutsideFailure:
    return OutsideFailure(
        _("Panel %(panel)d was set, but does not show it: %(what)s is %(found)s, not %(wished)s.")
        % {
            "panel": state.number,
            "what": _(COMMANDS[wish.command]),
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
