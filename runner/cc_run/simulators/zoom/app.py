"""Puts the emulator together: token service, API, the pages behind links, control."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import pages, recordings
from .api import api_routes
from .control import control_routes
from .faults import FaultLayer
from .replies import ZoomError, render_error, render_unknown_route, render_wrong_method
from .state import Store
from .subscription import Subscription
from .tokens import Credentials, grant_token
from .users import Directory
from .webhooks import Courier


def create_app(
    state_dir: Path,
    *,
    client_id: str,
    client_secret: str,
    account_id: str,
    hosts: Sequence[str],
    basic_users: Sequence[str] = (),
    base_url: str | None = None,
    webhook: Subscription | None = None,
) -> Starlette:
    """A Zoom account as an ASGI app, continuing what `state_dir` holds.

    Args:
        state_dir: the account's directory; made when missing. One process at a time.
        client_id: of the Server-to-Server OAuth app.
        client_secret: of the same.
        account_id: of the account.
        hosts: e-mail addresses of licensed users.
        basic_users: e-mail addresses of users without a licence.
        base_url: where the emulator is reached, for the links that it hands out; by default
            each request's own address.
        webhook: who is told of what happens; by default whoever `state_dir` knows.
    """
    store = Store(state_dir, account_id)
    if webhook is not None:
        store.state.webhook = webhook
        store.save()
    courier = Courier(store)
    directory = Directory(hosts, basic_users, lambda: store.state.switches)
    credentials = Credentials(client_id, client_secret, account_id)

    def base(request: Request) -> str:
        return (base_url or str(request.base_url)).rstrip("/")

    async def token(request: Request) -> Response:
        return await grant_token(request, store, credentials, base(request))

    async def start_page(request: Request) -> Response:
        return pages.start_page(store, request)

    async def join_page(request: Request) -> Response:
        return pages.join_page(store, request)

    async def recording(request: Request) -> Response:
        return recordings.download(store, request, base(request))

    async def stored_file(request: Request) -> Response:
        return recordings.stored_file(store, request)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with courier.at_work():
            yield

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/oauth/token", token, methods=["POST"]),
            *api_routes(store, directory, account_id, base),
            Route("/s/{meeting}", start_page),
            Route("/j/{meeting}", join_page),
            Route("/rec/download/{file}", recording),
            Route("/rec/file/{file}", stored_file),
            *control_routes(store, directory, courier),
        ],
        middleware=[Middleware(FaultLayer, store=store)],
        exception_handlers={
            ZoomError: render_error,
            404: render_unknown_route,
            405: render_wrong_method,
        },
    )
