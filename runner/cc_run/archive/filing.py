"""The flow of the archive: gather, bag, deliver to every target at once, receipt.

Whatever is interrupted, the same call goes on with it: what has arrived is read back and kept,
what is receipted is not sent again, and nothing is ever deleted at the source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cc_run import sop
from cc_run.archive.bag import Bag, Payload, build, discard, manifest_of
from cc_run.archive.contents import bag_info, bag_name, gather, recording_of
from cc_run.archive.copying import Advance
from cc_run.archive.delivery import DamagedBag, deliver
from cc_run.archive.receipts import DAMAGED, DELIVERED, VERIFIED, Receipt, receipts_of
from cc_run.archive.sums import Sums
from cc_run.archive.targets import Target, targets_of
from cc_run.archive.verify import Problem, holds, verify_bag
from cc_run.errors import CcRunError, OutsideFailure, Refusal
from cc_run.events import Event, EventStatus, status_of
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.times import now
from cc_run.workspace import Workspace


@dataclass(frozen=True)
class TargetFailure:
    """A target that has no copy yet, why, and what to do."""

    target: str
    message: str
    remedy: str


@dataclass(frozen=True)
class ArchiveOutcome:
    """Where an event's bag is; ``delivered`` names the targets that this run brought it to."""

    event_id: str
    bag: str
    copies: tuple[Receipt, ...]
    delivered: tuple[str, ...]
    failures: tuple[TargetFailure, ...]

    @property
    def changed(self) -> bool:
        """Whether this run wrote anything to a target."""
        return bool(self.delivered)

    def as_output(self) -> dict[str, Any]:
        """The outcome as the output of a step."""
        return {
            "bag": self.bag,
            "copies": [receipt.facts() for receipt in self.copies],
            "delivered": list(self.delivered),
            "failures": [vars(failure) for failure in self.failures],
        }


@dataclass(frozen=True)
class TargetCheck:
    """A copy that was read back: its problems, none when it is sound."""

    receipt: Receipt
    problems: tuple[Problem, ...]


def archive_event(
    workspace: Workspace, event: Event, *, on_progress: Report = unheard
) -> ArchiveOutcome:
    """Brings the event's bag to all targets of the room, with receipts in the journal.

    Args:
        workspace: The room.
        event: A recorded event.
        on_progress: Told of bytes done, bytes in all, and of what is being done.

    Raises:
        SettingsFault: too few targets are set.
        Refusal: the event was cancelled or not recorded, or one of its files is gone.
        OutsideFailure: fewer verified copies than required could be made; the others are kept.
    """
    return _Filing.of(workspace, event).run(on_progress)


def pending_targets(workspace: Workspace, event: Event) -> list[str]:
    """The targets that ``archive_event`` would bring the bag to; changes nothing at them.

    Raises:
        SettingsFault, Refusal: as ``archive_event``.
    """
    return [target.name for target in _Filing.of(workspace, event).pending()]


def verify_event(
    workspace: Workspace, event: Event, *, on_progress: Report = unheard
) -> list[TargetCheck]:
    """Reads every receipted copy back and journals what was found.

    A damaged copy loses its receipt, so that the next ``archive_event`` repairs it.

    Raises:
        Refusal: the event has no receipts.
        OutsideFailure: a target does not answer; it keeps its receipt.
    """
    receipts = receipts_of(workspace.journal.entries(event.id))
    if not receipts:
        raise Refusal(
            _("%(event)s is in no archive yet.") % {"event": event.id},
            _("Archive it: cc-run archive --event %(event)s") % {"event": event.id},
        )
    targets = {target.name: target for target in targets_of(workspace.settings.archive)}
    tally = _Tally(on_progress, sum(receipt.bytes for receipt in receipts.values()))
    checks = []
    for receipt in sorted(receipts.values(), key=lambda one: one.target):
        target = targets.get(receipt.target)
        if target is not None:
            target.require_ready()
        text = _("Reading back from %(target)s") % {"target": receipt.target}
        checks.append(verify_copy(workspace, event, receipt, tally.saying(text)))
    return checks


def verify_copy(
    workspace: Workspace, event: Event, receipt: Receipt, advance: Advance = lambda count: None
) -> TargetCheck:
    """Reads one receipted copy back and journals what was found, as ``verify_event`` does.

    Raises:
        OutsideFailure: it cannot be read at all.
    """
    check = _checked(receipt, advance)
    kind, facts = VERIFIED, {**receipt.facts(), "verified_at": now().isoformat()}
    if check.problems:
        kind = DAMAGED
        facts = {"target": receipt.target, "problems": [vars(one) for one in check.problems]}
    _note(workspace, event, kind, facts)
    return check


@dataclass(frozen=True)
class _Filing:
    """One event on its way to the archive."""

    workspace: Workspace
    event: Event
    entries: list[Entry]
    targets: list[Target]
    payload: list[Payload] | None
    sums: Sums
    folder: Path

    @classmethod
    def of(cls, workspace: Workspace, event: Event) -> _Filing:
        targets = targets_of(workspace.settings.archive)
        entries = workspace.journal.entries(event.id)
        if status_of(entries) is EventStatus.CANCELLED:
            raise Refusal(_("%(event)s was cancelled.") % {"event": event.id})
        receipts = receipts_of(entries)
        bags = workspace.state_dir / "bags"
        try:
            bags.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A changed title must not begin a second bag.
            name = next((Path(one.bag).name for one in receipts.values()), None)
            return cls(
                workspace=workspace,
                event=event,
                entries=entries,
                targets=targets,
                payload=_payload(workspace, event, entries, targets),
                sums=Sums(bags / f"{event.id}.sums"),
                folder=bags / (name or bag_name(event, workspace)),
            )
        except OSError as error:
            raise _local(error, bags) from error

    def standing(self) -> dict[str, Receipt]:
        """The receipts of this very payload whose bags are still where they were."""
        receipts = receipts_of(self.entries)
        if not receipts:
            return {}
        manifest = None if self.payload is None else manifest_of(self.payload, self.sums)
        found = {}
        for target in self.targets:
            receipt = receipts.get(target.name)
            if receipt is None or receipt.url != target.url:
                continue
            if manifest is not None and receipt.manifest != manifest:
                continue
            if _is_held(receipt):
                found[target.name] = receipt
        return found

    def pending(self) -> list[Target]:
        standing = self.standing()
        return [target for target in self.targets if target.name not in standing]

    def run(self, on_progress: Report) -> ArchiveOutcome:
        copies = self.standing()
        pending = [target for target in self.targets if target.name not in copies]
        failures: list[TargetFailure] = []
        delivered: list[str] = []
        if pending and self.payload is not None:
            size = sum(item.source.stat().st_size for item in self.payload)
            tally = _Tally(on_progress, size * (1 + 2 * len(pending)))
            bag = self._bag(self.payload, tally.saying(_("Taking checksums")))
            made = self._deliver(bag, pending, tally, failures)
            copies |= made
            delivered = [target.name for target in pending if target.name in made]
            tally.finish(_("Archived"))
        required = self.workspace.settings.archive.copies_required
        if len(copies) < required:
            raise self._too_few(len(copies), required, failures)
        if len(copies) == len(self.targets):
            discard(self.folder)
        return ArchiveOutcome(
            event_id=self.event.id,
            bag=self.folder.name,
            copies=tuple(copies[target.name] for target in self.targets if target.name in copies),
            delivered=tuple(delivered),
            failures=tuple(failures),
        )

    def _bag(self, payload: Sequence[Payload], advance: Advance) -> Bag:
        info = bag_info(self.event, self.workspace)
        try:
            bag = build(self.folder, payload, info, self.sums, advance)
        except OSError as error:
            raise _local(error, self.folder) from error
        self._compare_recording(bag)
        return bag

    def _compare_recording(self, bag: Bag) -> None:
        """The file that is archived must be the one that step 5 judged."""
        recording = recording_of(self.event, self.entries)
        if recording is None or not recording.sha256:
            return
        bagged = {file.name: file.sha256 for file in bag.files}
        if bagged.get(f"data/{recording.name}") != recording.sha256:
            raise Refusal(
                _("%(event)s: the recording %(path)s has changed since it was made.")
                % {"event": self.event.id, "path": recording.file},
                _("Put the original file back. If the new one is right, finish step 5 again: ")
                + f"cc-run record stop --event {self.event.id}",
            )

    def _deliver(
        self, bag: Bag, pending: Sequence[Target], tally: _Tally, failures: list[TargetFailure]
    ) -> dict[str, Receipt]:
        """Copies to all pending targets at once; each receipt is journalled as it comes."""
        advance = tally.saying(
            _("Copying to %(targets)s") % {"targets": ", ".join(one.name for one in pending)}
        )
        made: dict[str, Receipt] = {}
        stale = False
        with ThreadPoolExecutor(len(pending)) as together:
            running: dict[Future[Receipt], Target] = {
                together.submit(deliver, bag, target, advance): target for target in pending
            }
            for future in as_completed(running):
                name = running[future].name
                try:
                    receipt = future.result()
                except CcRunError as error:
                    stale = stale or isinstance(error, DamagedBag)
                    failures.append(TargetFailure(name, error.message, error.remedy))
                else:
                    _note(self.workspace, self.event, DELIVERED, receipt.facts())
                    made[name] = receipt
        if stale:
            discard(self.folder)
            self.sums.forget()
        return made

    def _too_few(
        self, found: int, required: int, failures: Sequence[TargetFailure]
    ) -> OutsideFailure:
        reasons = "".join(f"\n  • {one.target}: {one.message} {one.remedy}" for one in failures)
        return OutsideFailure(
            _("%(event)s: %(found)d of %(required)d required copies are verified.")
            % {"event": self.event.id, "found": found, "required": required}
            + reasons,
            _("Then run the same command again; verified copies are kept."),
        )


class _Tally:
    """Adds up what several threads have done."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total = report, max(total, 1)
        self._done = 0
        self._turn = threading.Lock()

    def saying(self, text: str) -> Advance:
        """An ``advance`` that counts under this text."""
        return lambda count: self._add(count, text)

    def finish(self, text: str) -> None:
        """The work is at its end, whatever was skipped or failed on the way."""
        with self._turn:
            self._report(self._total, self._total, text)

    def _add(self, count: int, text: str) -> None:
        with self._turn:
            self._done += count
            # The tag files are not in the total.
            self._report(min(self._done, self._total), self._total, text)


def _payload(
    workspace: Workspace, event: Event, entries: list[Entry], targets: Sequence[Target]
) -> list[Payload] | None:
    """The files to be bagged; None where the recording is gone, but every target has it."""
    recording = recording_of(event, entries)
    if recording is not None and not recording.file.exists():
        receipts = receipts_of(entries)
        if all(target.name in receipts for target in targets):
            return None
    return gather(workspace, event, entries)


def _is_held(receipt: Receipt) -> bool:
    try:
        return holds(receipt)
    except OSError:
        return False  # the delivery will say what is wrong with the target


def _checked(receipt: Receipt, advance: Callable[[int], None]) -> TargetCheck:
    try:
        return TargetCheck(receipt, tuple(verify_bag(Path(receipt.bag), advance)))
    except OSError as error:
        raise OutsideFailure(
            _("The copy on %(target)s cannot be read: %(reason)s")
            % {"target": receipt.target, "reason": error.strerror},
            _("Check the disk or the network share, then verify again."),
        ) from error


def _note(workspace: Workspace, event: Event, kind: str, facts: dict[str, Any]) -> None:
    workspace.journal.append(
        kind, event_id=event.id, step=sop.DOCUMENT, actor=workspace.actor, data=facts
    )


def _local(error: OSError, folder: Path) -> OutsideFailure:
    return OutsideFailure(
        _("The bag cannot be made in %(path)s: %(reason)s")
        % {"path": folder, "reason": error.strerror or error},
        _("Free space on this machine's disk, then archive again; the recording is untouched."),
    )
