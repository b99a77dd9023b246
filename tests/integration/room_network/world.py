"""What lies beyond the room's cable: name server, web, Zoom's port, time. A program of the tests.

    world.py '{"names": "ok", "web": "open", "zoom": "open", "clock": 0.0}'

It serves on all addresses of its network namespace until it is ended, and says "up" first.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from typing import Any

ZOOM = "198.51.100.1"
_NTP_EPOCH = 2_208_988_800


class Names(asyncio.DatagramProtocol):
    """A name server that knows ``*.example`` as ZOOM and nothing else; or keeps silent."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: Any) -> None:
        if self.mode == "silent":
            return
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        question = data[12 : at + 5]
        wants_ipv4 = struct.unpack("!H", data[at + 1 : at + 3])[0] == 1
        known = self.mode == "ok" and labels[-1] == "example"
        address = bytes(int(part) for part in ZOOM.split("."))
        answer = struct.pack("!HHHIH", 0xC00C, 1, 1, 5, 4) + address if wants_ipv4 else b""
        flags = 0x8180 if known else 0x8183
        head = data[:2] + struct.pack("!HHHHH", flags, 1, bool(known and answer), 0, 0)
        self.transport.sendto(head + question + (answer if known else b""), sender)


class Clock(asyncio.DatagramProtocol):
    """A time server whose clock is so many seconds ahead; or one that says it has no time."""

    def __init__(self, ahead: float | None) -> None:
        self.ahead = ahead

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: Any) -> None:
        moment = time.time() + _NTP_EPOCH + (self.ahead or 0.0)
        stamp = struct.pack("!II", int(moment), int(moment % 1 * 2**32))
        stratum = 0 if self.ahead is None else 2
        head = struct.pack("!BBbb", 0x24, stratum, 6, -20) + bytes(12)
        self.transport.sendto(head + stamp + data[40:48] + stamp + stamp, sender)


def web(mode: str) -> Any:
    answers = {
        "open": b"HTTP/1.1 204 No Content\r\n\r\n",
        "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://hotspot.example/login?from=x\r\n"
        b"Content-Length: 0\r\n\r\n",
        "page": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nSign in here",
        "rubbish": b"220 mail.example ESMTP\r\n",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        if mode == "silent":
            await asyncio.sleep(3600)
        writer.write(answers[mode])
        await writer.drain()
        writer.close()

    return serve


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def main(wish: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(
        lambda: Names(wish.get("names", "ok")), local_addr=("0.0.0.0", 53)
    )
    await loop.create_datagram_endpoint(
        lambda: Clock(wish.get("clock", 0.0)), local_addr=(ZOOM, 123)
    )
    await asyncio.start_server(web(wish.get("web", "open")), "0.0.0.0", 80)
    if wish.get("zoom", "open") == "open":
        await asyncio.start_server(close_at_once, "0.0.0.0", 443)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
