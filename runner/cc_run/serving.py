"""Serves an ASGI app in the foreground: it says when it listens, and ends at once when told to."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK: Final = "127.0.0.1"
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def serve(
    app: ASGIApp, *, host: str, port: int, announce: Callable[[str], None], **options: Any
) -> None:
    """Serves an app until SIGINT or SIGTERM, then returns normally.

    Args:
        app: Any ASGI app.
        host: The address that it listens at, by number or name.
        port: TCP port; 0 takes a free one.
        announce: Called once with ``http://HOST:PORT``, when connections are accepted.
        options: Further ones of ``uvicorn.Config``.

    Raises:
        Refusal: the port is taken, or this user may not open it.
        OutsideFailure: this machine has no such address.
    """
    listener = _bind(host, port)
    shown = f"[{host}]" if listener.family == socket.AF_INET6 else host
    url = f"http://{shown}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        **options,
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


def _bind(host: str, port: int) -> socket.socket:
    try:
        [(family, _kind, _protocol, _name, address), *_others] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as problem:
        raise _no_address(host, problem) from problem
    # asyncio turns Nagle's algorithm off, which costs 40 ms a reply, only where TCP is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as problem:
        listener.close()
        if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise _no_address(host, problem) from problem
        raise Refusal(
            _("Port %(port)d cannot be opened") % {"port": port},
            _("Choose another port, or 0 for any free one"),
        ) from problem
    return listener


def _no_address(host: str, problem: OSError) -> OutsideFailure:
    return OutsideFailure(
        _("Nothing can listen at %(host)s: %(reason)s")
        % {"host": host, "reason": problem.strerror or problem},
        _("Name an address of this machine; %(loopback)s is the machine itself.")
        % {"loopback": LOOPBACK},
    )


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
