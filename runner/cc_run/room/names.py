"""Names of hosts: looked up with a limit, because a dead name server answers nobody."""

from __future__ import annotations

import asyncio
import socket

from cc_run.probe import in_thread


async def addresses(name: str, seconds: float) -> list[str] | None:
    """The addresses of a name, best first: empty where it has none, None without an answer."""

    def look_up() -> list[str]:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    try:
        return await asyncio.wait_for(in_thread(look_up), seconds)
    except TimeoutError:
        return None
    except socket.gaierror as error:
        return None if error.errno == socket.EAI_AGAIN else []
    except (OSError, UnicodeError):
        return []


def host_of(place: str) -> str:
    """The host of ``host:port`` or ``host``."""
    return place.rpartition(":")[0] or place


def port_of(place: str, default: int) -> int:
    """The port of ``host:port``, else the default."""
    _host, colon, port = place.rpartition(":")
    return int(port) if colon else default


def is_address(host: str) -> bool:
    """Whether it is an address already, with nothing to be looked up."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
