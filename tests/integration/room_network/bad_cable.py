"""A cable with delay, jitter and loss between two network namespaces. A program of the tests.

    bad_cable.py NAMESPACE INTERFACE NAMESPACE INTERFACE DELAY_MS JITTER_MS LOSS_PERCENT

Each end is a tap. It says "up" when both are there, and carries frames until it is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import struct
import sys
from pathlib import Path

from pyroute2 import netns

TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x0002 | 0x1000


def tap(namespace: str, interface: str) -> int:
    """The end of the cable in a namespace, for reading and writing frames."""
    with Path("/proc/self/ns/net").open() as home:
        netns.setns(namespace)
        try:
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            name = struct.pack("16sH22x", interface.encode(), IFF_TAP_NO_PI)
            fcntl.ioctl(end, TUNSETIFF, name)
        finally:
            netns.setns(home.fileno())
    return end


class BadCable:
    """Carries each frame late, or not at all; never one before another that came first."""

    def __init__(self, delay: float, jitter: float, loss: float) -> None:
        self.delay, self.jitter, self.loss = delay, jitter, loss
        self.chance = random.Random(42)  # the same loss on every run
        self.arrival: dict[int, float] = {}

    def carry(self, source: int, target: int) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                self.send(os.read(source, 65535), target)

    def send(self, frame: bytes, target: int) -> None:
        if self.chance.random() < self.loss:
            return
        loop = asyncio.get_running_loop()
        late = max(0.0, self.delay + self.chance.uniform(-self.jitter, self.jitter))
        moment = max(loop.time() + late, self.arrival.get(target, 0.0))
        self.arrival[target] = moment
        loop.call_at(moment, self.deliver, frame, target)

    def deliver(self, frame: bytes, target: int) -> None:
        with contextlib.suppress(OSError):  # the other end is down: the frame is lost
            os.write(target, frame)


async def main(ends: list[str], delay: str, jitter: str, loss: str) -> None:
    one, other = tap(*ends[:2]), tap(*ends[2:])
    cable = BadCable(float(delay) / 1000, float(jitter) / 1000, float(loss) / 100)
    loop = asyncio.get_running_loop()
    loop.add_reader(one, cable.carry, one, other)
    loop.add_reader(other, cable.carry, other, one)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:5], *sys.argv[5:8]))
