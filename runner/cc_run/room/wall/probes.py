"""Is every panel on and well, and does it show the laptop?"""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped
from cc_run.room.wall.converge import require_input
from cc_run.room.wall.reading import PanelState, read_panels
from cc_run.settings.models import TvWall

_Reading = asyncio.Task[list[PanelState]]
_readings: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[TvWall, _Reading]] = (
    WeakKeyDictionary()
)


async def _panels(context: Context) -> Finding:
    tv_wall = context.settings.tv_wall
    if tv_wall.driver == "none":
        return _no_wall()
    expected = _("%(count)d panels on, without faults") % {"count": len(tv_wall.panels)}
    states = await _reading(tv_wall)
    for state in states:
        if state.trouble is not None:
            return failed(_found(states), expected, state.trouble.remedy)
    if any(state.power != "on" for state in states):
        remedy = _("Run cc-run prepare, or switch the panels on with their remote control.")
        return failed(_found(states), expected, remedy)
    if any(state.faults for state in states):
        remedy = _("Check the named panel: its video cable, its ventilation; else tell IT.")
        return failed(_found(states), expected, remedy)
    return passed(_("%(count)d panels on") % {"count": len(states)}, expected)


async def _input(context: Context) -> Finding:
    tv_wall = context.settings.tv_wall
    if tv_wall.driver == "none":
        return _no_wall()
    require_input(tv_wall.input)
    try:
        states = await _reading(tv_wall)
    except OutsideFailure:
        states = []
    seen = {state.number: state.input for state in states if state.input}
    if not seen:
        return skipped(_("no panel that is on tells its input"))
    wrong = {number: source for number, source in seen.items() if source != tv_wall.input}
    if not wrong:
        return passed(tv_wall.input, tv_wall.input)
    told = [
        _("panel %(panel)d: %(state)s") % {"panel": number, "state": source}
        for number, source in wrong.items()
    ]
    remedy = _("Run cc-run prepare, or choose the input with the remote control.")
    return failed(", ".join(told), tv_wall.input, remedy)


PROBES: Final = (
    Probe("wall.panels", N_("TV wall: panels"), _panels),
    Probe("wall.input", N_("TV wall: input"), _input),
)


async def _reading(tv_wall: TvWall) -> list[PanelState]:
    """One reading for all who ask at the same time: many panels take one connection only."""
    running = _readings.setdefault(asyncio.get_running_loop(), {})

    def forget(task: _Reading) -> None:
        del running[tv_wall]
        # When all askers have gone by then, nobody else looks at the error.
        if not task.cancelled():
            task.exception()

    task = running.get(tv_wall)
    if task is None:
        task = running[tv_wall] = asyncio.create_task(read_panels(tv_wall))
        task.add_done_callback(forget)
    # One asker's time-out must not take the answer from the other.
    return await asyncio.shield(task)


def _no_wall() -> Finding:
    return skipped(_("This room has no TV wall that can be controlled."))


def _found(states: list[PanelState]) -> str:
    """Every panel that is not well, in a phrase each."""
    told = []
    for state in states:
        if state.trouble is not None:
            told.append(state.trouble.message)
        elif state.power != "on":
            told.append(
                _("panel %(panel)d: %(state)s") % {"panel": state.number, "state": _("off")}
            )
        elif state.faults:
            faults = ", ".join(state.faults)
            told.append(_("panel %(panel)d: %(state)s") % {"panel": state.number, "state": faults})
    return "; ".join(told)
