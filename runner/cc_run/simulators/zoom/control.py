"""The emulator's own endpoints, for tests and rehearsals; they need no token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .attendance import set_participants
from .bodies import MeetingBody
from .meetings import create, find
from .records import Fault, Meeting, Participant, Switches
from .state import Store
from .users import Directory

Handler = Callable[[Request], Awaitable[Response]]

_FAULTS = TypeAdapter(list[Fault])
_PARTICIPANTS = TypeAdapter(list[Participant])


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    body: MeetingBody


_MADE = TypeAdapter(list[_Made])


class _Clock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    offset_seconds: float = 0


def control_routes(store: Store, directory: Directory) -> list[Route]:
    """The routes under `/_control`."""
    state = store.state

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            state.faults = _FAULTS.validate_python(await request.json())
            store.save()
        elif request.method == "DELETE":
            state.faults = []
            store.save()
        return JSONResponse([fault.model_dump() for fault in state.faults])

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            store.forget_requests()
        return JSONResponse(store.requests())

    async def switches(request: Request) -> Response:
        if request.method == "PUT":
            changed = {**state.switches.model_dump(), **await request.json()}
            state.switches = Switches.model_validate(changed)
            store.save()
        return JSONResponse(state.switches.model_dump())

    async def clock(request: Request) -> Response:
        if request.method == "PUT":
            wanted = _Clock.model_validate(await request.json())
            state.clock_offset_seconds = wanted.offset_seconds
            store.save()
        return JSONResponse(
            {"offset_seconds": state.clock_offset_seconds, "now": store.now().isoformat()}
        )

    async def whole_state(_request: Request) -> Response:
        return JSONResponse(
            {
                "hosts": [user.email for user in directory.users],
                "meetings": [
                    {**meeting.model_dump(mode="json"), "status": meeting.status}
                    for meeting in store.meetings.values()
                    if not meeting.deleted
                ],
                "writes": state.writes,
            }
        )

    async def meetings(request: Request) -> Response:
        """Meetings that somebody makes in Zoom's own pages: they count against no limit."""
        wanted = _MADE.validate_python(await request.json())
        made = [create(store, directory, one.host, one.body) for one in wanted]
        return JSONResponse([meeting.id for meeting in made], 201)

    async def meeting(request: Request) -> Response:
        """Changes any field of a meeting, past all rules."""
        known = find(store, request.path_params["meeting"])
        changed = {**known.model_dump(), **await request.json()}
        store.keep(Meeting.model_validate(changed))
        return Response(status_code=204)

    async def participants(request: Request) -> Response:
        meeting = find(store, request.path_params["meeting"])
        set_participants(store, meeting, _PARTICIPANTS.validate_python(await request.json()))
        return Response(status_code=204)

    return [
        _route("/faults", faults, "GET", "PUT", "DELETE"),
        _route("/requests", requests, "GET", "DELETE"),
        _route("/switches", switches, "GET", "PUT"),
        _route("/clock", clock, "GET", "PUT"),
        _route("/state", whole_state, "GET"),
        _route("/meetings", meetings, "POST"),
        _route("/meetings/{meeting}", meeting, "PUT"),
        _route("/meetings/{meeting}/participants", participants, "POST"),
    ]


def _route(path: str, handler: Handler, *methods: str) -> Route:
    async def explained(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as problem:
            errors: Any = problem.errors(include_url=False, include_context=False)
            return JSONResponse({"errors": errors}, 400)
        except (ValueError, TypeError) as problem:
            return JSONResponse({"errors": [str(problem)]}, 400)

    return Route(f"/_control{path}", explained, methods=list(methods))
