"""Goes through the web application as a browser would: pages, forms and tokens, the login."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from cc_run.archive.mipp.activity import filled_in
from cc_run.archive.mipp.entering import session_does_not_last
from cc_run.archive.mipp.page import Element, parse, select
from cc_run.archive.mipp.requesting import raise_for, request, whole_url
from cc_run.errors import SettingsFault
from cc_run.language import _
from cc_run.settings.models import Mipp, MippForm

EXPIRED: Final = 419
_FORBIDDEN: Final = 403
_INVALID: Final = 422
_ADDRESSES: Final = "mipp_login, mipp_entry, mipp_listing"
_Files = Sequence[tuple[str, Path]]


@dataclass(frozen=True)
class Page:
    """A page after all redirects."""

    url: str
    status: int
    html: str
    root: Element

    def shows(self, pattern: str) -> bool:
        """Whether the pattern is in what a reader sees, or else in the markup."""
        return bool(re.search(pattern, self.root.text) or re.search(pattern, self.html))


class Browser:
    """One person's visit.

    Args:
        settings: Addresses, forms and the login.
        client: Keeps the cookies; follows redirects.
    """

    def __init__(self, settings: Mipp, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client

    def page(self, address: str) -> Page:
        """A page for people who are logged in; logs in first when the application asks for it.

        Raises:
            OutsideFailure: MIPP cannot be reached, is broken, or keeps asking for the login.
            SettingsFault: no such page, or the login is wrong.
        """
        found = self._get(address)
        if self.asks_for_login(found):
            self.log_in()
            found = self._get(address)
        if self.asks_for_login(found):
            raise session_does_not_last()
        return found

    def log_in(self) -> None:
        """Begins a new session, with a login form of its own."""
        login = self._settings.login
        password = self._settings.password.get_secret_value()
        values = filled_in(
            login.fields,
            {"username": self._settings.username, "password": password},
            variable="mipp_login.fields",
        )
        self._client.cookies.clear()
        answer = self.submit(self._get(login.page), login, values)
        if self.is_expired(answer):
            raise session_does_not_last()
        welcome = answer.shows(login.success) if login.success else True
        if answer.status == _INVALID or self.asks_for_login(answer) or not welcome:
            raise SettingsFault(
                _("MIPP did not accept the login of %(user)s: %(answer)s")
                % {"user": self._settings.username, "answer": self.messages(answer) or "–"},
                _("Correct mipp_username and mipp_password in the inventory's vault."),
            )

    def submit(
        self, page: Page, form: MippForm, values: Mapping[str, str], files: _Files = ()
    ) -> Page:
        """Fills in and sends the page's form, with the token that this very page holds.

        Returns:
            The page that follows; ``is_expired`` tells whether the token was too old.

        Raises:
            OutsideFailure: no answer came: whether the form arrived is not known.
            Refusal: what was sent is too large.
            SettingsFault: the page has no such form or token.
        """
        names = {*values, *(name for name, _path in files)}
        target, hidden, headers = self._form(page, names)
        with ExitStack() as opened:
            parts = [
                (name, (path.name, opened.enter_context(path.open("rb")))) for name, path in files
            ]
            return self._request(
                "POST", target, data={**hidden, **values}, files=parts or None, headers=headers
            )

    def asks_for_login(self, page: Page) -> bool:
        """Whether the application led to its login page."""
        return (
            urlsplit(page.url).path
            == urlsplit(whole_url(self._settings, self._settings.login.page)).path
        )

    def is_expired(self, page: Page) -> bool:
        """Whether the application took the session or the form's token for too old.

        Laravel answers 419; CodeIgniter 403, or leads back to the form and says so there.
        """
        if page.status in (EXPIRED, _FORBIDDEN):
            return True
        expired = self._settings.expired
        return bool(expired and re.search(expired, self.messages(page)))

    def messages(self, page: Page) -> str:
        """What the application complains of, without the password should it repeat it."""
        found = [element.text for element in select(page.root, self._settings.message_selector)]
        said = " ".join(dict.fromkeys(text for text in found if text))
        password = self._settings.password.get_secret_value()
        return said.replace(password, "•••") if password else said

    def _form(self, page: Page, names: set[str]) -> tuple[str, dict[str, str], dict[str, str]]:
        """The address, hidden fields and headers with which the page's form is sent."""
        selector = self._settings.token_selector
        form = max(
            select(page.root, "form"), key=lambda one: len(names & _inputs(one)), default=None
        )
        if form is None or not names & _inputs(form):
            raise SettingsFault(
                _("The page %(url)s has no form with these fields: %(names)s.")
                % {"url": page.url, "names": ", ".join(sorted(names))},
                _("Compare mipp_login and mipp_entry in the inventory with MIPP's own pages."),
            )
        headers = {"Referer": page.url}
        if selector:
            tokens = select(form, selector) or select(page.root, selector)
            if not tokens:
                raise SettingsFault(
                    _("The page %(url)s has no token that %(selector)s matches.")
                    % {"url": page.url, "selector": selector},
                    _("Correct mipp_token_selector in the inventory."),
                )
            if tokens[0].tag == "meta":
                headers["X-CSRF-TOKEN"] = tokens[0].attributes.get("content", "")
        target = urljoin(page.url, form.attributes.get("action", ""))
        if urlsplit(target).netloc != urlsplit(page.url).netloc:
            raise SettingsFault(
                _("The form on %(url)s would send to another host: %(target)s.")
                % {"url": page.url, "target": target},
                _("Correct mipp_url in the inventory, or ask who runs MIPP."),
            )
        hidden = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in select(form, "input[type=hidden][name]")
        }
        return target, hidden, headers

    def _get(self, address: str) -> Page:
        return self._request("GET", whole_url(self._settings, address))

    def _request(self, method: str, url: str, **content: object) -> Page:
        reply = request(self._client, self._settings, method, url, **content)
        page = Page(str(reply.url), reply.status_code, reply.text, parse(reply.text))
        known = (EXPIRED, _INVALID, _FORBIDDEN) if method == "POST" else (EXPIRED, _INVALID)
        raise_for(page.status, page.url, _ADDRESSES, known=known)
        return page


def _inputs(form: Element) -> set[str]:
    found = select(form, "input[name], select[name], textarea[name]")
    return {element.attributes["name"] for element in found}
