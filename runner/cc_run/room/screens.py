"""The laptop's screens as the X server has them, and a look at what one shows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.probe import Evidence
from cc_run.processes import run_program
from cc_run.state.outputs import Screen, read_screens


async def all_screens() -> dict[str, Screen]:
    """Every output by its name, lit or not.

    Raises:
        OutsideFailure: no X server answers here.
    """
    answer = await run_program(["xrandr", "--current"], package="x11-xserver-utils")
    found = read_screens(answer.text.splitlines())
    if answer.returncode or any(name.startswith("XWAYLAND") for name in found):
        raise OutsideFailure(
            _("No X11 desktop answers."),
            _("Run this in the room's desktop session, with X11 and not Wayland."),
        )
    return found


async def screens() -> list[Screen]:
    """Every screen that is lit, in the X server's order.

    Raises:
        OutsideFailure: no X server answers here.
    """
    return lit(await all_screens())


def lit(found: Mapping[str, Screen]) -> list[Screen]:
    """Those of the outputs that show something."""
    return [screen for screen in found.values() if screen.mode]


def wall_screen(found: list[Screen], pattern: str) -> Screen:
    """The screen that the TV wall hangs on.

    Args:
        found: The lit screens.
        pattern: Of its output's name; empty takes the first that is not the main one, or the only
            one.

    Raises:
        OutsideFailure: there is none.
    """
    there = ", ".join(screen.output for screen in found) or "-"
    fitting = [one for one in found if re.fullmatch(pattern, one.output)] if pattern else found
    if not fitting:
        raise OutsideFailure(
            _("No lit screen is named %(wished)s; lit are: %(there)s.")
            % {"wished": pattern or "*", "there": there},
            _("Plug the TV wall's cable into the laptop, then run cc-run prepare."),
        )
    return next((one for one in fitting if not one.primary), fitting[0])


async def photograph(screen: Screen, path: Path) -> Evidence:
    """What the screen shows, as a picture 640 points wide.

    Raises:
        OutsideFailure: the screen cannot be read.
    """
    (width, height), (left, top) = screen.mode or (0, 0), screen.position
    answer = await run_program(
        [
            *("ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "x11grab", "-draw_mouse", "0"),
            *("-video_size", f"{width}x{height}"),
            *("-i", f"{os.environ.get('DISPLAY', ':0')}+{left},{top}"),
            *("-frames:v", "1", "-vf", "scale=640:-2", str(path)),
        ],
        package="ffmpeg",
    )
    if answer.returncode:
        raise OutsideFailure(
            _("The screen %(output)s cannot be read: %(reason)s")
            % {"output": screen.output, "reason": answer.complaint},
            _("Run this in the room's desktop session, with X11 and not Wayland."),
        )
    title = _("What %(output)s shows") % {"output": screen.output}
    return Evidence("image", title, path=path)
