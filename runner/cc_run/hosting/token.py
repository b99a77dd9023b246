"""One Zoom access token for all processes: a cached file under a lock.

A new Server-to-Server token kills the one before, so processes must share one and may renew it
only one at a time. The file is readable by its owner alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Zoom
from cc_run.times import now

_MARGIN_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Token:
    """What Zoom's token endpoint gave: the secret, its end (epoch seconds), scopes, API address.

    ``app`` is a digest of the credentials that it was given for.
    """

    access_token: str
    expires_at: float
    scope: str
    api_url: str
    app: str

    def serves(self, app: str) -> bool:
        """Whether it is this app's and still valid for a while."""
        return self.app == app and self.expires_at - _MARGIN_SECONDS > now().timestamp()

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at}, api_url={self.api_url!r})"


class TokenCache:
    """The token file and its lock."""

    def __init__(self, folder: Path, zoom: Zoom) -> None:
        self._file = folder / "zoom-token.json"
        self._lock = folder / "zoom-token.lock"
        self._zoom = zoom
        self._app = _digest(zoom)

    def get(self, client: httpx.Client, *, rejected: str | None = None) -> Token:
        """The shared token; a new one where there is none, it is old, or it was ``rejected``.

        Raises:
            SettingsFault: Zoom does not know the app.
            OutsideFailure: Zoom cannot be reached.
        """
        found = self._read()
        if found is not None and found.access_token != rejected:
            return found
        with self._locked():
            # Another process may have renewed it while this one waited for the lock.
            found = self._read()
            if found is not None and found.access_token != rejected:
                return found
            token = _request(client, self._zoom, self._app)
            self._write(token)
            return token

    def _read(self) -> Token | None:
        try:
            token = Token(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return token if token.serves(self._app) else None

    def _write(self, token: Token) -> None:
        replace_file(self._file, json.dumps(asdict(token)).encode(), mode=0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _digest(zoom: Zoom) -> str:
    """Tells one set of credentials from another, so that a corrected one is tried at once."""
    secret = zoom.client_secret.get_secret_value()
    told = json.dumps([zoom.token_url, zoom.account_id, zoom.client_id, secret])
    return hashlib.sha256(told.encode()).hexdigest()


def _request(client: httpx.Client, zoom: Zoom, app: str) -> Token:
    secret = zoom.client_secret.get_secret_value()
    if not (zoom.account_id and zoom.client_id and secret):
        raise SettingsFault(
            _("The Zoom app's credentials are not set."),
            _("Set cc_zoom_account_id, cc_zoom_client_id and cc_zoom_client_secret (vault)."),
        )
    try:
        reply = client.post(
            zoom.token_url,
            auth=(zoom.client_id, secret),
            data={"grant_type": "account_credentials", "account_id": zoom.account_id},
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OutsideFailure(
            _("Zoom cannot be reached at %(url)s: %(reason)s")
            % {"url": zoom.token_url, "reason": error or type(error).__name__},
            _("Check the internet connection, then run the same command again."),
        ) from error
    if reply.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
        raise SettingsFault(
            _("Zoom does not accept the app's credentials: %(reason)s")
            % {"reason": _reason(reply)},
            _("Check cc_zoom_account_id, cc_zoom_client_id and cc_zoom_client_secret."),
        )
    if not reply.is_success:
        raise OutsideFailure(
            _("Zoom gave no access token (HTTP %(status)s).") % {"status": reply.status_code},
            _("Run the same command again in a few minutes."),
        )
    try:
        body = reply.json()
        return Token(
            access_token=str(body["access_token"]),
            expires_at=now().timestamp() + float(body["expires_in"]),
            scope=str(body.get("scope", "")),
            api_url=str(body.get("api_url", "https://api.zoom.us")),
            app=app,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OutsideFailure(
            _("%(url)s did not answer as Zoom does.") % {"url": zoom.token_url},
            _("Check cc_zoom_token_url, and whether the network asks for a login first."),
        ) from error


def _reason(reply: httpx.Response) -> str:
    try:
        body = reply.json()
    except ValueError:
        return f"HTTP {reply.status_code}"
    return str(body.get("reason") or body.get("error") or reply.status_code)
