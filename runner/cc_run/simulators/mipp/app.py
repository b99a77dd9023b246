"""The application's routes, and what each asks of a request before it acts.

In the framework's own order: the size of the body, the session, the token, the login, the form.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from . import entries
from .api import api_routes
from .control import control_routes
from .faults import FaultLayer
from .pages import error_page, page
from .records import Entry, Flash, now
from .sessions import Visit
from .state import Store
from .styles import STYLES, StyleName

_PER_PAGE = 10
Handler = Callable[[Request, Visit], Awaitable[Response]]


def create_app(
    state_dir: Path,
    *,
    username: str,
    password: str,
    token: str = "",
    style: StyleName = "laravel",
) -> Starlette:
    """MIPP as an ASGI app, continuing what `state_dir` holds.

    Args:
        state_dir: the application's directory; made when missing. One process at a time.
        username: the e-mail address of its only user.
        password: of the same; it is never written to disk.
        token: one for programs that is given once and for all; else `/api/login` gives them.
        style: the framework in whose manner it behaves.
    """
    store, habits = Store(state_dir), STYLES[style]

    def route(
        method: str, path: str, handler: Handler, *, guests: bool = False, name: str | None = None
    ) -> Route:
        async def guarded(request: Request) -> Response:
            if int(request.headers.get("content-length", 0)) > entries.POST_LIMIT:
                async for _part in request.stream():
                    pass  # PHP takes the body in before it says so
                return error_page(habits.over_size)
            visit = Visit(store, request, habits)
            if method == "POST":
                given = (await _form(request)).get(habits.field)
                if not visit.token_is_right(given or request.headers.get(habits.header)):
                    return visit.finish(error_page(habits.stale))
                if habits.rotates:
                    visit.new_token()
            if not guests and visit.session.user is None:
                visit.session.intended = str(request.url.path) if method == "GET" else None
                return visit.finish(visit.redirect("/login"))
            return visit.finish(await handler(request, visit))

        return Route(path, guarded, methods=[method], name=name)

    async def home(_request: Request, visit: Visit) -> Response:
        return visit.redirect("/dashboard")

    async def login_form(_request: Request, visit: Visit) -> Response:
        if visit.session.user:
            return visit.redirect("/dashboard")
        return page("login", _frame(visit))

    async def login(request: Request, visit: Visit) -> Response:
        form = await _form(request)
        if not _same(form.get("email"), username) or not _same(form.get("password"), password):
            message = "Email atau kata sandi salah."
            return visit.redirect("/login", Flash(kind="danger", message=message))
        intended = visit.session.intended or "/dashboard"
        visit.begin_as(username)
        return visit.redirect(intended)

    async def logout(_request: Request, visit: Visit) -> Response:
        visit.end()
        return visit.redirect("/login")

    async def dashboard(_request: Request, visit: Visit) -> Response:
        return page("dashboard", _frame(visit))

    async def create(_request: Request, visit: Visit) -> Response:
        values = _frame(visit)
        flash = values["flash"] if isinstance(values["flash"], Flash) else Flash()
        return page(
            "create",
            {**values, "fields": entries.FIELDS, "errors": flash.errors, "old": flash.old},
        )

    async def save(request: Request, visit: Visit) -> Response:
        draft = await entries.read(await _form(request), habits)
        if draft.errors:
            message = "Data gagal disimpan. Periksa kembali isian Anda."
            flash = Flash(kind="danger", message=message, errors=draft.errors, old=draft.values)
            return visit.redirect("/kegiatan/create", flash)
        _add(store, draft)
        return visit.redirect("/kegiatan", Flash(message="Data berhasil disimpan"))

    async def listing(request: Request, visit: Visit) -> Response:
        return page("listing", {**_frame(visit), **_page_of_entries(store, request)})

    async def detail(request: Request, visit: Visit) -> Response:
        number = request.path_params["number"]
        found = next((entry for entry in store.state.entries if entry.number == number), None)
        return page("detail", {**_frame(visit), "entry": found}) if found else error_page(404)

    async def upload(request: Request, _visit: Visit) -> Response:
        stored = request.path_params["stored"]
        known = {one.stored for entry in store.state.entries for one in entry.uploads}
        return FileResponse(store.uploads / stored) if stored in known else error_page(404)

    async def bare_error(_request: Request, problem: Exception) -> Response:
        return error_page(getattr(problem, "status_code", 500))

    return Starlette(
        routes=[
            route("GET", "/", home),
            route("GET", "/login", login_form, guests=True),
            route("POST", "/login", login, guests=True),
            route("POST", "/logout", logout),
            route("GET", "/dashboard", dashboard),
            route("GET", "/kegiatan/create", create),
            route("POST", "/kegiatan", save),
            route("GET", "/kegiatan", listing),
            route("GET", "/kegiatan/{number:int}", detail, name="detail"),
            route("GET", "/storage/{stored}", upload),
            *api_routes(
                store,
                habits,
                lambda draft: _add(store, draft),
                username=username,
                password=password,
                token=token,
                same=_same,
            ),
            *control_routes(store),
        ],
        middleware=[Middleware(FaultLayer, store=store, cookie=habits.cookie)],
        exception_handlers={404: bare_error, 405: bare_error},
    )


async def _form(request: Request) -> FormData:
    return await request.form(max_part_size=entries.POST_LIMIT)


def _same(given: object, right: str) -> bool:
    return isinstance(given, str) and secrets.compare_digest(given.encode(), right.encode())


def _frame(visit: Visit) -> dict[str, object]:
    session = visit.session
    return {
        "token": session.token,
        "token_name": visit.style.field,
        "user": session.user,
        "flash": visit.take_flash(),
    }


def _add(store: Store, draft: entries.Draft) -> Entry:
    number = store.state.entries_made + 1
    uploads = [store.keep(file.field, file.name, file.content, number) for file in draft.files]
    entry = Entry(number=number, created_at=now(), uploads=uploads, **draft.values)
    store.state.entries_made = number
    store.state.entries.append(entry)
    return entry


def _page_of_entries(store: Store, request: Request) -> dict[str, object]:
    """Newest first, ten a page, those whose title or remark holds what is sought."""
    sought = request.query_params.get("cari", "")
    found = [
        entry
        for entry in reversed(store.state.entries)
        if sought.lower() in f"{entry.judul} {entry.keterangan}".lower()
    ]
    given = request.query_params.get("page", "1")
    number = int(given) if given.isdecimal() and int(given) else 1

    def link(other: int) -> str:
        query = {"cari": sought, "page": other} if sought else {"page": other}
        return f"/kegiatan?{urlencode(query)}"

    return {
        "entries": found[(number - 1) * _PER_PAGE : number * _PER_PAGE],
        "sought": sought,
        "previous": link(number - 1) if number > 1 else None,
        "following": link(number + 1) if number * _PER_PAGE < len(found) else None,
    }
