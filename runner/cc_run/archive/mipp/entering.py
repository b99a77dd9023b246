"""Makes an entry at most once, and believes only what the application's listing shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.progress import Report

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


@dataclass(frozen=True)
class Entered:
    """An entry that the listing shows: its address, and its number where it is told."""

    url: str
    number: str | None


class Desk(Protocol):
    """The place of the application where entries are made and found."""

    def find(self) -> Entered | None:
        """The event's entry in the listing."""

    def enter(self, filing: Filing) -> bool:
        """Sends the entry once; False when the session had ended, so nothing has happened.

        Raises:
            OutsideFailure: whether it arrived is not known.
            Refusal: the application does not take it.
        """


def enter_once(
    desk: Desk,
    event_id: str,
    digest: str,
    prepare: Callable[[], Filing],
    *,
    work_dir: Path,
    on_progress: Report,
) -> Entered:
    """Makes the entry, unless the listing shows it already.

    Args:
        desk: Where.
        event_id: Of the event, for the message.
        digest: The SHA-256 of what is filed.
        prepare: Makes what is sent; called only when the entry is not there yet.
        work_dir: Remembers an entry that was accepted, but not seen in the listing.
        on_progress: Hears how far it is, in bytes.

    Raises:
        OutsideFailure: MIPP cannot be reached or is broken; whatever arrived is found next time.
        Refusal: MIPP does not take the entry, or took it and does not list it.
    """
    accepted = work_dir / "mipp-accepted.json"
    on_progress(0, 0, _("Looking in MIPP"))
    entered = desk.find()
    tries = 0
    while entered is None and not _was_accepted(accepted, digest):
        if tries == _TRIES:
            raise session_does_not_last()
        tries += 1
        filing = prepare()
        on_progress(0, filing.size, _("Sending minutes and photos to MIPP"))
        try:
            taken = desk.enter(filing)
        except OutsideFailure:
            # The answer is lost, the entry perhaps not.
            entered = _look_again(desk)
            if entered is None:
                raise
        else:
            if taken:
                replace_file(accepted, json.dumps({"sha256": digest}).encode())
                on_progress(filing.size, filing.size, _("Sent to MIPP"))
            entered = desk.find()
    if entered is None:
        raise Refusal(
            _("MIPP took the entry of %(event)s, but does not list it.") % {"event": event_id},
            _(
                "Look in MIPP. If it is there, correct mipp_listing, mipp_listing_row and "
                "mipp_listing_marks; if not, delete %(path)s. Then run it again."
            )
            % {"path": accepted},
        )
    accepted.unlink(missing_ok=True)
    on_progress(1, 1, _("The entry is in MIPP"))
    return entered


def refused(messages: str) -> Refusal:
    """What MIPP says when it does not take an entry."""
    return Refusal(
        _("MIPP does not take the entry: %(messages)s")
        % {"messages": messages or _("it does not say why")},
        _(
            "Correct what it names: the event, the minutes and photos, or mipp_entry in the "
            "inventory. Then run it again."
        ),
    )


def session_does_not_last() -> OutsideFailure:
    """The application asks for the login whatever we do."""
    return OutsideFailure(
        _("MIPP ends the session again and again."),
        _("Log in with a browser to see what MIPP says, then run it again."),
    )


def _look_again(desk: Desk) -> Entered | None:
    try:
        return desk.find()
    except OutsideFailure:
        return None


def _was_accepted(path: Path, digest: str) -> bool:
    try:
        return bool(json.loads(path.read_bytes())["sha256"] == digest)
    except FileNotFoundError:
        return False
