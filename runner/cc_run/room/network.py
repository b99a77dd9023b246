"""The network: which way the default route goes, the cable itself, and Zoom's hosts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.language import N_, _
from cc_run.probe import (
    Context,
    Evidence,
    Finding,
    Probe,
    failed,
    in_thread,
    passed,
    skipped,
    warned,
)

_SYS: Final = Path("/sys/class/net")
# A phone that shares its connection over USB looks like a cable; its driver gives it away.
_PHONE_DRIVERS: Final = frozenset({"rndis_host", "cdc_ether", "cdc_ncm", "ipheth"})
_FAST_ENOUGH_MBIT: Final = 100


@dataclass(frozen=True)
class Link:
    """The interface of the default route (``speed`` in Mbit/s, None where it is not told)."""

    interface: str
    wireless: bool
    driver: str
    carrier: bool
    speed: int | None
    duplex: str

    @property
    def phone(self) -> bool:
        """Whether it is a phone's shared connection."""
        return self.driver in _PHONE_DRIVERS


def default_link() -> Link | None:
    """The link that the default route uses, the lowest metric first; None without a route."""
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        routes = sorted(netlink.get_default_routes(), key=lambda route: route.get("priority") or 0)
        names = [
            netlink.get_links(route.get("oif"))[0].get("ifname")
            for route in routes
            if route.get("oif")
        ]
    return read_link(names[0]) if names else None


def read_link(interface: str) -> Link:
    """What the kernel says of an interface."""
    folder = _SYS / interface
    uevent = _text(folder / "uevent")
    driver = folder / "device" / "driver"
    speed = _text(folder / "speed")
    return Link(
        interface=interface,
        wireless="DEVTYPE=wlan" in uevent or (folder / "wireless").is_dir(),
        driver=driver.resolve().name if driver.exists() else "",
        carrier=_text(folder / "carrier") == "1",
        speed=int(speed) if speed.lstrip("-").isdigit() and int(speed) > 0 else None,
        duplex=_text(folder / "duplex"),
    )


async def _route(context: Context) -> Finding:
    wish = context.settings.wired_network.interface
    expected = _("by cable (%(name)s)") % {"name": wish} if wish else _("by cable")
    link = await in_thread(default_link)
    plug = _("Plug the network cable into the laptop and wait ten seconds.")
    if link is None:
        return failed(_("no way out: there is no default route"), expected, plug)
    if link.wireless:
        return failed(_("by Wi-Fi (%(name)s)") % {"name": link.interface}, expected, plug)
    if link.phone:
        return failed(_("by a phone (%(name)s)") % {"name": link.interface}, expected, plug)
    if wish and link.interface != wish:
        return warned(_("by cable (%(name)s)") % {"name": link.interface}, expected, plug)
    return passed(_("by cable (%(name)s)") % {"name": link.interface}, expected)


async def _cable(context: Context) -> Finding:
    link = await in_thread(default_link)
    if link is None:
        return skipped(_("there is no default route"))
    if not link.carrier:
        return failed(
            _("%(name)s has no signal") % {"name": link.interface},
            _("signal"),
            _("Check both ends of the network cable and the socket's light."),
        )
    speed = _("%(speed)s Mbit/s") % {"speed": link.speed} if link.speed else _("speed not told")
    found = ", ".join(part for part in (speed, link.duplex) if part and part != "unknown")
    if link.duplex == "half" or (link.speed or _FAST_ENOUGH_MBIT) < _FAST_ENOUGH_MBIT:
        return warned(
            found,
            _("at least %(speed)s Mbit/s, full duplex") % {"speed": _FAST_ENOUGH_MBIT},
            _("Try another cable or another socket."),
        )
    return passed(found)


async def _reach(context: Context) -> Finding:
    wish = context.settings.wired_network
    if not wish.reach:
        return skipped(_("no hosts to reach are set"))
    times = await asyncio.gather(*(_connect(place, wish.reach_timeout) for place in wish.reach))
    unreached = [place for place, taken in zip(wish.reach, times, strict=True) if taken is None]
    if unreached:
        return failed(
            _("not reached: %(hosts)s") % {"hosts": ", ".join(unreached)},
            ", ".join(wish.reach),
            _("Check the internet connection; ask IT whether the firewall lets Zoom through."),
        )
    taken = [value for value in times if value is not None]
    return passed(
        _("reached in %(time).0f ms") % {"time": max(taken)},
        ", ".join(wish.reach),
        evidence=[Evidence("trace", _("time to connect"), values=tuple(taken), unit="ms")],
    )


async def _connect(place: str, seconds: float) -> float | None:
    """Milliseconds to a TCP connection with ``host:port``; None where none comes about."""
    host, _colon, port = place.rpartition(":")
    started = time.monotonic()
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), seconds)
    except (OSError, TimeoutError):
        return None
    taken = (time.monotonic() - started) * 1000
    writer.close()
    return taken


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # the kernel answers EINVAL for a link that is down
        return ""


PROBES = (
    Probe("network.route", N_("Internet goes by cable"), _route),
    Probe("network.cable", N_("Network cable"), _cable),
    Probe("network.reach", N_("Zoom's servers are reached"), _reach),
)
