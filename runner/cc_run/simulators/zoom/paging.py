"""Long replies in pages, followed by a token or by number."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request

from .replies import invalid
from .seal import seal, unseal
from .state import Store

TOKEN_LIFETIME = timedelta(minutes=15)
USUAL_PAGE = 30
LARGEST_PAGE = 300


def page_of(store: Store, request: Request, rows: list[object], name: str) -> dict[str, object]:
    """One page of rows under a name, with what leads to the next.

    Raises:
        ZoomError: 400/300 for a bad size, number or token.
    """
    size = _whole_number(request, "page_size", USUAL_PAGE, LARGEST_PAGE)
    first = (_whole_number(request, "page_number", 1, 10**6) - 1) * size
    key, purpose = store.state.signing_key, f"page {request.url.path}"
    token = request.query_params.get("next_page_token")
    if token:
        text = unseal(key, purpose, token, store.now())
        if text is None:
            raise invalid(("next_page_token", "The next page token is invalid or expired."))
        first = int(text)
    following = first + size
    next_token = ""
    if following < len(rows):
        next_token = seal(key, purpose, str(following), store.now() + TOKEN_LIFETIME)
    return {
        "page_count": -(-len(rows) // size),
        "page_number": first // size + 1,
        "page_size": size,
        "total_records": len(rows),
        "next_page_token": next_token,
        name: rows[first:following],
    }


def _whole_number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid((name, f"Invalid field; a whole number from 1 to {most}."))
    return int(text)
