"""Do the laptop's screens have their sizes and places, and what does the wall's one show?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _, joined
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped
from cc_run.room.screens import all_screens, lit, photograph, wall_screen
from cc_run.settings.models import TvWall
from cc_run.state.faults import StateError
from cc_run.state.fields import Fields
from cc_run.state.outputs import Outputs, Screen

_PICTURE: Final = "wall-screen.jpg"


async def _outputs(context: Context) -> Finding:
    tv_wall = context.settings.tv_wall
    if not tv_wall.outputs and tv_wall.driver == "none" and not tv_wall.slate:
        return skipped(_("this room has no TV wall"))
    try:
        found = await all_screens()
        screen = wall_screen(lit(found), tv_wall.slate_output)
    except OutsideFailure as error:
        if tv_wall.outputs:
            raise
        return skipped(error.message)
    seen = [await photograph(screen, context.evidence_dir / _PICTURE)]
    if not tv_wall.outputs:
        return passed(_told(lit(found)), evidence=seen)
    try:
        wished = _wish(tv_wall).resolved(found)
    except StateError as error:
        expected = joined(joined((one.output, one.mode), " ") for one in tv_wall.outputs)
        message, remedy = (_(text) % error.values for text in (error.message, error.remedy))
        return failed(message, expected, remedy, evidence=seen)
    differing = [one for one in wished if found[one.output] != one]
    if differing:
        return failed(
            _told(found[one.output] for one in differing),
            _told(differing),
            _("Run cc-run prepare, which puts the screens back; then look at the TV wall."),
            evidence=seen,
        )
    return passed(_told(wished), _told(wished), evidence=seen)


def _wish(tv_wall: TvWall) -> Outputs:
    """What the role wishes, in the role's own words."""
    screens = [screen.model_dump() for screen in tv_wall.outputs]
    return Outputs.from_fields(
        Fields("outputs", {"outputs": tv_wall.arrangement, "screens": screens})
    )


def _told(screens: Iterable[Screen]) -> str:
    return joined((_one(screen) for screen in screens), "; ")


def _one(screen: Screen) -> str:
    if screen.mode is None:
        return _("%(output)s: off") % {"output": screen.output}
    facts = {
        "output": screen.output,
        "mode": "{}x{}".format(*screen.mode),
        "place": "{}x{}".format(*screen.position),
    }
    if screen.primary:
        return _("%(output)s: %(mode)s at %(place)s, the main screen") % facts
    return _("%(output)s: %(mode)s at %(place)s") % facts


PROBES: Final = (Probe("wall.outputs", N_("TV wall: the laptop's screens"), _outputs),)
