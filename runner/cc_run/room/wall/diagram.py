"""The wall as a picture: a rectangle a panel, with what it shows and what ails it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from cc_run.durable import replace_file
from cc_run.language import _
from cc_run.probe import Evidence
from cc_run.room.wall.panel import POWERS, PanelState
from cc_run.settings.models import TvWall

_WIDTH, _HEIGHT, _GAP = 160, 90, 4
_WELL, _DARK, _ILL = ("#e3f1e8", "#1f6b43"), ("#e4e7ea", "#55616d"), ("#fbe4e1", "#a3271b")
_FONT: Final = "font-family='sans-serif' text-anchor='middle'"


def draw_wall(tv_wall: TvWall, states: Sequence[PanelState], path: Path) -> Evidence:
    """Writes an SVG of the wall, row by row from the left, and returns it as evidence."""
    panels = [
        _panel(state, number % tv_wall.columns, number // tv_wall.columns)
        for number, state in enumerate(states)
    ]
    width = tv_wall.columns * (_WIDTH + _GAP) + _GAP
    height = tv_wall.rows * (_HEIGHT + _GAP) + _GAP
    picture = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'"
        f" width='{width}' height='{height}'>"
        f"<rect width='100%' height='100%' fill='#20262c'/>{''.join(panels)}</svg>"
    )
    replace_file(path, picture.encode())
    return Evidence("image", _("The TV wall, panel by panel"), path=path)


def _panel(state: PanelState, column: int, row: int) -> str:
    x, y = _GAP + column * (_WIDTH + _GAP), _GAP + row * (_HEIGHT + _GAP)
    fill, ink = _colours(state)
    middle = x + _WIDTH // 2
    lines = (
        (28, 15, "600", str(state.number)),
        (50, 13, "400", _word(state)),
        (70, 11, "400", state.place or ""),
    )
    texts = "".join(
        f"<text x='{middle}' y='{y + down}' font-size='{size}' font-weight='{weight}'"
        f" fill='{ink}' {_FONT}>{escape(text)}</text>"
        for down, size, weight, text in lines
    )
    return f"<rect x='{x}' y='{y}' width='{_WIDTH}' height='{_HEIGHT}' fill='{fill}'/>{texts}"


def _colours(state: PanelState) -> tuple[str, str]:
    if state.trouble is not None or state.faults:
        return _ILL
    return _WELL if state.power == "on" else _DARK


def _word(state: PanelState) -> str:
    if state.trouble is not None:
        return _("no answer")
    if state.faults:
        return ", ".join(state.faults)
    if state.power == "on" and state.input:
        return state.input
    return _(POWERS.get(state.power or "", "?"))
