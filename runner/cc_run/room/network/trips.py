"""Times there and back, by pings and by connections; what is lost is not a number (NaN)."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.processes import run_program

# A repeated SYN comes after a second: what takes so long was lost first.
_LOST_SECONDS: Final = 0.9


@dataclass(frozen=True)
class Trip:
    """The milliseconds of one connection; None without it, and whether it was turned away."""

    taken: float | None
    refused: bool = False


@dataclass(frozen=True)
class Quality:
    """Latency (the median) and jitter in milliseconds, loss in per cent."""

    latency: float
    jitter: float
    loss: float
    lost: int


async def pings(address: str, count: int, seconds: float) -> tuple[float, ...]:
    """The milliseconds of so many pings, sent evenly over some seconds.

    Raises:
        OutsideFailure: fping is missing, or may not ping.
    """
    period = max(round(seconds * 1000 / count), 10)  # what fping grants to anyone
    outcome = await run_program(
        ["fping", "-q", "-C", str(count), "-p", str(period), "-t", "1000", address],
        package="fping",
    )
    # "192.0.2.1 : 12.3 - 11.8", among complaints about single packets.
    for line in outcome.stderr.decode(errors="replace").splitlines():
        name, colon, values = line.partition(" : ")
        if colon and name.strip() == address:
            return tuple(math.nan if one == "-" else float(one) for one in values.split())
    raise OutsideFailure(
        _("No pings can be sent: %(reason)s") % {"reason": outcome.complaint},
        _("Install fping again, for the right to ping: sudo apt-get install --reinstall fping"),
    )


async def connections(address: str, port: int, count: int, seconds: float) -> tuple[float, ...]:
    """The milliseconds of so many TCP connections, begun evenly over some seconds."""

    async def one(number: int) -> float:
        await asyncio.sleep(number * seconds / count)
        trip = await connect(address, port, _LOST_SECONDS)
        return math.nan if trip.taken is None else trip.taken

    return tuple(await asyncio.gather(*(one(number) for number in range(count))))


async def connect(address: str, port: int, seconds: float) -> Trip:
    """A TCP connection with an address (no name), closed at once."""
    started = time.monotonic()
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), seconds)
    except (OSError, TimeoutError) as error:
        return Trip(None, refused=isinstance(error, ConnectionRefusedError))
    taken = (time.monotonic() - started) * 1000
    writer.close()
    return Trip(taken)


def answered(trips: Sequence[float]) -> list[float]:
    """The trips that came back."""
    return [taken for taken in trips if math.isfinite(taken)]


def judge(trips: Sequence[float]) -> Quality | None:
    """What the trips say together; None where none came back.

    Jitter is the mean change from one trip to the next, as for a stream of packets.
    """
    known = sorted(answered(trips))
    if not known:
        return None
    changes = [
        abs(after - before)
        for before, after in pairwise(trips)
        if math.isfinite(before) and math.isfinite(after)
    ]
    lost = len(trips) - len(known)
    return Quality(
        latency=known[len(known) // 2],
        jitter=sum(changes) / len(changes) if changes else 0.0,
        loss=100 * lost / len(trips),
        lost=lost,
    )
