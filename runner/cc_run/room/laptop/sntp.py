"""How far this machine's clock is from a time server's: one question by SNTP (RFC 4330)."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from typing import Final

_ASK: Final = 0x23  # no warning, version 4, client
_SERVER: Final = 4
_STRATA: Final = range(1, 16)  # 0 is a server that refuses, 16 one that has no time itself
_LENGTH: Final = 48
_SINCE_1900: Final = 2_208_988_800
_FRACTION: Final = 2**32


class NoTime(Exception):
    """The server answered, but not with the time."""


async def clock_offset(address: str, port: int, seconds: float) -> float:
    """The seconds that this clock is behind the server's (negative: ahead).

    Args:
        address: The server's address, no name.
        port: Its UDP port.
        seconds: How long to wait for the answer.

    Raises:
        OSError: no answer (``TimeoutError``), or no way there.
        NoTime: the server has no time to give.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[bytes, float]] = loop.create_future()
    transport, _protocol = await loop.create_datagram_endpoint(
        lambda: _Waiting(answered), remote_addr=(address, port)
    )
    try:
        mark = secrets.token_bytes(8)  # the server gives it back: no old or foreign answer counts
        sent = time.time()
        transport.sendto(bytes([_ASK]) + bytes(39) + mark)
        reply, received = await asyncio.wait_for(answered, seconds)
    finally:
        transport.close()
    return offset(reply, mark, sent, received)


def offset(reply: bytes, mark: bytes, sent: float, received: float) -> float:
    """The server's clock against ours, with the same time taken for there and back.

    Raises:
        NoTime: it is no answer to the question marked so, or one without time.
    """
    if len(reply) < _LENGTH or reply[0] & 7 != _SERVER or reply[24:32] != mark:
        raise NoTime
    if reply[1] not in _STRATA or not any(reply[40:48]):
        raise NoTime
    arrived, left = _moment(reply[32:40], sent), _moment(reply[40:48], received)
    return ((arrived - sent) + (left - received)) / 2


def _moment(stamp: bytes, near: float) -> float:
    """A time stamp in seconds since 1970, in the era that is nearest (the count begins anew)."""
    whole, fraction = struct.unpack("!II", stamp)
    moment = whole - _SINCE_1900 + fraction / _FRACTION
    return float(moment + round((near - moment) / _FRACTION) * _FRACTION)


class _Waiting(asyncio.DatagramProtocol):
    def __init__(self, answered: asyncio.Future[tuple[bytes, float]]) -> None:
        self._answered = answered

    def datagram_received(self, data: bytes, _sender: object) -> None:
        if not self._answered.done():
            self._answered.set_result((data, time.time()))

    def error_received(self, error: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(error)
