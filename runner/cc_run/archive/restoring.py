"""Brings a bag back from the archive: from the first target whose copy proves to be whole."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.archive.copying import Advance, copy_file, part_of, settle
from cc_run.archive.receipts import Receipt, receipts_of
from cc_run.archive.verify import holds, verify_bag
from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events import Event
from cc_run.language import _
from cc_run.workspace import Workspace

_OF_A_SHARE: Final = (errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENOTCONN)


@dataclass(frozen=True)
class Restored:
    """The bag that was brought back, from where, and which copies could not be used and why."""

    bag: Path
    target: str
    unusable: tuple[str, ...]


def restore_event(
    workspace: Workspace, event: Event, folder: Path, advance: Advance = lambda count: None
) -> Restored:
    """Copies the event's bag into ``folder`` and reads it back there.

    Under its own name the bag appears only when every file of it is proven.

    Raises:
        UsageFault: something has the bag's name there already.
        Refusal: the event is in no archive.
        OutsideFailure: no target has a whole copy, or the folder cannot be written.
    """
    receipts = receipts_of(workspace.journal.entries(event.id))
    if not receipts:
        raise Refusal(
            _("%(event)s is in no archive yet.") % {"event": event.id},
            _("Archive it: cc-run archive --event %(event)s") % {"event": event.id},
        )
    unusable: list[str] = []
    for receipt in receipts.values():
        place = folder / Path(receipt.bag).name
        if place.exists():
            raise UsageFault(
                _("%(path)s is there already, so it is not replaced.") % {"path": place},
                _("Name another folder with --to."),
            )
        fault = _unusable(receipt) or _bring(receipt, place, advance)
        if not fault:
            return Restored(place, receipt.target, tuple(unusable))
        unusable.append(f"{receipt.target}: {fault}")
    raise OutsideFailure(
        _("No archive target gives back a whole copy of %(event)s: %(reasons)s")
        % {"event": event.id, "reasons": "; ".join(unusable)},
        _("Connect the disks and shares of the archive, then run the same command again."),
    )


def _unusable(receipt: Receipt) -> str:
    """Why the copy need not be tried; nothing where it looks as its receipt says."""
    try:
        return "" if holds(receipt) else _("it is not there as it was delivered")
    except OSError as error:
        return error.strerror or str(error)


def _bring(receipt: Receipt, place: Path, advance: Advance) -> str:
    """Copies the bag and proves the copy; why it failed, or nothing."""
    source, part = Path(receipt.bag), part_of(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if part.exists():  # of an interrupted run
            shutil.rmtree(part)
        for path in sorted(source.rglob("*")):
            there = part / path.relative_to(source)
            if path.is_dir():
                there.mkdir(parents=True, exist_ok=True)
            else:
                there.parent.mkdir(parents=True, exist_ok=True)
                copy_file(path, there, advance)
        problems = verify_bag(part)
        if problems:
            shutil.rmtree(part)
            return f"{problems[0].file}: {problems[0].reason}"
        settle(part, place)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if error.errno in _OF_A_SHARE or str(error.filename).startswith(str(source)):
            return error.strerror or str(error)
        raise OutsideFailure(
            _("The bag cannot be brought to %(path)s: %(reason)s")
            % {"path": place.parent, "reason": error.strerror},
            _("Free some space there or name another folder with --to."),
        ) from error
    return ""
