"""The API's routes, and what each asks of a request before it acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import attendance, meetings, views
from . import recordings as cloud
from .bodies import read_meeting, read_object
from .limits import Pace, count_write
from .state import Store
from .tokens import check_token
from .users import Directory


class Endpoint(NamedTuple):
    """One method of one path, as Zoom's description has it.

    Attributes:
        method: of HTTP.
        path: below `/v2`; `{key}` is the user or the meeting.
        scope: the granular scope, without `:admin`.
        classic: the older scope that covers it, without `:admin`.
        label: of the rate limit.
        act: makes the reply from the request and the key.
    """

    method: str
    path: str
    scope: str
    classic: str
    label: str
    act: Callable[[Request, str], Awaitable[Response]]


def api_routes(
    store: Store, directory: Directory, account_id: str, base: Callable[[Request], str]
) -> list[Route]:
    """The routes under `/v2`; `base` gives the emulator's own URL for the links in a reply."""

    async def create(request: Request, host: str) -> Response:
        body = await read_meeting(request)
        left = count_write(store, directory.find(host).email, "Medium")
        meeting = meetings.create(store, directory, host, body)
        return JSONResponse(views.in_full(store, directory, meeting, base(request)), 201, left)

    async def listing(request: Request, host: str) -> Response:
        return JSONResponse(views.listing(store, directory, request, host, base(request)))

    async def get(request: Request, key: str) -> Response:
        meeting = meetings.find(store, key)
        return JSONResponse(views.in_full(store, directory, meeting, base(request)))

    async def update(request: Request, key: str) -> Response:
        meeting = meetings.find(store, key)
        body = await read_meeting(request)
        left = count_write(store, meeting.host_email, "Light")
        meetings.update(store, directory, meeting, body)
        return Response(status_code=204, headers=left)

    async def delete(_request: Request, key: str) -> Response:
        meetings.delete(store, meetings.find(store, key))
        return Response(status_code=204)

    async def status(request: Request, key: str) -> Response:
        meetings.act(store, key, (await read_object(request)).get("action"))
        return Response(status_code=204)

    async def invitation(request: Request, key: str) -> Response:
        text = views.invitation(directory, meetings.find(store, key), base(request))
        return JSONResponse({"invitation": text, "sip_links": []})

    async def recordings(request: Request, key: str) -> Response:
        return JSONResponse(cloud.recordings(store, directory, request, key, base(request)))

    async def user(_request: Request, key: str) -> Response:
        return JSONResponse(directory.profile(directory.find(key), account_id))

    async def user_settings(_request: Request, key: str) -> Response:
        directory.find(key)
        return JSONResponse(directory.settings())

    async def past(_request: Request, key: str) -> Response:
        return JSONResponse(attendance.past_meeting(store, directory, key))

    async def past_participants(request: Request, key: str) -> Response:
        return JSONResponse(attendance.past_participants(store, request, key))

    async def report_participants(request: Request, key: str) -> Response:
        return JSONResponse(attendance.report_participants(store, request, key))

    read, write = "meeting:read", "meeting:write"
    endpoints = (
        Endpoint("POST", "/users/{key}/meetings", "meeting:write:meeting", write, "Medium", create),
        Endpoint(
            "GET", "/users/{key}/meetings", "meeting:read:list_meetings", read, "Medium", listing
        ),
        Endpoint("GET", "/meetings/{key}", "meeting:read:meeting", read, "Light", get),
        Endpoint("PATCH", "/meetings/{key}", "meeting:update:meeting", write, "Light", update),
        Endpoint("DELETE", "/meetings/{key}", "meeting:delete:meeting", write, "Light", delete),
        Endpoint("PUT", "/meetings/{key}/status", "meeting:update:status", write, "Light", status),
        Endpoint(
            "GET",
            "/meetings/{key}/invitation",
            "meeting:read:invitation",
            read,
            "Light",
            invitation,
        ),
        Endpoint(
            "GET",
            "/meetings/{key}/recordings",
            cloud.SCOPE,
            cloud.CLASSIC,
            "Light",
            recordings,
        ),
        Endpoint("GET", "/users/{key}", "user:read:user", "user:read", "Light", user),
        Endpoint(
            "GET",
            "/users/{key}/settings",
            "user:read:settings",
            "user:read",
            "Medium",
            user_settings,
        ),
        Endpoint("GET", "/past_meetings/{key}", "meeting:read:past_meeting", read, "Light", past),
        Endpoint(
            "GET",
            "/past_meetings/{key}/participants",
            "meeting:read:list_past_participants",
            read,
            "Medium",
            past_participants,
        ),
        Endpoint(
            "GET",
            "/report/meetings/{key}/participants",
            "report:read:list_meeting_participants",
            "report:read",
            "Heavy",
            report_participants,
        ),
    )
    pace = Pace()
    return [_guarded(endpoint, store, pace) for endpoint in endpoints]


def _guarded(endpoint: Endpoint, store: Store, pace: Pace) -> Route:
    """A route that acts only for a valid token with a fitting scope, within the pace."""

    async def handle(request: Request) -> Response:
        check_token(request, store, endpoint.scope, endpoint.classic)
        left = pace.admit(store, endpoint.label)
        reply = await endpoint.act(request, request.path_params["key"])
        for name, value in left.items():
            reply.headers.setdefault(name, value)
        return reply

    return Route(f"/v2{endpoint.path}", handle, methods=[endpoint.method])
