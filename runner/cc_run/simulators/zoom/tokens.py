"""Server-to-Server OAuth: one token at a time, each new one killing the last."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .records import Token
from .replies import ZoomError
from .state import Store

LIFETIME = timedelta(hours=1)
GRANT = "account_credentials"


@dataclass(frozen=True)
class Credentials:
    """What the app was given when it was registered."""

    client_id: str
    client_secret: str
    account_id: str


async def grant_token(
    request: Request, store: Store, credentials: Credentials, api_url: str
) -> Response:
    """The reply to `POST /oauth/token`."""
    form = await request.form()
    asked = {**request.query_params, **form}
    if not _is_client(request.headers.get("authorization", ""), credentials):
        return _refusal("Invalid client_id or client_secret", "invalid_client")
    if "grant_type" not in asked:
        return _refusal("Missing grant type", "invalid_request")
    if asked["grant_type"] != GRANT:
        return _refusal("unsupported grant type", "unsupported_grant_type")
    if asked.get("account_id") != credentials.account_id:
        return _refusal("Bad Request", "invalid_request")
    value = f"sim.{secrets.token_urlsafe(48)}"
    scopes = store.state.switches.scopes
    store.state.token = Token(
        digest=_digest(value), scopes=list(scopes), expires_at=store.now() + LIFETIME
    )
    store.save()
    return JSONResponse(
        {
            "access_token": value,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()) - 1,
            "scope": " ".join(scopes),
            "api_url": api_url,
        }
    )


def check_token(request: Request, store: Store, scope: str, classic: str) -> None:
    """Let a request pass that holds the valid token with a fitting scope.

    Args:
        request: the API request.
        store: the account.
        scope: the granular scope, without `:admin`.
        classic: the older scope that covers the same, without `:admin`.

    Raises:
        ZoomError: 401/124 for the token, 400/4711 for the scope.
    """
    word, _, value = request.headers.get("authorization", "").partition(" ")
    token = store.state.token
    if token is None or word.lower() != "bearer" or _digest(value) != token.digest:
        raise ZoomError(401, 124, "Invalid access token.")
    if store.now() >= token.expires_at:
        raise ZoomError(401, 124, "Access token is expired.")
    enough = {scope, f"{scope}:admin", classic, f"{classic}:admin"}
    if enough.isdisjoint(token.scopes):
        raise ZoomError(
            400,
            store.state.switches.scope_code,
            f"Invalid access token, does not contain scopes:[{scope}, {scope}:admin].",
        )


def _is_client(header: str, credentials: Credentials) -> bool:
    word, _, encoded = header.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except ValueError:
        return False
    wanted = f"{credentials.client_id}:{credentials.client_secret}".encode()
    return word.lower() == "basic" and hmac.compare_digest(given, wanted)


def _refusal(reason: str, error: str) -> Response:
    return JSONResponse({"reason": reason, "error": error}, 400)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
