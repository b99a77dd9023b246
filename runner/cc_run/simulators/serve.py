"""Runs a simulator's ASGI app on the loopback interface until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from cc_run import serving
from cc_run.serving import LOOPBACK, STOP_SIGNALS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LOOPBACK", "STOP_SIGNALS", "gone", "hang_up", "serve"]

HANG_UP = "cc_run.hang_up"


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
    serving.serve(
        app,
        host=LOOPBACK,
        port=port,
        announce=announce,
        http=_Protocol,
        date_header=date_header,
    )


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close a request's connection, sending nothing more; works under `serve` only."""
    scope["extensions"][HANG_UP]["close"]()
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until a request's connection is closed, by either side."""
    while (await receive())["type"] != "http.disconnect":
        continue


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
