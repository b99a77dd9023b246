"""Is every panel on and well, and does it show the laptop?"""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped
from cc_run.room.wall.diagram import draw_wall
from cc_run.room.wall.lines import DRIVERS, require_input
from cc_run.room.wall.panel import FIELDS, POWERS, VALUES, PanelState
from cc_run.room.wall.reading import read_panels
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
    seen = (draw_wall(tv_wall, states, context.evidence_dir / "wall.svg"),)
    for state in states:
        if state.trouble is not None:
            return failed(_found(states), expected, state.trouble.remedy, evidence=seen)
    if any(state.power != "on" for state in states):
        remedy = _("Run cc-run prepare, or switch the panels on with their remote control.")
        return failed(_found(states), expected, remedy, evidence=seen)
    if any(state.faults for state in states):
        remedy = _("Check the named panel: its video cable, its ventilation; else tell IT.")
        return failed(_found(states), expected, remedy, evidence=seen)
    return passed(_("%(count)d panels on") % {"count": len(states)}, expected, evidence=seen)


async def _input(context: Context) -> Finding:
    tv_wall = context.settings.tv_wall
    if tv_wall.driver == "none":
        return _no_wall()
    require_input(tv_wall)
    states = await _states(tv_wall)
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


async def _layout(context: Context) -> Finding:
    tv_wall = context.settings.tv_wall
    if tv_wall.driver == "none":
        return _no_wall()
    require_input(tv_wall)
    lit = [state for state in await _states(tv_wall) if state.power == "on"]
    if not lit:
        return skipped(_("no panel that is on tells its part of the picture"))
    expected = _("%(columns)d by %(rows)d panels, each with its part of the picture") % {
        "columns": tv_wall.columns,
        "rows": tv_wall.rows,
    }
    wrong = [text for state in lit for text in _misplaced(tv_wall, state)]
    if not wrong:
        return passed(expected, expected)
    remedy = _("Run cc-run prepare, or set the video wall in the panels' menus.")
    return failed("; ".join(wrong), expected, remedy)


PROBES: Final = (
    Probe("wall.panels", N_("TV wall: panels"), _panels),
    Probe("wall.input", N_("TV wall: input"), _input),
    Probe("wall.layout", N_("TV wall: layout"), _layout),
)


async def _states(tv_wall: TvWall) -> list[PanelState]:
    """What can be read; that nothing can be is told by the probe of the panels."""
    try:
        return await _reading(tv_wall)
    except (OutsideFailure, SettingsFault):
        return []


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
                _("panel %(panel)d: %(state)s")
                % {"panel": state.number, "state": _(POWERS.get(state.power or "", "?"))}
            )
        elif state.faults:
            faults = ", ".join(state.faults)
            told.append(_("panel %(panel)d: %(state)s") % {"panel": state.number, "state": faults})
    return "; ".join(told)


def _misplaced(tv_wall: TvWall, state: PanelState) -> list[str]:
    """What of a panel's part in the picture is not as wished; what it does not tell is passed."""
    wishes = DRIVERS[tv_wall.driver].wishes(tv_wall, state.number)
    return [
        _("panel %(panel)d: %(what)s is %(found)s, not %(wished)s")
        % {
            "panel": state.number,
            "what": _(FIELDS[wish.field]),
            "found": _(VALUES.get(found, found)),
            "wished": _(VALUES.get(wish.value, wish.value)),
        }
        for wish in wishes
        if wish.field in ("wall", "place", "picture")
        and (found := getattr(state, wish.field)) is not None
        and found != wish.value
    ]
