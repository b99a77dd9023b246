"""Form mode: fills in the application's own form, as a browser would."""

from __future__ import annotations

import httpx

from cc_run.archive.mipp.browser import Browser
from cc_run.archive.mipp.entering import Entered, Filing, refused
from cc_run.archive.mipp.listing import find_entry
from cc_run.settings.models import Mipp


class FormDesk:
    """The application's form and its listing.

    Args:
        mipp: The application's forms and addresses.
        client: Keeps the cookies; follows redirects.
        listing: The address of the listing's first page.
        marks: By which the event's row is known.
    """

    def __init__(
        self, mipp: Mipp, client: httpx.Client, listing: str, marks: tuple[str, ...]
    ) -> None:
        self._mipp, self._listing, self._marks = mipp, listing, marks
        self._browser = Browser(mipp, client)

    def find(self) -> Entered | None:
        """The event's entry in the listing."""
        url = find_entry(self._browser, self._listing, self._mipp.listing_row, self._marks)
        return None if url is None else Entered(url, _number(url))

    def enter(self, filing: Filing) -> bool:
        """Sends the form once; False when the session had ended, so that nothing has happened."""
        browser, entry = self._browser, self._mipp.entry
        page = browser.page(entry.page)
        answer = browser.submit(page, entry, filing.fields, filing.files)
        if browser.is_expired(answer):
            browser.log_in()
            return False
        if browser.asks_for_login(answer):
            return False
        # The application redirects after success and after failure alike.
        if answer.status < httpx.codes.BAD_REQUEST and answer.shows(entry.success):
            return True
        raise refused(browser.messages(answer))


def _number(url: str) -> str | None:
    """The entry's number: the last part of its address, when it is one."""
    last = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return last if last.isdecimal() else None
