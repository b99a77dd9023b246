"""The simulator's own endpoints, for tests and rehearsals; they need no login."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .records import Fault
from .state import Store

_FAULTS = TypeAdapter(list[Fault])


def control_routes(store: Store) -> list[Route]:
    """The routes under `/_control`."""

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                store.state.faults = _FAULTS.validate_json(await request.body())
            except ValidationError as problem:
                return JSONResponse({"errors": problem.errors(include_url=False)}, 400)
        elif request.method == "DELETE":
            store.state.faults = []
        if request.method != "GET":
            store.save()
        return JSONResponse([fault.model_dump() for fault in store.state.faults])

    async def requests(_request: Request) -> Response:
        return JSONResponse(list(store.requests()))

    async def whole_state(request: Request) -> Response:
        if request.method == "DELETE":
            store.forget()
        entries = [entry.model_dump(mode="json") for entry in store.state.entries]
        return JSONResponse({"entries": entries, "sessions": len(store.state.sessions)})

    return [
        Route("/_control/faults", faults, methods=["GET", "PUT", "DELETE"]),
        Route("/_control/requests", requests),
        Route("/_control/state", whole_state, methods=["GET", "DELETE"]),
    ]
