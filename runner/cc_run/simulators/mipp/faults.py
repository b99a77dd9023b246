"""Makes chosen requests go wrong, and notes every request."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..serve import hang_up
from .api import bearer_of
from .pages import error_page
from .records import Fault
from .state import Store


class FaultLayer:
    """ASGI middleware around the application; the control endpoints pass untouched.

    A reply is held until it is complete and noted, so that whoever sees the connection drop in
    its place can rely on the work being done.
    """

    def __init__(self, app: ASGIApp, store: Store, cookie: str) -> None:
        self._app = app
        self._store = store
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the fault that is due, if any."""
        if scope["type"] != "http" or scope["path"].startswith("/_control/"):
            await self._app(scope, receive, send)
            return
        fault = self._strike(scope["method"], scope["path"])
        kind = fault.kind if fault else None
        reply: list[Message] = []

        async def hold(message: Message) -> None:
            reply.append(message)

        if kind == "expire":
            request = Request(scope)
            self._store.state.sessions.pop(request.cookies.get(self._cookie, ""), None)
            if bearer_of(request) in self._store.state.tokens:
                self._store.state.tokens.remove(bearer_of(request))
        if fault and kind == "status":
            page = error_page(fault.status)
            if fault.seconds:
                page.headers["retry-after"] = str(round(fault.seconds))
            await page(scope, receive, hold)
        elif kind != "drop_before":
            await self._app(scope, receive, hold)
        status = reply[0]["status"] if reply else None
        self._store.log_request(scope["method"], scope["path"], status, kind)

        if fault and kind == "delay":
            await asyncio.sleep(fault.seconds)
        if kind in {"drop_before", "drop_after"}:
            await hang_up(scope, receive)
            return
        for message in reply:
            await send(message)

    def _strike(self, method: str, path: str) -> Fault | None:
        """The first rule that is due for this request; counts it."""
        for fault in self._store.state.faults:
            spent = fault.times is not None and fault.struck >= fault.times
            if spent or not (
                fnmatchcase(method, fault.method.upper()) and fnmatchcase(path, fault.path)
            ):
                continue
            fault.matched += 1
            if fault.matched % fault.every == 0:
                fault.struck += 1
                self._store.save()
                return fault
        return None
