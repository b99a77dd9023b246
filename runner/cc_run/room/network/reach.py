"""Step by step outwards: the gateway, the name server, Zoom's hosts, and no portal before them."""

from __future__ import annotations

import asyncio
import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cc_run.language import N_, _, joined
from cc_run.numbers import Number
from cc_run.probe import (
    Context,
    Finding,
    Probe,
    failed,
    in_thread,
    passed,
    skipped,
    warned,
)
from cc_run.room.names import addresses, host_of, is_address, port_of
from cc_run.room.network.cable import ask_kernel
from cc_run.room.network.link import neighbour_answers
from cc_run.room.network.trips import answered, connect, pings

_GATEWAY_PINGS = 5
_GATEWAY_SECONDS = 1.0


async def _gateway(context: Context) -> Finding:
    way = (await ask_kernel(context)).way
    if way is None:
        return skipped(_("there is no default route"))
    if not way.gateway:
        return skipped(_("this line needs no gateway"))
    trips = answered(await pings(way.gateway, _GATEWAY_PINGS, _GATEWAY_SECONDS))
    if trips:
        return passed(
            _("%(address)s answers in %(time)s ms")
            % {"address": way.gateway, "time": Number(min(trips))}
        )
    if await in_thread(lambda: neighbour_answers(way.gateway)):
        return passed(_("%(address)s is there, and answers no pings") % {"address": way.gateway})
    return failed(
        _("%(address)s does not answer") % {"address": way.gateway},
        _("an answer"),
        _("Restart the room's router, or ask IT whether this socket is switched on."),
    )


async def _names(context: Context) -> Finding:
    wish = context.settings.wired_network
    names = [name for name in dict.fromkeys(map(host_of, wish.reach)) if not is_address(name)]
    if not names:
        return skipped(_("no names to look up are set"))
    started = time.monotonic()
    found = await asyncio.gather(*(addresses(name, wish.reach_timeout) for name in names))
    taken = (time.monotonic() - started) * 1000
    if all(one is None for one in found):
        return failed(
            _("the name server does not answer"),
            ", ".join(names),
            _("Restart the room's router, or ask IT for the name server (DNS) of this network."),
        )
    unknown = [name for name, one in zip(names, found, strict=True) if not one]
    if unknown:
        return failed(
            _("no address for: %(names)s") % {"names": ", ".join(unknown)},
            ", ".join(names),
            _("Ask IT whether the name server (DNS) of this network blocks Zoom."),
        )
    return passed(_("answered in %(time)s ms") % {"time": Number(taken, 0)}, ", ".join(names))


@dataclass(frozen=True)
class _Reached:
    """A host's time to a connection in ms, or why there is none."""

    place: str
    taken: float | None
    trouble: str = ""


async def _reach(context: Context) -> Finding:
    wish = context.settings.wired_network
    if not wish.reach:
        return skipped(_("no hosts to reach are set"))
    reached = await asyncio.gather(*(_reached(place, wish.reach_timeout) for place in wish.reach))
    expected = ", ".join(wish.reach)
    troubled = [joined((one.place, one.trouble), ": ") for one in reached if one.taken is None]
    if troubled:
        return failed(
            _("not reached: %(hosts)s") % {"hosts": joined(troubled)},
            expected,
            _("Check the internet connection; ask IT whether the firewall lets Zoom through."),
        )
    taken = [one.taken for one in reached if one.taken is not None]
    return passed(_("reached in %(time)s ms") % {"time": Number(max(taken), 0)}, expected)


async def _reached(place: str, seconds: float) -> _Reached:
    host, port = host_of(place), port_of(place, 443)
    found = await addresses(host, seconds)
    if not found:
        return _Reached(place, None, _("no address"))
    trouble = _("no answer")
    for address in found:
        trip = await connect(address, port, seconds / len(found))
        if trip.taken is not None:
            return _Reached(place, trip.taken)
        if trip.refused:
            trouble = _("refused")
    return _Reached(place, None, trouble)


async def _portal(context: Context) -> Finding:
    wish = context.settings.wired_network
    if not wish.portal_url:
        return skipped(_("no address to look for a portal is set"))
    expected = _("an empty answer of %(host)s") % {"host": urlsplit(wish.portal_url).netloc}
    try:
        answer = await asyncio.wait_for(
            in_thread(lambda: _fetch(wish.portal_url, wish.reach_timeout)), wish.reach_timeout + 1
        )
    except (OSError, http.client.HTTPException):
        return warned(
            _("no answer"),
            expected,
            _("Check the internet connection; if Zoom is reached, ask IT to let this address be."),
        )
    if answer.status == http.HTTPStatus.NO_CONTENT:
        return passed(_("none stands in the way"), expected)
    return failed(
        _("%(portal)s answers in its place (%(status)s)")
        % {"portal": answer.portal, "status": answer.status},
        expected,
        _("Open http://%(portal)s in the browser and sign in to this network.")
        % {"portal": answer.portal},
    )


@dataclass(frozen=True)
class _Answer:
    """An HTTP status, and the host that a person has to look at."""

    status: int
    portal: str


def _fetch(url: str, seconds: float) -> _Answer:
    """Asks plainly: no proxy, no redirects followed."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        line.request("GET", parts.path or "/", headers={"Connection": "close"})
        reply = line.getresponse()
        status = reply.status
        portal = urlsplit(reply.getheader("Location") or "").netloc or parts.netloc
        return _Answer(status, portal)
    finally:
        line.close()


PROBES = (
    Probe("network.gateway", N_("Gateway answers"), _gateway),
    Probe("network.names", N_("Names are found"), _names),
    Probe("network.reach", N_("Zoom's servers are reached"), _reach),
    Probe("network.portal", N_("No sign-in page in the way"), _portal),
)
