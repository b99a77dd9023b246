"""Bandwidth to the office's iperf3 server: what a meeting takes passes in both directions.

Only a little more than a meeting takes is asked for. It proves as much, and does not fill a line
while the probe beside it measures latency, or a colleague's meeting is on.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from cc_run.language import N_, _
from cc_run.numbers import Number
from cc_run.probe import Context, Finding, Probe, failed, passed, skipped, warned
from cc_run.processes import run_program
from cc_run.room.names import host_of, port_of

_PORT: Final = 5201
_SECONDS: Final = 2
_MARGIN: Final = 1.5
_PATIENCE: Final = _SECONDS + 4
_MEGA: Final = 1e6


@dataclass(frozen=True)
class Bandwidth:
    """What passed, in Mbit/s."""

    up: float
    down: float


async def _bandwidth(context: Context) -> Finding:
    wish = context.settings.wired_network
    if not wish.bandwidth_server:
        return skipped(_("no server to measure with is set"))
    expected = _("at least %(up)s Mbit/s up, %(down)s Mbit/s down") % {
        "up": Number(wish.bandwidth_up_mbit),
        "down": Number(wish.bandwidth_down_mbit),
    }
    most = max(wish.bandwidth_up_mbit, wish.bandwidth_down_mbit)
    try:
        told = await asyncio.wait_for(_told(wish.bandwidth_server, most * _MARGIN), _PATIENCE)
    except TimeoutError:
        told = {"error": _("no answer within %(seconds).0f s") % {"seconds": _PATIENCE}}
    if trouble := told.get("error"):
        if "busy" in trouble:
            return warned(
                _("the server is busy with someone else's measurement"),
                expected,
                _("Check again in a minute."),
            )
        return failed(
            _("no measurement: %(reason)s") % {"reason": trouble.removeprefix("error - ")},
            expected,
            _("Ask IT whether the server in wired_network_bandwidth_server runs."),
        )
    passing = read(told)
    found = _("%(up)s Mbit/s up, %(down)s Mbit/s down") % {
        "up": Number(passing.up),
        "down": Number(passing.down),
    }
    if passing.up < wish.bandwidth_up_mbit or passing.down < wish.bandwidth_down_mbit:
        return failed(
            found,
            expected,
            _("Stop downloads and backups on this network, or ask IT for more bandwidth."),
        )
    return passed(found, expected)


async def _told(server: str, mbit: float) -> dict[str, Any]:
    """iperf3's own JSON of one run in both directions at once."""
    outcome = await run_program(
        [
            *("iperf3", "--json", "--bidir", "--connect-timeout", "2000"),
            *("--client", host_of(server), "--port", str(port_of(server, _PORT))),
            *("--time", str(_SECONDS), "--bitrate", f"{mbit}M"),
        ],
        package="iperf3",
    )
    try:
        told = json.loads(outcome.stdout)
    except ValueError:
        return {"error": outcome.complaint or outcome.text.strip()}
    return told if isinstance(told, dict) else {"error": outcome.complaint}


def read(told: dict[str, Any]) -> Bandwidth:
    """What iperf3 saw arrive at either end."""
    end = told.get("end", {})

    def mbit(name: str) -> float:
        return float(end.get(name, {}).get("bits_per_second", 0.0)) / _MEGA

    return Bandwidth(up=mbit("sum_received"), down=mbit("sum_received_bidir_reverse"))


PROBES = (Probe("network.bandwidth", N_("Bandwidth"), _bandwidth, lasting=True),)
