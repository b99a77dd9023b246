"""How Zoom says no: a status, a code of its own, a message, sometimes the fields at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ZoomError(Exception):
    """An error reply in Zoom's shape.

    Args:
        status: the HTTP status.
        code: Zoom's own number, which says more than the status.
        message: Zoom's sentence.
        fields: (field, message) pairs of a failed validation.
        headers: extra reply headers.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"code": code, "message": message}
        if fields:
            self.body["errors"] = [{"field": field, "message": text} for field, text in fields]
        self.headers = dict(headers or {})


def invalid(*fields: tuple[str, str]) -> ZoomError:
    """400/300: a body or a parameter that Zoom does not take."""
    return ZoomError(400, 300, "Validation Failed.", fields=fields)


def no_such_user(user: str) -> ZoomError:
    """404/1001."""
    return ZoomError(404, 1001, f"User does not exist: {user}.")


def no_such_meeting(meeting: str) -> ZoomError:
    """404/3001."""
    return ZoomError(404, 3001, f"Meeting does not exist: {meeting}.")


async def render_error(_request: Request, problem: Exception) -> Response:
    """The reply for a ZoomError raised anywhere below a route."""
    if not isinstance(problem, ZoomError):
        raise problem
    return JSONResponse(problem.body, problem.status, problem.headers)


async def render_unknown_route(_request: Request, _problem: Exception) -> Response:
    """The reply for a path that Zoom does not have."""
    return JSONResponse({"code": 2300, "message": "This API endpoint is not recognized."}, 404)


async def render_wrong_method(_request: Request, _problem: Exception) -> Response:
    """The reply for a known path asked with another method."""
    return JSONResponse({"code": 2301, "message": "This HTTP method is not supported."}, 405)
