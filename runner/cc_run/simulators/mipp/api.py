"""The application's interface for programs: a token, JSON answers, statuses that mean something."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import entries
from .records import Entry
from .state import Store
from .styles import Style

_PER_PAGE = 10
Same = Callable[[object, str], bool]


def api_routes(
    store: Store,
    style: Style,
    add: Callable[[entries.Draft], Entry],
    *,
    username: str,
    password: str,
    token: str,
    same: Same,
) -> list[Route]:
    """The routes under `/api`; ``token`` is one that never expires, if not empty."""

    def guarded(
        handler: Callable[[Request], Awaitable[Response]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def asked(request: Request) -> Response:
            if int(request.headers.get("content-length", 0)) > entries.POST_LIMIT:
                async for _part in request.stream():
                    pass
                return _said(413, "The POST data is too large.")
            given = bearer_of(request)
            if given not in store.state.tokens and not (token and same(given, token)):
                return _said(401, "Unauthenticated.")
            return await handler(request)

        return asked

    async def login(request: Request) -> Response:
        try:
            given = json.loads(await request.body())
        except ValueError:
            given = {}
        if not same(given.get("email"), username) or not same(given.get("password"), password):
            return _said(401, "Email atau kata sandi salah.")
        token = secrets.token_urlsafe(30)
        store.state.tokens.append(token)
        store.save()
        return JSONResponse({"token": token, "token_type": "Bearer"})

    async def create(request: Request) -> Response:
        form = await request.form(max_part_size=entries.POST_LIMIT)
        draft = await entries.read(form, style)
        if draft.errors:
            errors = {name: [text] for name, text in draft.errors.items()}
            return JSONResponse(
                {"message": next(iter(draft.errors.values())), "errors": errors}, 422
            )
        entry = add(draft)
        store.save()
        return JSONResponse(
            {"message": "Data berhasil disimpan", "data": _shown(request, entry)}, 201
        )

    async def listing(request: Request) -> Response:
        given = request.query_params.get("page", "1")
        number = int(given) if given.isdecimal() and int(given) else 1
        found = list(reversed(store.state.entries))
        rows = found[(number - 1) * _PER_PAGE : number * _PER_PAGE]
        more = number * _PER_PAGE < len(found)
        following = f"{request.url.replace(query='')}?{urlencode({'page': number + 1})}"
        return JSONResponse(
            {
                "data": [_shown(request, entry) for entry in rows],
                "links": {"next": following if more else None},
            }
        )

    return [
        Route("/api/login", login, methods=["POST"]),
        Route("/api/kegiatan", guarded(create), methods=["POST"]),
        Route("/api/kegiatan", guarded(listing), methods=["GET"]),
    ]


def bearer_of(request: Request) -> str:
    """The token in the request's head; empty without one."""
    kind, _space, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


def _shown(request: Request, entry: Entry) -> dict[str, object]:
    facts = entry.model_dump(mode="json", include={"judul", "tanggal", "waktu", "tempat"})
    return {
        "id": entry.number,
        **facts,
        "link": str(request.url_for("detail", number=entry.number)),
        "berkas": len(entry.uploads),
    }


def _said(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
