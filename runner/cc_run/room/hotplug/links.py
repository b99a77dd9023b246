"""Network cables and Wi-Fi, as the kernel tells of their links, addresses and routes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cc_run.language import _
from cc_run.room.hotplug.change import Change, Tell

_INTERFACES: Final = Path("/sys/class/net")
# linux/rtnetlink.h: links, IPv4 addresses, IPv4 routes, IPv6 routes
_GROUPS: Final = 0x1 | 0x10 | 0x40 | 0x400
_MESSAGE_BYTES: Final = 65536


@contextmanager
def link_changes(tell: Tell) -> Iterator[None]:
    """Tells of cables and routes for as long as the block lasts, in the running loop."""
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE) as listener:
        listener.bind((0, _GROUPS))
        known = [carriers()]

        def read() -> None:
            # What the messages say is read from /sys: only that there are some counts.
            with contextlib.suppress(OSError):
                while listener.recv(_MESSAGE_BYTES):
                    pass
            known.append(carriers())
            for text in differences(*known):
                tell(Change("network", text))
            del known[0]
            tell(Change("network"))

        loop = asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), read)
        try:
            yield
        finally:
            loop.remove_reader(listener.fileno())


def carriers() -> dict[str, bool]:
    """Each interface but the loopback, and whether something is at its other end."""
    return {
        interface.name: _carrier(interface)
        for interface in _INTERFACES.iterdir()
        if interface.name != "lo"
    }


def differences(before: Mapping[str, bool], after: Mapping[str, bool]) -> list[str]:
    """Which cables were plugged in and out, in sentences."""
    told: list[str] = []
    for name in sorted({*before, *after}):
        was, now = before.get(name, False), after.get(name, False)
        if was == now:
            continue
        if (_INTERFACES / name / "wireless").is_dir():
            template = _("Wi-Fi connected: %(name)s") if now else _("Wi-Fi disconnected: %(name)s")
        else:
            template = (
                _("Network cable plugged in: %(name)s")
                if now
                else _("Network cable unplugged: %(name)s")
            )
        told.append(template % {"name": name})
    return told


def _carrier(interface: Path) -> bool:
    try:
        return (interface / "carrier").read_text().strip() == "1"
    except OSError:  # an interface that is down tells nothing, one that is gone neither
        return False
