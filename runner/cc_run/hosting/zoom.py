"""Zoom's Meetings API, as much of it as step 3 needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from cc_run.errors import OutsideFailure
from cc_run.hosting.pace import PATIENCE, is_too_fast, is_used_up, next_day, pause
from cc_run.hosting.quota import Quotas
from cc_run.hosting.refusals import (
    SCOPES_MISSING,
    DailyLimit,
    MeetingGone,
    UnclearOutcome,
    code_of,
    refused,
)
from cc_run.hosting.scopes import missing
from cc_run.hosting.token import TokenCache
from cc_run.language import _
from cc_run.times import format_moment, now

_PAGE: Final = 300
_READINGS: Final = 3
"""How often a reading is tried in all when Zoom stumbles; nothing can happen twice by it."""


class ZoomClient:
    """A connection to Zoom; one renewal of the token when Zoom refuses it.

    Args:
        tokens: The token that all processes share.
        quotas: Where made and changed meetings are counted.
        timeout: Seconds that Zoom may take to answer.
        zone: The room's, for what is said about the daily limit.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        tokens: TokenCache,
        quotas: Quotas,
        *,
        timeout: float,
        zone: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tokens = tokens
        self._quotas = quotas
        self._zone = zone
        self._sleep = sleep
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

    def user_settings(self, email: str) -> dict[str, Any]:
        """A host's settings: its capacity, the account's rule for passcodes."""
        return self._call("GET", f"/users/{email}/settings")

    def clock_ahead(self, email: str) -> float | None:
        """Seconds that this machine's clock is ahead of Zoom's; None where Zoom tells no time.

        Zoom tells whole seconds, and the reply takes some time: a second is no difference.
        """
        before = now()
        reply = self._granted("GET", f"/users/{email}", {})
        middle = before + (now() - before) / 2
        try:
            told = parsedate_to_datetime(reply.headers["Date"])
        except (KeyError, ValueError):
            return None
        return (middle - told).total_seconds()

    def create(self, host: str, meeting: Mapping[str, Any]) -> dict[str, Any]:
        """Makes a meeting of that host."""
        return self._write(host, "POST", f"/users/{host}/meetings", meeting)

    def read(self, meeting_id: int) -> dict[str, Any]:
        """The meeting as Zoom has it."""
        return self._call("GET", f"/meetings/{meeting_id}")

    def update(self, host: str, meeting_id: int, changes: Mapping[str, Any]) -> None:
        """Changes some fields of a host's meeting."""
        self._write(host, "PATCH", f"/meetings/{meeting_id}", changes)

    def delete(self, meeting_id: int) -> bool:
        """Cancels a meeting; False where Zoom had none of that number."""
        try:
            self._call("DELETE", f"/meetings/{meeting_id}")
        except MeetingGone:
            return False
        return True

    def withdraw(self, meeting_id: int) -> None:
        """Takes away a meeting that nobody was told of, without Zoom's mail to its host."""
        try:
            self._call(
                "DELETE", f"/meetings/{meeting_id}", params={"schedule_for_reminder": "false"}
            )
        except MeetingGone:
            return

    def scheduled(
        self, host: str, since: date | None = None, until: date | None = None
    ) -> Iterator[dict[str, Any]]:
        """The host's scheduled meetings (their agenda is cut at 250 characters), page by page.

        ``since`` and ``until`` are UTC days, both included.
        """
        query: dict[str, Any] = {"type": "scheduled"}
        if since and until:
            query |= {"from": since.isoformat(), "to": until.isoformat(), "timezone": "UTC"}
        yield from self._pages(f"/users/{host}/meetings", "meetings", query)

    def participants(self, meeting: str) -> Iterator[dict[str, Any]]:
        """Each stay of each participant of a run, or by the meeting's number of the last one."""
        path = f"/report/meetings/{_named(meeting)}/participants"
        yield from self._pages(path, "participants", {})

    def recordings(self, meeting: str) -> dict[str, Any]:
        """The cloud recordings of a run, or by the meeting's number of the last one."""
        return self._call("GET", f"/meetings/{_named(meeting)}/recordings")

    def _pages(self, path: str, rows: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = ""
        while True:
            paging = {"page_size": _PAGE, "next_page_token": page}
            reply = self._call("GET", path, params={**query, **paging})
            yield from reply.get(rows, [])
            page = reply.get("next_page_token", "")
            if not page:
                return

    def _write(self, host: str, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A request that counts against the host's daily limit, which is never tried again."""
        self._quotas.count(host)
        reply = self._granted(method, path, {"json": dict(body)})
        self._quotas.learn(host, reply.headers)
        if is_used_up(reply):
            self._quotas.spend(host)
            raise self._used_up(host, next_day(reply, now()))
        return _body(reply, path)

    def _used_up(self, host: str, anew: datetime) -> DailyLimit:
        quota = self._quotas.of(host)
        return DailyLimit(
            _(
                "Zoom makes and changes no more meetings of %(host)s today: %(left)d of "
                "%(allowed)d are left."
            )
            % {"host": host, "left": quota.left, "allowed": quota.allowed},
            _("They begin anew on %(moment)s; run the same command again then.")
            % {"moment": format_moment(anew, self._zone)},
        )

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return _body(self._granted(method, path, request), path)

    def _granted(self, method: str, path: str, request: Mapping[str, Any]) -> httpx.Response:
        """The reply with the shared token, which is renewed once where Zoom refuses it."""
        token = self._tokens.get(self._http)
        reply = self._patiently(method, token.api_url + "/v2" + path, token.access_token, request)
        if reply.status_code == httpx.codes.UNAUTHORIZED or code_of(reply) in SCOPES_MISSING:
            token = self._tokens.get(self._http, rejected=token.access_token)
            reply = self._patiently(
                method, token.api_url + "/v2" + path, token.access_token, request
            )
        return reply

    def _patiently(
        self, method: str, url: str, token: str, request: Mapping[str, Any]
    ) -> httpx.Response:
        """Waits where Zoom asks to slow down; repeats a reading over which Zoom stumbled."""
        readings = _READINGS if method == "GET" else 1
        for attempt in range(PATIENCE - 1):
            again = attempt + 1 < readings
            try:
                reply = self._send(method, url, token, request)
            except UnclearOutcome as error:
                if not again or isinstance(error.__cause__, httpx.TimeoutException):
                    raise
            else:
                stumbled = again and reply.is_server_error
                if not stumbled and not is_too_fast(reply):
                    return reply
            self._sleep(pause(attempt))
        return self._send(method, url, token, request)

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


def _named(meeting: str) -> str:
    """A run's name in an address: Zoom wants it encoded twice where it has a slash."""
    once = quote(meeting, safe="")
    return quote(once, safe="") if "/" in meeting else once


def _body(reply: httpx.Response, path: str) -> dict[str, Any]:
    if not reply.is_success:
        raise refused(reply, path)
    try:
        body = reply.json() if reply.content else {}
    except ValueError as error:
        raise UnclearOutcome(
            _("Zoom's reply was cut short."), _("Run the same command again.")
        ) from error
    if not isinstance(body, dict):
        raise UnclearOutcome(_("Zoom's reply was cut short."), _("Run the same command again."))
    return body
