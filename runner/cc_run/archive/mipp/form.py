"""Form mode: fills in the application's own form, and believes only what its listing shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from cc_run.archive.mipp.activity import Activity, filled_in
from cc_run.archive.mipp.browser import EXPIRED, Browser
from cc_run.archive.mipp.listing import find_entry
from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.progress import Report
from cc_run.settings.models import Mipp

_TRIES: Final = 2


@dataclass(frozen=True)
class Filing:
    """What is sent: the form's fields and, by the form's names, its files."""

    fields: Mapping[str, str]
    files: tuple[tuple[str, Path], ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for _name, path in self.files)


def file_by_form(
    mipp: Mipp,
    activity: Activity,
    digest: str,
    prepare: Callable[[], Filing],
    *,
    work_dir: Path,
    on_progress: Report,
) -> str:
    """Makes the entry, unless the listing shows it already.

    Args:
        mipp: The application's forms and addresses.
        activity: What is filed.
        digest: Its SHA-256.
        prepare: Makes what is sent; called only when the entry is not there yet.
        work_dir: Remembers an entry that was accepted, but not seen in the listing.
        on_progress: Hears how far it is, in bytes.

    Returns:
        The address of the entry.

    Raises:
        OutsideFailure: MIPP cannot be reached or is broken; whatever arrived is found next time.
        Refusal: MIPP does not take the entry, or took it and does not list it.
        SettingsFault: forms, addresses or login do not fit this MIPP.
    """
    values = activity.texts()
    listing = filled_in({"listing": mipp.listing}, values, variable="mipp_listing")["listing"]
    numbered = {str(number): mark for number, mark in enumerate(mipp.listing_marks, start=1)}
    marks = list(filled_in(numbered, values, variable="mipp_listing_marks").values())
    accepted = work_dir / "mipp-accepted.json"

    with httpx.Client(follow_redirects=True, timeout=mipp.timeout) as client:
        browser = Browser(mipp, client)
        on_progress(0, 0, _("Looking in MIPP"))
        url = find_entry(browser, listing, mipp.listing_row, marks)
        tries = 0
        while url is None and not _was_accepted(accepted, digest):
            if tries == _TRIES:
                raise OutsideFailure(
                    _("MIPP ends the session again and again."),
                    _("Log in with a browser to see what MIPP says, then run it again."),
                )
            tries += 1
            try:
                if _enter(mipp, browser, prepare(), on_progress):
                    replace_file(accepted, json.dumps({"sha256": digest}).encode())
            except OutsideFailure:
                # The answer is lost, the entry perhaps not.
                url = _look_again(browser, listing, mipp.listing_row, marks)
                if url is None:
                    raise
            else:
                url = find_entry(browser, listing, mipp.listing_row, marks)
    if url is None:
        raise Refusal(
            _("MIPP took the entry of %(event)s, but does not list it.")
            % {"event": activity.event_id},
            _(
                "Look in MIPP. If it is there, correct mipp_listing, mipp_listing_row and "
                "mipp_listing_marks; if not, delete %(path)s. Then run it again."
            )
            % {"path": accepted},
        )
    accepted.unlink(missing_ok=True)
    on_progress(1, 1, _("The entry is in MIPP"))
    return url


def _enter(mipp: Mipp, browser: Browser, filing: Filing, on_progress: Report) -> bool:
    """Sends the form once; False when the session had ended, so that nothing may have happened."""
    page = browser.page(mipp.entry.page)
    on_progress(0, filing.size, _("Sending minutes and photos to MIPP"))
    answer = browser.submit(page, mipp.entry, filing.fields, filing.files)
    if answer.status == EXPIRED:
        browser.log_in()
        return False
    if browser.asks_for_login(answer):
        return False
    # The application redirects after success and after failure alike.
    if answer.status < httpx.codes.BAD_REQUEST and answer.shows(mipp.entry.success):
        on_progress(filing.size, filing.size, _("Sent to MIPP"))
        return True
    raise Refusal(
        _("MIPP does not take the entry: %(messages)s")
        % {"messages": browser.messages(answer) or _("it does not say why")},
        _(
            "Correct what it names: the event, the minutes and photos, or mipp_entry in the "
            "inventory. Then run it again."
        ),
    )


def _look_again(browser: Browser, listing: str, row: str, marks: list[str]) -> str | None:
    try:
        return find_entry(browser, listing, row, marks)
    except OutsideFailure:
        return None


def _was_accepted(path: Path, digest: str) -> bool:
    try:
        return bool(json.loads(path.read_bytes())["sha256"] == digest)
    except FileNotFoundError:
        return False
