"""Makes chosen requests go wrong, and notes every request."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.utils import format_datetime
from fnmatch import fnmatchcase

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..serve import gone, hang_up
from .records import Fault
from .state import Store


class FaultLayer:
    """ASGI middleware around the whole API; the control endpoints pass untouched.

    A reply is held until it is complete and noted, so that whoever sees it, or sees the
    connection drop in its place, finds the request in the log.
    """

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the fault that is due, if any."""
        if scope["type"] != "http" or scope["path"].startswith("/_control/"):
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        fault = self._strike(method, path)
        kind = fault.kind if fault else None
        reply: list[Message] = []

        async def hold(message: Message) -> None:
            reply.append(message)

        if fault and kind == "status":
            code = fault.status if fault.code is None else fault.code
            error = JSONResponse(
                {"code": code, "message": fault.message}, fault.status, fault.headers
            )
            await error(scope, receive, hold)
        elif kind != "drop_before":
            await self._app(scope, receive, hold)
        status = reply[0]["status"] if reply else None
        self._store.log_request(method, path, status, kind)

        if fault and kind == "delay":
            with suppress(TimeoutError):
                await asyncio.wait_for(gone(receive), fault.seconds)
        if kind in {"drop_before", "drop_after"}:
            await hang_up(scope, receive)
        elif kind in {"truncate", "stall"}:
            await _break_off(reply, scope, receive, send, silently=kind == "stall")
        else:
            _date(reply, self._store)
            for message in reply:
                await send(message)

    def _strike(self, method: str, path: str) -> Fault | None:
        """The first rule that is due for this request; all that it concerns count it."""
        concerned = [
            fault
            for fault in self._store.state.faults
            if _matches(fault, method, path) and (fault.times is None or fault.struck < fault.times)
        ]
        for fault in concerned:
            fault.matched += 1
        due = next((fault for fault in concerned if fault.matched % fault.every == 0), None)
        if due:
            due.struck += 1
        if concerned:
            self._store.save()
        return due


def _date(reply: list[Message], store: Store) -> None:
    """Tell the account's own time, which a test may have moved."""
    if reply:
        stamp = format_datetime(store.now(), usegmt=True).encode()
        reply[0]["headers"] = [*reply[0]["headers"], (b"date", stamp)]


def _matches(fault: Fault, method: str, path: str) -> bool:
    return fnmatchcase(method, fault.method.upper()) and fnmatchcase(path, fault.path)


async def _break_off(
    reply: list[Message], scope: Scope, receive: Receive, send: Send, *, silently: bool
) -> None:
    """Send the head and half the body, so that the promised length never comes."""
    body = b"".join(message.get("body", b"") for message in reply[1:])
    if body:
        await send(reply[0])
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    await (gone(receive) if silently else hang_up(scope, receive))
