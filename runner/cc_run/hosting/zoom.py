"""Zoom's Meetings API, as much of it as step 3 needs; Zoom's errors in an operator's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.hosting.scopes import missing
from cc_run.hosting.token import TokenCache
from cc_run.language import _

_PAGE: Final = 100
_SCOPES_MISSING: Final = (4711, 104)


class UnclearOutcome(OutsideFailure):
    """The request was sent, but no reply came: Zoom may or may not have acted."""


class UnknownHost(SettingsFault):
    """The account has no such user (1001)."""


class ZoomClient:
    """A connection to Zoom; one renewal of the token when Zoom refuses it."""

    def __init__(self, tokens: TokenCache, timeout: float) -> None:
        self._tokens = tokens
        self._http = httpx.Client(timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def scopes(self) -> set[str]:
        """The scopes that the app holds.

        A token keeps those of its first day, so that a lack is asked about with a new one.
        """
        token = self._tokens.get(self._http)
        if missing(token.scope.split()):
            token = self._tokens.get(self._http, rejected=token.access_token)
        return set(token.scope.split())

    def user(self, email: str) -> dict[str, Any]:
        """A host's account: ``type`` 1 is basic, 2 licensed."""
        return self._call("GET", f"/users/{email}")

    def create(self, host: str, meeting: Mapping[str, Any]) -> dict[str, Any]:
        """Makes a meeting of that host."""
        return self._call("POST", f"/users/{host}/meetings", json=dict(meeting))

    def read(self, meeting_id: int) -> dict[str, Any]:
        """The meeting as Zoom has it."""
        return self._call("GET", f"/meetings/{meeting_id}")

    def update(self, meeting_id: int, changes: Mapping[str, Any]) -> None:
        """Changes some fields of a meeting."""
        self._call("PATCH", f"/meetings/{meeting_id}", json=dict(changes))

    def delete(self, meeting_id: int) -> bool:
        """Cancels a meeting; False where Zoom had none of that number."""
        try:
            self._call("DELETE", f"/meetings/{meeting_id}")
        except MeetingGone:
            return False
        return True

    def scheduled(self, host: str) -> Iterator[dict[str, Any]]:
        """The host's scheduled meetings (their agenda is cut at 250 characters)."""
        yield from self._pages(f"/users/{host}/meetings", "meetings", {"type": "scheduled"})

    def participants(self, meeting_id: int) -> Iterator[dict[str, Any]]:
        """Each stay of each participant of the meeting that was held last."""
        yield from self._pages(f"/report/meetings/{meeting_id}/participants", "participants", {})

    def _pages(self, path: str, rows: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = ""
        while True:
            paging = {"page_size": _PAGE, "next_page_token": page}
            reply = self._call("GET", path, params={**query, **paging})
            yield from reply.get(rows, [])
            page = reply.get("next_page_token", "")
            if not page:
                return

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        token = self._tokens.get(self._http)
        reply = self._send(method, token.api_url + "/v2" + path, token.access_token, request)
        if reply.status_code == httpx.codes.UNAUTHORIZED or _code(reply) in _SCOPES_MISSING:
            token = self._tokens.get(self._http, rejected=token.access_token)
            reply = self._send(method, token.api_url + "/v2" + path, token.access_token, request)
        if not reply.is_success:
            raise _refused(reply, path)
        try:
            body = reply.json() if reply.content else {}
        except ValueError as error:
            raise UnclearOutcome(
                _("Zoom's reply was cut short."), _("Run the same command again.")
            ) from error
        return dict(body)

    def _send(
        self, method: str, url: str, token: str, request: Mapping[str, Any]
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            return self._http.request(method, url, headers=headers, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise OutsideFailure(
                _("Zoom cannot be reached: %(reason)s") % {"reason": error},
                _("Check the internet connection, then run the same command again."),
            ) from error
        except httpx.HTTPError as error:
            raise UnclearOutcome(
                _("Zoom did not answer: %(reason)s")
                % {"reason": str(error) or type(error).__name__},
                _("Run the same command again; nothing will be made twice."),
            ) from error


class MeetingGone(Refusal):
    """Zoom has no such meeting (3001)."""


def _refused(reply: httpx.Response, path: str) -> CcRunError:
    body = _body(reply)
    code, said = body.get("code"), str(body.get("message", "")) or f"HTTP {reply.status_code}"
    if code in _SCOPES_MISSING:
        return SettingsFault(
            _("The Zoom app may not do this: %(reason)s") % {"reason": said},
            _("Add the missing scope to the app in Zoom's Marketplace."),
        )
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return _limited(reply, said)
    if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnclearOutcome(
            _("Zoom has a fault of its own (HTTP %(status)s).") % {"status": reply.status_code},
            _("Run the same command again in a few minutes."),
        )
    return _unknown(reply.status_code, code, said, path) or Refusal(
        _("Zoom refused: %(reason)s") % {"reason": f"{said} {_details(body)}".strip()},
        _("Correct what Zoom names, then run the same command again."),
    )


def _unknown(status: int, code: int | None, said: str, path: str) -> CcRunError | None:
    """What Zoom does not know: the meeting, the host, or the app itself."""
    match status, code:
        case httpx.codes.NOT_FOUND, 3001:
            return MeetingGone(
                _("Zoom has no such meeting any more."), _("Make it again: cc-run host create")
            )
        case httpx.codes.NOT_FOUND, 1001:
            return UnknownHost(
                _("Zoom knows no host %(host)s.") % {"host": path.split("/")[2]},
                _("Check cc_zoom_hosts against the users of the Zoom account."),
            )
        case httpx.codes.UNAUTHORIZED, _:
            return SettingsFault(
                _("Zoom refuses the app's token: %(reason)s") % {"reason": said},
                _("Check that the app is activated in Zoom's Marketplace."),
            )
    return None


def _details(body: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{item.get('field')}: {item.get('message')}" for item in body.get("errors", [])
    )


def _body(reply: httpx.Response) -> dict[str, Any]:
    """What Zoom says of an error; nothing where a proxy answered in its place."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _code(reply: httpx.Response) -> Any:
    return None if reply.is_success else _body(reply).get("code")


def _limited(reply: httpx.Response, said: str) -> CcRunError:
    kind = reply.headers.get("X-RateLimit-Type", "")
    if "daily" in f"{kind} {said}".lower():
        return Refusal(
            _("Zoom's limit of 100 meetings made or changed per host and day is used up."),
            _("It begins anew at 07.00 WIB (00:00 UTC)."),
        )
    return OutsideFailure(
        _("Zoom asks to slow down (%(reason)s).") % {"reason": said},
        _("Run the same command again in a minute."),
    )
