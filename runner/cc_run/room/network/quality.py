"""Latency, jitter and loss over a few seconds, as a meeting's sound would meet them."""

from __future__ import annotations

from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _, joined
from cc_run.numbers import Number
from cc_run.probe import Context, Evidence, Finding, Probe, failed, passed, skipped
from cc_run.room.names import addresses, host_of, port_of
from cc_run.room.network.trips import Quality, answered, connections, judge, pings
from cc_run.settings.models import WiredNetwork

_PINGS_A_SECOND: Final = 40
# A firewall would take more of them for an attack.
_CONNECTIONS_A_SECOND: Final = 4


async def _quality(context: Context) -> Finding:
    wish = context.settings.wired_network
    place = wish.quality_host or next(iter(wish.reach), "")
    if not place:
        return skipped(_("no host to measure to is set"))
    expected = _("at most %(latency)s ms, jitter %(jitter)s ms, loss %(loss)s %%") % {
        "latency": Number(wish.latency_ms, 0),
        "jitter": Number(wish.jitter_ms, 0),
        "loss": Number(wish.loss_percent),
    }
    trips, by = await _measured(place, wish)
    quality = judge(trips)
    host = host_of(place)
    if quality is None:
        return failed(
            _("%(host)s does not answer") % {"host": host},
            expected,
            _("Check the internet connection; ask IT whether the firewall lets Zoom through."),
        )
    evidence = [
        Evidence(
            "trace",
            joined((_("there and back to %(host)s") % {"host": host}, by)),
            values=trips,
            unit="ms",
        )
    ]
    found = _("%(latency)s ms, jitter %(jitter)s ms, loss %(loss)s %%") % {
        "latency": Number(quality.latency),
        "jitter": Number(quality.jitter),
        "loss": Number(quality.loss),
    }
    if poor(quality, wish):
        return failed(
            found,
            expected,
            _("Stop downloads on this network; then try another cable or socket, or call IT."),
            evidence=evidence,
        )
    return passed(found, expected, evidence=evidence)


def poor(quality: Quality, wish: WiredNetwork) -> bool:
    """Whether a meeting would suffer; one lost packet alone is chance."""
    return (
        quality.latency > wish.latency_ms
        or quality.jitter > wish.jitter_ms
        or (quality.lost > 1 and quality.loss > wish.loss_percent)
    )


async def _measured(place: str, wish: WiredNetwork) -> tuple[tuple[float, ...], str]:
    """By pings; where those are kept from passing, by connections. And by which."""
    seconds = wish.quality_seconds
    found = await addresses(host_of(place), wish.reach_timeout)
    if not found:
        return (), ""
    try:
        trips = await pings(found[0], max(round(seconds * _PINGS_A_SECOND), 2), seconds)
    except OutsideFailure:
        trips = ()
    if answered(trips):
        return trips, _("by pings")
    count = max(round(seconds * _CONNECTIONS_A_SECOND), 2)
    return await connections(found[0], port_of(place, 443), count, seconds), _("by connections")


PROBES = (Probe("network.quality", N_("Latency, jitter and loss"), _quality),)
