"""The laptop: mains, disk, memory, clock, a pending restart, and Zoom's own program."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cc_run.language import N_, _
from cc_run.numbers import Number
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped, warned
from cc_run.processes import run_program

_POWER: Final = Path("/sys/class/power_supply")
_RESTART: Final = Path("/run/reboot-required")
_GIB: Final = 2**30


async def _mains(context: Context) -> Finding:
    if not _POWER.is_dir():
        return skipped(_("this machine tells nothing of its power"))
    supplies = list(_POWER.iterdir())
    mains = [supply for supply in supplies if _read(supply / "type") == "Mains"]
    if not mains:
        return skipped(_("this machine has no mains adapter to ask"))
    if any(_read(supply / "online") == "1" for supply in mains):
        return passed(_("on mains"))
    charge = [_read(supply / "capacity") for supply in supplies]
    left = next((value for value in charge if value), "?")
    return failed(
        _("on battery, %(left)s %% left") % {"left": left},
        _("on mains"),
        _("Plug the laptop's power adapter in."),
    )


async def _disk(context: Context) -> Finding:
    wish, folder = context.settings.laptop.disk_free_gib, context.settings.room.state_dir
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free / _GIB
    found = _("%(free)s GiB free") % {"free": Number(free)}
    expected = _("at least %(wish)s GiB") % {"wish": Number(wish)}
    if free < wish:
        return failed(
            found,
            expected,
            _("Free some space on this disk; archived recordings may move away."),
        )
    return passed(found, expected)


async def _memory(context: Context) -> Finding:
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(line for line in lines if line.startswith("MemAvailable"))
    free, wish = int(available.split()[1]) / 2**20, context.settings.laptop.memory_free_gib
    found = _("%(free)s GiB free") % {"free": Number(free)}
    expected = _("at least %(wish)s GiB") % {"wish": Number(wish)}
    if free < wish:
        return warned(found, expected, _("Close programs that are not needed for the event."))
    return passed(found, expected)


async def _clock(context: Context) -> Finding:
    if shutil.which("timedatectl") is None:
        return skipped(_("this machine has no timedatectl"))
    outcome = await run_program(
        ["timedatectl", "show", "-p", "NTPSynchronized", "--value"], package="systemd"
    )
    if outcome.returncode != 0:
        return skipped(_("the time service does not answer here"))
    if outcome.text.strip() == "yes":
        return passed(_("set by a time server"))
    return warned(
        _("not set by a time server"),
        _("set by a time server"),
        _("Check the internet connection; then: sudo timedatectl set-ntp true"),
    )


async def _restart(context: Context) -> Finding:
    if _RESTART.exists():
        return warned(
            _("an update waits for a restart"), _("none"), _("Restart the laptop now, not later.")
        )
    return passed(_("no restart is pending"))


async def _zoom(context: Context) -> Finding:
    command = context.settings.zoom_client.command
    if shutil.which(command) is None:
        return failed(
            _("the program %(command)s is not installed") % {"command": command},
            _("Zoom's desktop program"),
            _("Ask IT to install Zoom on this laptop."),
        )
    return passed(_("installed"))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


PROBES = (
    Probe("laptop.mains", N_("Laptop is on mains"), _mains),
    Probe("laptop.disk", N_("Free disk"), _disk),
    Probe("laptop.memory", N_("Free memory"), _memory),
    Probe("laptop.clock", N_("Clock is right"), _clock),
    Probe("laptop.restart", N_("No restart is pending"), _restart),
    Probe("laptop.zoom", N_("Zoom's program is installed"), _zoom),
)
