"""Looks for an entry in the application's listing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

from cc_run.archive.mipp.browser import Browser, Page
from cc_run.archive.mipp.page import Element, select
from cc_run.errors import SettingsFault
from cc_run.language import _

MOST_PAGES: Final = 20


def find_entry(browser: Browser, address: str, row: str, marks: Sequence[str]) -> str | None:
    """The address of the entry whose row holds every mark; None when there is none.

    Follows the listing's ``rel="next"`` links, 20 pages at most.

    Args:
        browser: Logs in when it must.
        address: The listing's first page.
        row: A selector for one entry's row.
        marks: Texts; upper and lower case and white space do not matter.

    Raises:
        SettingsFault: the selector matches nothing at all, so absence would prove nothing.
    """
    seen: set[str] = set()
    next_address: str | None = address
    while next_address and next_address not in seen and len(seen) < MOST_PAGES:
        seen.add(next_address)
        page = browser.page(next_address)
        rows = select(page.root, row)
        if not rows and len(seen) == 1:
            raise SettingsFault(
                _("MIPP's listing %(url)s has no row that %(selector)s matches.")
                % {"url": page.url, "selector": row},
                _("Correct mipp_listing and mipp_listing_row in the inventory."),
            )
        for one in rows:
            if holds_all(one.text, marks):
                return _link(page, one)
        next_address = _next(page)
    return None


def holds_all(text: str, marks: Sequence[str]) -> bool:
    """Whether a row's text holds every mark as a whole."""
    return all(_holds(text, mark) for mark in marks)


def _holds(text: str, mark: str) -> bool:
    # As a whole: VC-0042 is not in VC-00421.
    wanted = re.escape(" ".join(mark.split()).casefold())
    return bool(re.search(rf"(?<!\w){wanted}(?!\w)", " ".join(text.split()).casefold()))


def _link(page: Page, row: Element) -> str:
    for anchor in select(row, "a[href]"):
        address = urljoin(page.url, anchor.attributes["href"])
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.path != urlsplit(page.url).path:
            return address
    return page.url


def _next(page: Page) -> str | None:
    for anchor in select(page.root, "a[rel=next]"):
        address = urljoin(page.url, anchor.attributes.get("href", ""))
        if urlsplit(address).netloc == urlsplit(page.url).netloc:
            return address
    return None
