"""Zoom's desktop program is installed, and not so old that Zoom would turn it away."""

from __future__ import annotations

import shutil

from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, passed
from cc_run.processes import run_program

_PACKAGE = "zoom"


async def _zoom(context: Context) -> Finding:
    wish = context.settings.zoom_client
    if shutil.which(wish.command) is None:
        return failed(
            _("the program %(command)s is not installed") % {"command": wish.command},
            _("Zoom's desktop program"),
            _("Ask IT to install Zoom on this laptop."),
        )
    version = await _version()
    if not version:
        return passed(_("installed"))
    found = _("version %(version)s") % {"version": version}
    if not wish.oldest_version:
        return passed(found)
    expected = _("at least %(version)s") % {"version": wish.oldest_version}
    if await _is_older(version, wish.oldest_version):
        return failed(found, expected, _("Ask IT to update Zoom on this laptop."))
    return passed(found, expected)


async def _version() -> str:
    """The version of Debian's package; empty where Zoom came another way."""
    if shutil.which("dpkg-query") is None:
        return ""
    outcome = await run_program(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", _PACKAGE],
        package="dpkg",
    )
    state, _space, version = outcome.text.partition(" ")
    return version if state == "installed" else ""


async def _is_older(version: str, oldest: str) -> bool:
    outcome = await run_program(
        ["dpkg", "--compare-versions", version, "lt", oldest], package="dpkg"
    )
    return outcome.returncode == 0


PROBES = (Probe("laptop.zoom", N_("Zoom's program is installed"), _zoom),)
