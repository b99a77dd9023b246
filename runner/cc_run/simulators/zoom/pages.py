"""The pages behind a meeting's two links: the host's, which starts it, and the guests'."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from .meetings import find, start
from .replies import ZoomError
from .seal import unseal
from .state import Store


def start_page(store: Store, request: Request) -> Response:
    """`GET /s/{id}?zak=…`: starts the meeting; 410 when the link is stale.

    A host runs one meeting at a time: while another one runs, this one stays as it is.
    """
    key = request.path_params["meeting"]
    zak = request.query_params.get("zak", "")
    try:
        meeting = find(store, key)
    except ZoomError:
        return _page("This meeting does not exist", 404)
    if unseal(store.state.signing_key, "zak", zak, store.now()) != str(meeting.id):
        return _page("This link has expired", 410)
    if request.method == "HEAD":
        return _page(meeting.topic)
    other = start(store, meeting)
    if other:
        return _page(f"You have a meeting in progress: {other.topic}. End it to start this one")
    return _page(f"{meeting.topic} has started")


def join_page(store: Store, request: Request) -> Response:
    """`GET /j/{id}?pwd=…`: 404 when there is no such meeting, 403 for another passcode."""
    try:
        meeting = find(store, request.path_params["meeting"])
    except ZoomError:
        return _page("This meeting does not exist", 404)
    if request.query_params.get("pwd", "") != meeting.encrypted_password:
        return _page("Enter the meeting passcode", 403)
    if not meeting.started_at:
        return _page(f"{meeting.topic}: waiting for the host")
    return _page(f"{meeting.topic} is in progress")


def _page(sentence: str, status: int = 200) -> Response:
    text = escape(sentence)
    return HTMLResponse(f"<!doctype html><title>{text}</title><p>{text}.</p>", status)
