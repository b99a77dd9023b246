"""The clock is right: measured against a time server, else as this machine's own service says."""

from __future__ import annotations

import shutil
from typing import Final

from cc_run.language import N_, _
from cc_run.numbers import Number
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped, warned
from cc_run.processes import run_program
from cc_run.room.laptop.sntp import NoTime, clock_offset
from cc_run.room.names import addresses, host_of, port_of

_PORT: Final = 123
_PATIENCE: Final = 2.0
_REMEDY: Final = N_("Check the internet connection; then: sudo timedatectl set-ntp true")


async def _clock(context: Context) -> Finding:
    wish = context.settings.laptop
    behind = await _measured(wish.time_server) if wish.time_server else None
    if behind is None:
        return await _told()
    found = (
        _("%(seconds)s s behind %(server)s")
        if behind >= 0
        else _("%(seconds)s s ahead of %(server)s")
    ) % {"seconds": Number(abs(behind), 3), "server": wish.time_server}
    expected = _("at most %(seconds)s s off") % {"seconds": Number(wish.clock_offset_seconds)}
    if abs(behind) > wish.clock_offset_seconds:
        return failed(found, expected, _(_REMEDY))
    return passed(found, expected)


async def _measured(server: str) -> float | None:
    """Seconds behind the server; None where it does not answer."""
    for address in await addresses(host_of(server), _PATIENCE) or ():
        try:
            return await clock_offset(address, port_of(server, _PORT), _PATIENCE)
        except (OSError, NoTime):
            continue
    return None


async def _told() -> Finding:
    """What the machine's own time service says; it measures nothing here."""
    if shutil.which("timedatectl") is None:
        return skipped(_("this machine has no timedatectl"))
    outcome = await run_program(
        ["timedatectl", "show", "-p", "NTPSynchronized", "--value"], package="systemd"
    )
    if outcome.returncode != 0:
        return skipped(_("the time service does not answer here"))
    if outcome.text.strip() == "yes":
        return passed(_("set by a time server"))
    return warned(_("not set by a time server"), _("set by a time server"), _(_REMEDY))


PROBES = (Probe("laptop.clock", N_("Clock is right"), _clock),)
