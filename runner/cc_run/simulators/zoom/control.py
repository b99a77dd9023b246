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
from .recordings import Given, set_recordings
from .records import Fault, Meeting, Participant, Switches
from .state import Store
from .subscription import Subscription
from .users import Directory
from .webhooks import Courier

Handler = Callable[[Request], Awaitable[Response]]

_FAULTS = TypeAdapter(list[Fault])
_PARTICIPANTS = TypeAdapter(list[Participant])
_GIVEN = TypeAdapter(list[Given])


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    body: MeetingBody


_MADE = TypeAdapter(list[_Made])


class _Clock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    offset_seconds: float = 0


def control_routes(store: Store, directory: Directory, courier: Courier) -> list[Route]:
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
        *_later_routes(store, courier),
    ]


def _later_routes(store: Store, courier: Courier) -> list[Route]:
    """The routes for what comes of a meeting: its recordings, and who is told of it."""
    state = store.state

    async def recordings(request: Request) -> Response:
        meeting = find(store, request.path_params["meeting"])
        set_recordings(store, meeting, _GIVEN.validate_python(await request.json()))
        return Response(status_code=204)

    async def webhook(request: Request) -> Response:
        """Who is told; a change of the address or the secret asks for a new proof."""
        if request.method == "DELETE":
            state.webhook = None
            store.save()
        elif request.method == "PUT":
            before = state.webhook.model_dump() if state.webhook else {}
            changed = Subscription.model_validate({**before, **await request.json()})
            same = (before.get("url"), before.get("secret")) == (changed.url, changed.secret)
            changed.validated = changed.validated and same
            await courier.subscribe(changed)
        told = state.webhook.model_dump(exclude={"secret"}) if state.webhook else None
        return JSONResponse(told)

    async def deliveries(request: Request) -> Response:
        """What was told and how often it was tried; POST has all that waits tried at once."""
        if request.method == "POST":
            courier.hurry()
        return JSONResponse([one.model_dump() for one in store.deliveries.values()])

    return [
        _route("/meetings/{meeting}/recordings", recordings, "POST"),
        _route("/webhook", webhook, "GET", "PUT", "DELETE"),
        _route("/webhook/deliveries", deliveries, "GET", "POST"),
    ]


def _route(path: str, handler: Handler, *methods: str) -> Route:
    async def explained(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as problem:
            errors: Any = problem.errors(include_url=False, include_context=False)
            return JSONResponse({"errors": errors}, 400)
        except (ValueError, TypeError, OSError) as problem:
            return JSONResponse({"errors": [str(problem)]}, 400)

    return Route(f"/_control{path}", explained, methods=list(methods))
