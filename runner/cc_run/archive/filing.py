"""The flow of the archive: gather, deliver to every target at once, receipt.

Whatever is interrupted, the same call goes on with it: what has arrived is read back and kept,
what is receipted is not sent again, and nothing is ever deleted at the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cc_run import sop
from cc_run.archive.bag import Bag, BagFile, Payload, manifest_text, sha256_of
from cc_run.archive.contents import Recording, bag_info, bag_name, gather, recording_of
from cc_run.archive.delivery import DamagedSource, deliver
from cc_run.archive.lending import Lender
from cc_run.archive.receipts import DELIVERED, Receipt, receipts_of
from cc_run.archive.shelf import Target
from cc_run.archive.sums import Sums
from cc_run.archive.tally import Tally
from cc_run.archive.targets import targets_of
from cc_run.archive.verify import holds
from cc_run.errors import CcRunError, OutsideFailure, Refusal
from cc_run.events import Event, EventStatus, status_of
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.progress import Report, unheard
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
        Refusal: the event was cancelled or not recorded, or one of its files is gone or changed.
        OutsideFailure: fewer verified copies than required could be made; the others are kept.
    """
    return _Filing.of(workspace, event).run(on_progress)


def pending_targets(workspace: Workspace, event: Event) -> list[str]:
    """The targets that ``archive_event`` would bring the bag to; changes nothing at them.

    Raises:
        SettingsFault, Refusal: as ``archive_event``.
    """
    return [target.name for target in _Filing.of(workspace, event).pending()]


@dataclass(frozen=True)
class _Filing:
    """One event on its way to the archive."""

    workspace: Workspace
    event: Event
    entries: list[Entry]
    targets: list[Target]
    payload: tuple[Payload, ...]
    sums: Sums
    name: str
    lender: Lender

    @classmethod
    def of(cls, workspace: Workspace, event: Event) -> _Filing:
        targets = targets_of(workspace.settings.archive)
        entries = workspace.journal.entries(event.id)
        if status_of(entries) is EventStatus.CANCELLED:
            raise Refusal(_("%(event)s was cancelled.") % {"event": event.id})
        receipts = receipts_of(entries)
        memory = workspace.state_dir / "bags"
        try:
            memory.mkdir(parents=True, exist_ok=True, mode=0o700)
            sums = Sums(memory / f"{event.id}.sums")
            # A changed title must not begin a second bag.
            name = next((one.bag_name for one in receipts.values()), None)
            return cls(
                workspace=workspace,
                event=event,
                entries=entries,
                targets=targets,
                payload=gather(workspace, event, entries, sums),
                sums=sums,
                name=name or bag_name(event, workspace),
                lender=Lender(memory / f"{event.id}.borrowed", targets, receipts),
            )
        except OSError as error:
            raise _local(error, memory) from error

    def standing(self) -> dict[str, Receipt]:
        """The receipts of this very payload whose bags are still where they were."""
        receipts = receipts_of(self.entries)
        if not receipts:
            return {}
        manifest = sha256_of(manifest_text(self._files()).encode())
        return {
            target.name: receipts[target.name]
            for target in self.targets
            if target.name in receipts
            and (receipts[target.name].url, receipts[target.name].manifest)
            == (target.url, manifest)
            and _is_held(target, receipts[target.name])
        }

    def pending(self) -> list[Target]:
        standing = self.standing()
        return [target for target in self.targets if target.name not in standing]

    def run(self, on_progress: Report) -> ArchiveOutcome:
        copies = self.standing()
        pending = [target for target in self.targets if target.name not in copies]
        failures: list[TargetFailure] = []
        delivered: list[str] = []
        if pending:
            self._require_the_recording()
            bag = Bag(self.name, self.payload, bag_info(self.event, self.workspace))
            tally = Tally(on_progress, bag.bytes * len(pending), passes=2)
            made = self._deliver(bag, pending, tally, failures)
            copies |= made
            delivered = [target.name for target in pending if target.name in made]
            tally.finish(_("Archived"))
        required = self.workspace.settings.archive.copies_required
        if len(copies) < required:
            raise self._too_few(len(copies), required, failures)
        self.lender.clear()
        return ArchiveOutcome(
            event_id=self.event.id,
            bag=self.name,
            copies=tuple(copies[target.name] for target in self.targets if target.name in copies),
            delivered=tuple(delivered),
            failures=tuple(failures),
        )

    def _files(self) -> list[BagFile]:
        """The payload with its checksums; what is not known is read."""
        files = []
        for item in sorted(self.payload, key=lambda one: one.place):
            sha256 = item.sha256
            if sha256 is None and item.source is not None:
                try:
                    sha256 = self.sums.of(item.source).sha256
                except OSError as error:
                    raise _local(error, item.source) from error
            files.append(BagFile(item.place, item.bytes, sha256 or ""))
        return files

    def _require_the_recording(self) -> None:
        """The file that is archived must be the one that step 5 judged."""
        recording = recording_of(self.event, self.entries)
        if recording is None or not recording.sha256 or not recording.file.is_file():
            return
        resized = recording.size not in (None, recording.file.stat().st_size)
        known = self.sums.known(recording.file)
        if not resized and (known is None or known.sha256 == recording.sha256):
            return  # what is not known yet shows in the copy
        if resized or self.sums.read(recording.file).sha256 != recording.sha256:
            raise self._changed(recording)

    def _changed(self, recording: Recording) -> Refusal:
        whole = ", ".join(receipts_of(self.entries))
        if whole:
            remedy = _(
                "A whole copy is on %(targets)s. Bring it back and put it in place of this one: "
                "cc-run archive restore --event %(event)s --to FOLDER"
            ) % {"targets": whole, "event": self.event.id}
        else:
            remedy = _(
                "Put the original file back. If the new one is right, finish step 5 again: "
                "cc-run record stop --event %(event)s"
            ) % {"event": self.event.id}
        return Refusal(
            _("%(event)s: the recording %(path)s has changed since it was made.")
            % {"event": self.event.id, "path": recording.file},
            remedy,
        )

    def _deliver(
        self, bag: Bag, pending: Sequence[Target], tally: Tally, failures: list[TargetFailure]
    ) -> dict[str, Receipt]:
        """Copies to all pending targets at once; each receipt is journalled as it comes."""
        advance = tally.saying(
            _("Copying to %(targets)s") % {"targets": ", ".join(one.name for one in pending)}
        )
        made: dict[str, Receipt] = {}
        damaged: DamagedSource | None = None
        with ThreadPoolExecutor(len(pending)) as together:
            running: dict[Future[Receipt], Target] = {}
            for target in pending:
                work = together.submit(deliver, bag, target, self.sums, self.lender.lend, advance)
                running[work] = target
            for future in as_completed(running):
                name = running[future].name
                try:
                    receipt = future.result()
                except CcRunError as error:
                    if isinstance(error, DamagedSource):
                        damaged = error
                    failures.append(TargetFailure(name, error.message, error.remedy))
                else:
                    self.workspace.journal.append(
                        DELIVERED,
                        event_id=self.event.id,
                        step=sop.DOCUMENT,
                        actor=self.workspace.actor,
                        data=receipt.facts(),
                    )
                    made[name] = receipt
        if damaged is not None:
            self._require_the_recording()
            raise damaged
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


def _is_held(target: Target, receipt: Receipt) -> bool:
    try:
        with target.open() as shelf:
            return holds(shelf, receipt)
    except OutsideFailure:
        return False  # the delivery will say what is wrong with the target


def _local(error: OSError, path: Path) -> OutsideFailure:
    return OutsideFailure(
        _("%(path)s cannot be read or written: %(reason)s")
        % {"path": error.filename or path, "reason": error.strerror or error},
        _("Free space on this machine's disk, then archive again; the recording is untouched."),
    )
