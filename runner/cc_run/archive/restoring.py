"""Brings a bag back from the archive: from the first target whose copy proves to be whole.

The targets are asked in the inventory's order.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cc_run.archive.checking import copies_of
from cc_run.archive.copying import Advance, part_of, settle
from cc_run.archive.folder import FULL, FolderShelf
from cc_run.archive.line import Line
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Shelf
from cc_run.archive.tally import Tally
from cc_run.archive.targets import target_of
from cc_run.archive.verify import holds, verify_bag
from cc_run.errors import OutsideFailure, UsageFault
from cc_run.events import Event
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.workspace import Workspace


@dataclass(frozen=True)
class Restored:
    """The bag that was brought back, from where, and which copies could not be used and why."""

    bag: Path
    target: str
    unusable: tuple[str, ...]


def restore_event(
    workspace: Workspace, event: Event, folder: Path, *, on_progress: Report = unheard
) -> Restored:
    """Copies the event's bag into ``folder`` and reads it back there.

    Under its own name the bag appears only when every file of it is proven.

    Raises:
        UsageFault: something has the bag's name there already.
        Refusal: the event is in no archive.
        OutsideFailure: no target has a whole copy, or the folder cannot be written.
    """
    wished = [target.name for target in workspace.settings.archive.targets]
    receipts = [copy.receipt for copy in copies_of(workspace, event)]
    # The office names the nearest first; what is no longer in its list comes last.
    receipts.sort(key=lambda one: wished.index(one.target) if one.target in wished else len(wished))
    place = folder / receipts[0].bag_name
    if place.exists():
        raise UsageFault(
            _("%(path)s is there already, so it is not replaced.") % {"path": place},
            _("Name another folder with --to."),
        )
    unusable: list[str] = []
    for receipt in receipts:
        tally = Tally(on_progress, receipt.bytes, passes=2)
        try:
            target = target_of(receipt, workspace.settings.archive)
            with target.open() as shelf:
                fault = _bring(shelf, receipt, place, tally)
        except OutsideFailure as error:
            if isinstance(error, _NoRoom):
                raise
            fault = error.message
        if not fault:
            return Restored(place, receipt.target, tuple(unusable))
        unusable.append(f"{receipt.target}: {fault}")
    raise OutsideFailure(
        _("No archive target gives back a whole copy of %(event)s: %(reasons)s")
        % {"event": event.id, "reasons": "; ".join(unusable)},
        _("Connect the disks and shares of the archive, then run the same command again."),
    )


class _NoRoom(OutsideFailure):
    """The folder of this machine cannot be written."""


def _bring(shelf: Shelf, receipt: Receipt, place: Path, tally: Tally) -> str:
    """Copies the bag and proves the copy; why it failed, or nothing."""
    if not holds(shelf, receipt):
        return _("it is not there as it was delivered")
    part = part_of(place)
    bringing = tally.saying(_("Bringing back from %(target)s") % {"target": receipt.target})
    proving = tally.saying(_("Reading back %(path)s") % {"path": place.parent})
    _local(place.parent, lambda: _empty(part))
    for name in sorted(shelf.sizes(receipt.bag_name)):
        _fetch(shelf, receipt.bag_name, name, part, bringing)
    problems = verify_bag(FolderShelf(part.parent, Line()), part.name, proving)
    if problems:
        shutil.rmtree(part)
        return f"{problems[0].file}: {problems[0].reason}"
    _local(place.parent, lambda: settle(part, place))
    return ""


def _fetch(shelf: Shelf, bag: str, name: str, part: Path, advance: Advance) -> None:
    there = part / name
    _local(part.parent, lambda: there.parent.mkdir(parents=True, exist_ok=True))
    try:
        shelf.fetch(f"{bag}/{name}", there, advance)
    except OSError as error:
        # A share's failure is the target's; what concerns this machine's folder is told as such.
        if error.errno in FULL or str(error.filename) == str(there):
            _local(part.parent, partial(_again, error))
        raise


def _again(error: OSError) -> None:
    raise error


def _empty(part: Path) -> None:
    if part.exists():  # of an interrupted run
        shutil.rmtree(part)
    part.mkdir(parents=True)


def _local(folder: Path, act: Callable[[], object]) -> None:
    try:
        act()
    except OSError as error:
        raise _NoRoom(
            _("The bag cannot be brought to %(path)s: %(reason)s")
            % {"path": folder, "reason": error.strerror},
            _("Free some space there or name another folder with --to."),
        ) from error
