"""Wake-on-LAN: a panel that sleeps deeply takes no connection until it is called by its address."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Final

PORT: Final = 9
EVERYONE: Final = "255.255.255.255"


def magic_packet(mac: str) -> bytes:
    """What the network card of ``00:11:22:33:44:55`` waits for: six ff, sixteen times its address.

    Source: AMD, Magic Packet Technology, publication 20213.
    """
    return b"\xff" * 6 + bytes.fromhex(mac.replace(":", "").replace("-", "")) * 16


async def wake(macs: Sequence[str], hosts: Sequence[str], *, port: int = PORT) -> None:
    """Calls every address once: to the whole network, and to the hosts where a router is between.

    A network that cannot be reached is passed over: that the panels stay silent is told anyway.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.setblocking(False)
        for mac in macs:
            for place in (EVERYONE, *hosts):
                with contextlib.suppress(OSError):
                    sender.sendto(magic_packet(mac), (place, port))
    await asyncio.sleep(0)
