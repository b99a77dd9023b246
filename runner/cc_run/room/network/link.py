"""What the kernel says of the way out of this machine and of its network interfaces."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from pyroute2 import IPRoute

_SYS: Final = Path("/sys/class/net")
_ETHERNET: Final = 1  # ARPHRD_ETHER
_UP: Final = 0x1  # IFF_UP
# Any address of the internet's: the kernel is asked for the way to it, nothing is sent there.
_OUTSIDE: Final = ("203.0.113.1", "2001:db8::1")
_REACHABLE: Final = 0x02  # NUD_REACHABLE

Kind = Literal["cable", "wifi", "phone"]


@dataclass(frozen=True)
class Link:
    """A network interface (``speed`` in Mbit/s, None where it is not told).

    Attributes:
        kind: What it is: a phone's shared connection and a mobile modem are both "phone".
        real: Whether a device is behind it, not only the kernel.
        up: Whether it is switched on.
        carrier: Whether the other end answers.
        duplex: "full", "half" or empty.
    """

    interface: str
    kind: Kind
    real: bool
    up: bool
    carrier: bool
    speed: int | None = None
    duplex: str = ""


@dataclass(frozen=True)
class Way:
    """The way that the kernel takes to the internet.

    Attributes:
        gateway: Its address, of IPv6 with the interface behind a "%"; empty on a direct line.
    """

    link: Link
    gateway: str


@dataclass(frozen=True)
class Network:
    """All real or used interfaces of this machine, and its way out (None: there is none)."""

    way: Way | None
    links: tuple[Link, ...]

    def cable(self, interface: str) -> Link | None:
        """The link whose cable matters: the room's own, else the way out's, else a plugged one."""
        if interface:
            return next((link for link in self.links if link.interface == interface), None)
        if self.way is not None and self.way.link.kind == "cable":
            return self.way.link
        sockets = [link for link in self.links if link.kind == "cable" and link.real]
        return max(sockets, key=lambda link: link.carrier, default=None)

    @property
    def radios(self) -> tuple[Link, ...]:
        """The Wi-Fi interfaces."""
        return tuple(link for link in self.links if link.kind == "wifi")


def read_network(interface: str, phone_drivers: Collection[str]) -> Network:
    """Asks the kernel; the interface that the room names is a cable whatever its driver is."""
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        modes = _Modes()
        links = {
            told["index"]: _link(told, modes, interface, phone_drivers)
            for told in netlink.get_links()
            if told["ifi_type"] == _ETHERNET
        }
        way = _way_out(netlink)
        modes.close()
        if way is None:
            return Network(None, tuple(links.values()))
        index, gateway = way
        if index not in links:  # such as a mobile modem or a tunnel
            links[index] = _link(netlink.get_links(index)[0], None, interface, phone_drivers)
    link = links[index]
    if gateway.startswith("fe80:"):  # which is an address on this link only
        gateway = f"{gateway}%{link.interface}"
    return Network(Way(link, gateway), tuple(links.values()))


def neighbour_answers(address: str) -> bool:
    """Whether the kernel has heard from that machine on the local network just now."""
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        known = netlink.get_neighbours(dst=address.partition("%")[0])
        return any(entry["state"] & _REACHABLE for entry in known)


class _Modes:
    """Speed and duplex by ethtool's netlink, which not every kernel has."""

    def __init__(self) -> None:
        from pyroute2.ethtool import Ethtool

        self._ethtool = Ethtool()

    def read(self, interface: str) -> tuple[int | None, str]:
        # A link that is down, and a driver that has no modes, answer with an error.
        with contextlib.suppress(Exception):
            mode = self._ethtool.get_link_mode(interface)
            duplex = str(mode.duplex or "").lower()
            return mode.speed, duplex if duplex in ("full", "half") else ""
        return None, ""

    def close(self) -> None:
        self._ethtool.close()


def _way_out(netlink: IPRoute) -> tuple[int, str] | None:
    """The index of the interface and the gateway; IPv4 before IPv6."""
    from pyroute2.netlink.exceptions import NetlinkError

    for address in _OUTSIDE:
        with contextlib.suppress(NetlinkError):
            for route in netlink.route("get", dst=address):
                if route.get("oif") and route["type"] == 1:  # RTN_UNICAST: no refusal
                    return route.get("oif"), route.get("gateway") or ""
    return None


def _link(told: Any, modes: _Modes | None, own: str, phone_drivers: Collection[str]) -> Link:
    interface = told.get("ifname")
    folder = _SYS / interface
    speed, duplex = modes.read(interface) if modes else (None, "")
    return Link(
        interface=interface,
        kind=_kind(
            _text(folder / "uevent"),
            _driver(folder / "device" / "driver"),
            () if interface == own else phone_drivers,
        ),
        real=(folder / "device").exists(),
        up=bool(told["flags"] & _UP),
        carrier=bool(told.get("carrier")),
        speed=speed,
        duplex=duplex,
    )


def _kind(uevent: str, driver: str, phone_drivers: Collection[str]) -> Kind:
    """By the kernel's type of device; a phone on USB looks like a cable but for its driver."""
    kinds = {line.removeprefix("DEVTYPE=") for line in uevent.splitlines()}
    if "wlan" in kinds:
        return "wifi"
    if kinds & {"wwan", "bluetooth"} or driver in phone_drivers:
        return "phone"
    return "cable"


def _driver(link: Path) -> str:
    try:
        return link.readlink().name
    except OSError:  # nothing real is behind it
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the interface has just gone
        return ""
