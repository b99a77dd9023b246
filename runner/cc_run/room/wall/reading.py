"""What each panel shows and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cc_run.errors import CcRunError, Refusal
from cc_run.language import _
from cc_run.room.wall.chain import Chain
from cc_run.settings.models import TvWall


@dataclass(frozen=True)
class PanelState:
    """One panel; None is what it does not tell, as most of it while it is off.

    Attributes:
        number: Its id.
        power: "on" or "off".
        input: In MDC's names: "HDMI1", "DISPLAY_PORT_1".
        wall: "on" where it shows its part of a larger picture.
        place: Columns, rows and position in the wall: "2x2 #1".
        picture: "full" or "natural".
        faults: What it reports of itself, for people.
        trouble: Why it could not be read.
    """

    number: int
    power: str | None = None
    input: str | None = None
    wall: str | None = None
    place: str | None = None
    picture: str | None = None
    faults: tuple[str, ...] = ()
    trouble: CcRunError | None = None


async def read_panels(tv_wall: TvWall) -> list[PanelState]:
    """Every panel in the order of ``tv_wall_panels``; none where there is no driver.

    Raises:
        OutsideFailure: the wall as a whole cannot be reached.
    """
    if tv_wall.driver == "none":
        return []
    async with Chain(tv_wall) as chain:
        return [await _read_or_trouble(chain, number) for number in tv_wall.panels]


async def read_panel(chain: Chain, number: int) -> PanelState:
    """One panel.

    Raises:
        OutsideFailure: it does not answer.
        Refusal: it does not tell whether it is on.
        SettingsFault: it wants an encrypted connection.
    """
    power = (await chain.ask(number, "power"))[0].name.lower()
    if power != "on":
        return PanelState(number, power="off")
    source = await _told(chain, number, "input_source")
    wall = await _told(chain, number, "video_wall_state")
    in_wall = wall is not None and wall[0].name == "ON"
    model = await _told(chain, number, "video_wall_model") if in_wall else None
    mode = await _told(chain, number, "video_wall_mode") if in_wall else None
    return PanelState(
        number,
        power="on",
        input=source and _input_name(source[0].name),
        wall=wall and wall[0].name.lower(),
        place=model and place(*model),
        picture=mode and mode[0].name.lower(),
        faults=_faults(await _told(chain, number, "error_status")),
    )


def place(size: tuple[int, int], position: int) -> str:
    """``2x2 #1``: the first of four panels, counted from the top left."""
    columns, rows = size
    return f"{columns}x{rows} #{position}"


async def _read_or_trouble(chain: Chain, number: int) -> PanelState:
    try:
        return await read_panel(chain, number)
    except CcRunError as error:
        return PanelState(number, trouble=error)


async def _told(chain: Chain, number: int, command: str) -> Any:
    """The answer; None where this model does not know the command."""
    try:
        return await chain.ask(number, command)
    except Refusal:
        return None


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
