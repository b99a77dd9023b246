"""Bearer mode: the application's interface for programs, with a token in each request's head."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx

from cc_run.archive.mipp.activity import filled_in
from cc_run.archive.mipp.entering import Entered, Filing, refused, session_does_not_last
from cc_run.archive.mipp.listing import MOST_PAGES, holds_all
from cc_run.archive.mipp.requesting import raise_for, request, whole_url
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Mipp
from cc_run.times import format_span

# As long as we wait in all when we are asked to come later, and the first wait of our own.
_PATIENCE: Final = 60.0
_FIRST_WAIT: Final = 1.0


class ApiDesk:
    """The interface's addresses for making and listing entries.

    Args:
        mipp: The application's addresses and the places in its answers.
        client: Follows redirects.
        marks: By which the event's row is known.
    """

    def __init__(self, mipp: Mipp, client: httpx.Client, marks: tuple[str, ...]) -> None:
        self._mipp, self._client, self._marks = mipp, client, marks
        self._token = mipp.token.get_secret_value()

    def find(self) -> Entered | None:
        """The event's entry in the listing; 20 pages of it at most."""
        address: str | None = self._url(self._mipp.api.listing)
        seen: set[str] = set()
        while address and address not in seen and len(seen) < MOST_PAGES:
            seen.add(address)
            page = self._answer("GET", address)
            rows = _at(page, self._mipp.api.rows)
            if not isinstance(rows, list):
                raise SettingsFault(
                    _("MIPP's listing %(url)s has no rows at «%(place)s».")
                    % {"url": address, "place": self._mipp.api.rows},
                    _("Correct mipp_api.listing and mipp_api.rows in the inventory."),
                )
            for row in rows:
                if holds_all(" ".join(_texts(row)), self._marks):
                    return self._entered(row, address)
            following = _at(page, self._mipp.api.next)
            address = self._same_host(address, following) if following else None
        return None

    def enter(self, filing: Filing) -> bool:
        """Sends the entry once; False when the token had expired, so that nothing has happened."""
        reply = self._send("POST", self._url(self._mipp.api.entry), filing)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            self._log_in()
            return False
        taken = reply.is_success and re.search(self._mipp.entry.success, _words(reply))
        if not taken:
            raise refused(self._messages(reply))
        return True

    def _entered(self, row: Any, listing: str) -> Entered:
        number = _at(row, self._mipp.api.number)
        address = _at(row, self._mipp.api.address) if self._mipp.api.address else None
        if not address and number is not None:
            address = f"{self._url(self._mipp.api.entry).rstrip('/')}/{number}"
        return Entered(
            urljoin(listing, str(address or "")), None if number is None else str(number)
        )

    def _answer(self, method: str, url: str) -> Any:
        """A readable answer; logs in, once, where the token is missing or has expired."""
        reply = self._send(method, url)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            self._log_in()
            reply = self._send(method, url)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            raise session_does_not_last()
        raise_for(reply.status_code, str(reply.url), "mipp_api")
        return _json(reply)

    def _log_in(self) -> None:
        """A token for the login; there is only the inventory's where MIPP gives none."""
        if not self._mipp.api.login:
            raise SettingsFault(
                _("MIPP does not accept the token."), _("Correct mipp_token in the vault.")
            )
        password = self._mipp.password.get_secret_value()
        values = filled_in(
            self._mipp.login.fields,
            {"username": self._mipp.username, "password": password},
            variable="mipp_login.fields",
        )
        reply = self._patiently(
            lambda: request(
                self._client, self._mipp, "POST", self._url(self._mipp.api.login), json=values
            )
        )
        raise_for(reply.status_code, str(reply.url), "mipp_api.login", known=(401, 403, 422))
        token = _at(_json(reply), self._mipp.api.token) if reply.is_success else None
        if not isinstance(token, str) or not token:
            said = self._messages(reply).replace(password, "•••")
            raise SettingsFault(
                _("MIPP did not accept the login of %(user)s: %(answer)s")
                % {"user": self._mipp.username, "answer": said or "–"},
                _("Correct mipp_username and mipp_password in the inventory's vault."),
            )
        self._token = token

    def _send(self, method: str, url: str, filing: Filing | None = None) -> httpx.Response:
        def send() -> httpx.Response:
            headers = {"Accept": "application/json"}
            if self._token:
                headers["Authorization"] = f"Bearer {self._token}"
            if filing is None:
                return request(self._client, self._mipp, method, url, headers=headers)
            with ExitStack() as opened:
                parts = [
                    (name, (path.name, opened.enter_context(path.open("rb"))))
                    for name, path in filing.files
                ]
                return request(
                    self._client,
                    self._mipp,
                    method,
                    url,
                    data=dict(filing.fields),
                    files=parts or None,
                    headers=headers,
                )

        reply = self._patiently(send)
        known = (*_SAID, httpx.codes.UNAUTHORIZED) if filing else (httpx.codes.UNAUTHORIZED,)
        raise_for(reply.status_code, str(reply.url), "mipp_api", known=known)
        return reply

    def _patiently(self, send: Any) -> httpx.Response:
        """Sends again after the time that MIPP asks for (429), up to a minute in all."""
        waited, wait = 0.0, _FIRST_WAIT
        while True:
            reply: httpx.Response = send()
            if reply.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return reply
            wished = reply.headers.get("retry-after", "")
            pause = float(wished) if wished.isdecimal() else wait
            if waited + pause > _PATIENCE:
                raise OutsideFailure(
                    _("MIPP asks to come again in %(span)s.")
                    % {"span": format_span(timedelta(seconds=pause))},
                    _("Run it again later; nothing is entered twice."),
                )
            time.sleep(pause)
            waited, wait = waited + pause, wait * 2

    def _messages(self, reply: httpx.Response) -> str:
        """What the answer complains of: its message, and what it says of single fields."""
        try:
            content = reply.json()
        except ValueError:
            return ""
        said = [str(_at(content, self._mipp.api.message) or "")]
        errors = _at(content, self._mipp.api.errors)
        said += _texts(errors) if isinstance(errors, Mapping | list) else []
        return " ".join(dict.fromkeys(text for text in said if text))

    def _url(self, address: str) -> str:
        return whole_url(self._mipp, address)

    def _same_host(self, page: str, following: Any) -> str | None:
        # The token goes to no other host, whatever the listing says.
        address = urljoin(page, str(following))
        return address if urlsplit(address).netloc == urlsplit(page).netloc else None


_SAID: Final = (
    httpx.codes.BAD_REQUEST,
    httpx.codes.CONFLICT,
    httpx.codes.UNSUPPORTED_MEDIA_TYPE,
    httpx.codes.UNPROCESSABLE_ENTITY,
)


def _at(content: Any, place: str) -> Any:
    """What stands at a dotted path; None where there is no such place."""
    for name in filter(None, place.split(".")):
        content = content.get(name) if isinstance(content, Mapping) else None
    return content


def _texts(content: Any) -> Iterator[str]:
    """Every text and number inside, in order."""
    if isinstance(content, Mapping):
        content = list(content.values())
    if isinstance(content, list):
        for one in content:
            yield from _texts(one)
    elif content is not None and not isinstance(content, bool):
        yield str(content)


def _words(reply: httpx.Response) -> str:
    """The answer as a pattern is looked for in it: its texts, else as it came."""
    try:
        return " ".join(_texts(reply.json()))
    except ValueError:
        return reply.text


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError as error:
        raise SettingsFault(
            _("%(url)s gives a page for people, not for programs.") % {"url": reply.url},
            _("Correct the addresses in mipp_api, or set mipp_mode to form."),
        ) from error
