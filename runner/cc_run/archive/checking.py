"""Reads archived copies back and journals what was found; a damaged copy loses its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from cc_run import sop
from cc_run.archive.copying import Advance, quietly
from cc_run.archive.receipts import DAMAGED, VERIFIED, Receipt, receipts_of
from cc_run.archive.tally import Tally
from cc_run.archive.targets import target_of
from cc_run.archive.verify import Problem, verify_bag
from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.times import now
from cc_run.workspace import Workspace

_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PAGE: Final = 100


@dataclass(frozen=True)
class Copy:
    """An event's receipted copy at one target."""

    event: Event
    receipt: Receipt


@dataclass(frozen=True)
class CopyCheck:
    """A copy that was read back.

    Attributes:
        event: Whose it is.
        receipt: Its receipt until now.
        problems: What is wrong with it; none when it is whole.
        absent: Why it could not be read at all; then it keeps its receipt.
        whole: Where whole copies of the same event are, for one that is damaged.
    """

    event: Event
    receipt: Receipt
    problems: tuple[Problem, ...] = ()
    absent: OutsideFailure | None = None
    whole: tuple[str, ...] = ()


def copies_of(workspace: Workspace, event: Event) -> list[Copy]:
    """The event's copies.

    Raises:
        Refusal: it has none.
    """
    receipts = receipts_of(workspace.journal.entries(event.id))
    if not receipts:
        raise Refusal(
            _("%(event)s is in no archive yet.") % {"event": event.id},
            _("Archive it: cc-run archive --event %(event)s") % {"event": event.id},
        )
    return [Copy(event, receipt) for _name, receipt in sorted(receipts.items())]


def all_copies(workspace: Workspace) -> list[Copy]:
    """Every copy of the room's events, the one that was verified longest ago first."""
    events = workspace.events.between(_FIRST_DAY, now(), room=workspace.settings.host)
    found = []
    for start in range(0, len(events), _PAGE):
        page = events[start : start + _PAGE]
        entries = workspace.journal.entries_of(event.id for event in page)
        for event in page:
            found += [Copy(event, one) for one in receipts_of(entries[event.id]).values()]
    return sorted(found, key=lambda copy: copy.receipt.verified_at)


def verify_copies(
    workspace: Workspace, copies: Sequence[Copy], *, on_progress: Report = unheard
) -> list[CopyCheck]:
    """Reads the copies back and journals what was found.

    A damaged copy loses its receipt, so that the next ``archive_event`` repairs it.
    """
    tally = Tally(on_progress, sum(copy.receipt.bytes for copy in copies))
    checks = []
    for copy in copies:
        facts = {"event": copy.event.id, "target": copy.receipt.target}
        text = _("Reading %(event)s back from %(target)s") % facts
        try:
            checks.append(verify_copy(workspace, copy, tally.saying(text)))
        except OutsideFailure as error:
            checks.append(CopyCheck(copy.event, copy.receipt, absent=error))
    # Which copies are whole is known when all have been read.
    return [_with_whole(workspace, check) if check.problems else check for check in checks]


def verify_copy(workspace: Workspace, copy: Copy, advance: Advance = quietly) -> CopyCheck:
    """Reads one copy back and journals what was found.

    Raises:
        OutsideFailure: its target does not answer.
    """
    receipt = copy.receipt
    target = target_of(receipt, workspace.settings.archive)
    with target.open() as shelf:
        problems = tuple(verify_bag(shelf, receipt.bag_name, advance))
    kind, facts = VERIFIED, {**receipt.facts(), "verified_at": now().isoformat()}
    if problems:
        kind = DAMAGED
        facts = {"target": receipt.target, "problems": [vars(one) for one in problems]}
    workspace.journal.append(
        kind, event_id=copy.event.id, step=sop.DOCUMENT, actor=workspace.actor, data=facts
    )
    return CopyCheck(copy.event, receipt, problems)


def _with_whole(workspace: Workspace, check: CopyCheck) -> CopyCheck:
    receipts = receipts_of(workspace.journal.entries(check.event.id)).values()
    return replace(check, whole=tuple(f"{one.target}  {one.bag}" for one in receipts))
