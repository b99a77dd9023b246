"""Runs a simulator's ASGI app on the loopback interface until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from cc_run.errors import Refusal
from cc_run.language import _

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
HANG_UP = "cc_run.hang_up"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(
    app: ASGIApp, *, port: int, announce: Callable[[str], None], date_header: bool = True
) -> None:
    """Serve an app in the foreground until SIGINT or SIGTERM, then return normally.

    Args:
        app: any ASGI app.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        announce: called once with ``http://127.0.0.1:PORT``, when connections are accepted.
        date_header: whether replies tell the time; False where the app does so itself.

    Raises:
        Refusal: the port is taken, or this user may not open it.
    """
    listener = _bind(port)
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        date_header=date_header,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, on_listening=lambda: announce(url))

    def stop(_signal: int, _frame: object) -> None:
        server.should_exit = True

    # uvicorn raises a stop signal again after its own clean end; this handler is what receives it.
    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        listener.close()


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close a request's connection, sending nothing more; works under `serve` only."""
    scope["extensions"][HANG_UP]["close"]()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until a request's connection is closed, by either side."""
    while (await receive())["type"] != "http.disconnect":
        continue


def _bind(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off, which costs 40 ms a reply, only where TCP is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as problem:
        listener.close()
        if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise Refusal(
            _("Port %(port)d cannot be opened") % {"port": port},
            _("Choose another port, or 0 for any free one"),
        ) from problem
    return listener


class _Server(uvicorn.Server):
    """Tells when it listens, which uvicorn itself only logs, and ends at once."""

    def __init__(self, config: uvicorn.Config, *, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hang up on whoever still waits: a reply held back must not hold back the end."""
        for connection in self.server_state.connections:
            if connection.transport:
                connection.transport.close()
        await super().shutdown(sockets=sockets)


class _Protocol(H11Protocol):
    """Gives the app a way to close the connection, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Offer this connection's `close` to every request on it."""
        super().connection_made(cast(asyncio.Transport, transport))
        app = self.app

        async def with_hang_up(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[HANG_UP] = {"close": transport.close}
            await app(scope, receive, send)

        self.app = with_hang_up
