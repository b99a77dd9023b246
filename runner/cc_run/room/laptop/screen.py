"""The screen stays on: neither X nor GNOME darkens it while nobody touches the laptop."""

from __future__ import annotations

import os
import re
import shutil
from typing import Final

from cc_run.language import N_, _, joined
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped
from cc_run.processes import run_program

_GNOME_KEY: Final = ("org.gnome.desktop.session", "idle-delay")


async def _awake(context: Context) -> Finding:
    if context.settings.laptop.blank_screen:
        return skipped(_("laptop_blank_screen lets the screen go dark"))
    gnome = "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", "")
    x11 = "DISPLAY" in os.environ and "WAYLAND_DISPLAY" not in os.environ
    if not (gnome or x11):
        return skipped(_("no desktop whose screen could be asked"))
    delays = [*(await _gnome() if gnome else []), *(await _x11() if x11 else [])]
    if delays:
        return failed(
            joined(delays),
            _("never"),
            _("Log out and in again; if that does not help: cc-run prepare --event next"),
        )
    return passed(_("stays on"))


async def _x11() -> list[str]:
    """When the X server darkens the screen; nothing where it does not."""
    outcome = await run_program(["xset", "q"], package="x11-xserver-utils")
    if outcome.returncode != 0:
        return [_("X does not answer: %(reason)s") % {"reason": outcome.complaint}]
    return x11_delays(outcome.text)


def x11_delays(told: str) -> list[str]:
    """The same from what ``xset q`` prints."""
    saver = re.search(r"timeout:\s+(\d+)", told)
    levels = re.search(r"Standby: (\d+)\s+Suspend: (\d+)\s+Off: (\d+)", told)
    delays: list[str] = []
    if saver and int(saver[1]):
        delays.append(_("the screen saver after %(seconds)s s") % {"seconds": saver[1]})
    if "DPMS is Enabled" in told and levels and any(map(int, levels.groups())):
        first = min(value for value in map(int, levels.groups()) if value)
        delays.append(_("the monitor off after %(seconds)s s") % {"seconds": first})
    return delays


async def _gnome() -> list[str]:
    """When GNOME darkens the screen; nothing where it does not."""
    if shutil.which("gsettings") is None:
        return []
    outcome = await run_program(["gsettings", "get", *_GNOME_KEY], package="libglib2.0-bin")
    seconds = outcome.text.strip().rpartition(" ")[2]  # "uint32 300"
    if outcome.returncode != 0 or seconds in ("", "0"):
        return []
    return [_("GNOME after %(seconds)s s") % {"seconds": seconds}]


PROBES = (Probe("laptop.awake", N_("Screen stays on"), _awake),)
