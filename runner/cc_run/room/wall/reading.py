"""What each panel shows and reports."""

from __future__ import annotations

from cc_run.errors import CcRunError
from cc_run.room.wall.lines import Lines
from cc_run.room.wall.panel import PanelState
from cc_run.settings.models import TvWall


async def read_panels(tv_wall: TvWall) -> list[PanelState]:
    """Every panel in the order of ``tv_wall_panels``; none where there is no driver.

    Raises:
        OutsideFailure: the wall as a whole cannot be reached.
        SettingsFault: it does not take the settings' password.
    """
    if tv_wall.driver == "none":
        return []
    states: dict[int, PanelState] = {}
    async with Lines(tv_wall) as lines:
        await lines.open_a_single_one()

        async def look(number: int) -> None:
            try:
                states[number] = await lines.of(number).read(number)
            except CcRunError as error:
                states[number] = PanelState(number, trouble=error)

        await lines.along(look)
    return [states[number] for number in tv_wall.panels]
