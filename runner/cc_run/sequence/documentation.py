"""Step 6: minutes and photos are attached, the bag is archived, the activity stands in MIPP."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.archive.contents import ATTACHED, REPORTED, recording_of
from cc_run.archive.mipp.event import FILED, complete_receipt
from cc_run.archive.mipp.receipt import Receipt
from cc_run.archive.receipts import receipts_of
from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.language import _, joined
from cc_run.reports.minutes import check_minutes, draft_minutes
from cc_run.reports.procedure import write_sop_report
from cc_run.room.converge import Convergence, RoleLine, converge
from cc_run.sequence.register import refresh_register
from cc_run.times import now
from cc_run.workspace import Workspace

_POLL_SECONDS: Final = 0.2
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True)
class Archived:
    """What step 6 left: the bag at each target, and MIPP's receipt (None: no documents yet)."""

    bags: tuple[dict[str, Any], ...]
    receipt: Receipt | None
    convergence: Convergence

    @property
    def complete(self) -> bool:
        """Whether nobody owes anything: archived, and filed with MIPP's answer or number."""
        return bool(self.bags) and self.receipt is not None and self.receipt.is_complete


@dataclass(frozen=True)
class Progress:
    """How far a long task is (bytes), in its own words."""

    done: int
    total: int
    text: str


def document(
    workspace: Workspace, event: Event, *, minutes: Path, photos: Sequence[Path]
) -> dict[str, Any]:
    """Attaches the finished minutes and the photos to the event.

    Raises:
        UsageFault: a file is not there or is of the wrong kind.
        Refusal: the minutes are empty or still the draft, or there is no photo.
    """
    _require_documents(minutes, photos)
    with workspace.journal.step(event.id, sop.DOCUMENT, workspace.actor) as step:
        folder = workspace.event_dir(event)
        kept = _keep(minutes, folder / "minutes")
        pictures = [_keep(photo, folder / "photos") for photo in photos]
        documents = {"minutes": str(kept), "photos": [str(picture) for picture in pictures]}
        step.note(ATTACHED, documents)
        _report(workspace, event, step, folder / "reports" / "sop.html")
        step.open = True  # the step ends when all of it is archived and filed
    return documents


def archive(
    workspace: Workspace,
    event: Event,
    *,
    on_role: Callable[[RoleLine, bool], None] = lambda line, done: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Archived:
    """Brings the bag to every target and the documents to MIPP, and closes the event.

    Raises:
        Refusal: there is no recording yet; that is no failed try, so the journal has none.
        OutsideFailure: too few targets have a verified copy, or MIPP did not take the entry.
    """
    recording_of(event, workspace.journal.entries(event.id))
    with workspace.journal.step(event.id, sop.DOCUMENT, workspace.actor) as step:
        with _told(on_progress) as progress_file:
            convergence = converge(
                workspace.settings,
                "post_session",
                variables={"cc_event": event.id, "cc_actor": workspace.actor},
                progress_file=progress_file,
                on_role=on_role,
            )
        if not convergence.ok:
            reasons = joined((role.error for role in convergence.roles if role.error), "; ")
            raise OutsideFailure(
                reasons or _("The archive did not finish."),
                _("Then run it again: cc-run archive --event %(event)s") % {"event": event.id},
            )
        archived = _archived(workspace, event, convergence)
        _end(workspace, event, archived, step)
    if archived.complete:
        close(workspace, event)
    return archived


def receive_number(workspace: Workspace, event: Event, number: str) -> Archived:
    """The number of an entry that a person made in MIPP by hand; the last thing of step 6."""
    with workspace.journal.step(event.id, sop.DOCUMENT, workspace.actor) as step:
        complete_receipt(workspace, event, number)
        archived = _archived(workspace, event, Convergence())
        _end(workspace, event, archived, step)
    if archived.complete:
        close(workspace, event)
    return archived


def _archived(workspace: Workspace, event: Event, convergence: Convergence) -> Archived:
    bags = receipts_of(workspace.journal.entries(event.id)).values()
    filed = workspace.journal.latest(event.id, FILED)
    return Archived(
        bags=tuple(receipt.facts() for receipt in bags),
        receipt=None if filed is None else Receipt.from_dict(filed.data),
        convergence=convergence,
    )


def _end(workspace: Workspace, event: Event, archived: Archived, step: RunningStep) -> None:
    """Ends step 6 where everything is there; else it stays open for what people still owe."""
    documents = workspace.journal.latest(event.id, ATTACHED)
    if documents is None or archived.receipt is None or not archived.complete:
        step.open = True
        return
    step.output = {
        **documents.data,
        "bags": [bag["bag"] for bag in archived.bags],
        "mipp_number": archived.receipt.number,
        "receipt": archived.receipt.url,
    }


def close(workspace: Workspace, event: Event) -> Path:
    """Step 7: everything is done; the SOP report with all its evidence is written."""
    path = workspace.state_dir / "reports" / f"{event.id}_SOP.html"
    with workspace.journal.step(event.id, sop.CLOSE, workspace.actor) as step:
        step.output = {"report": str(path)}
    refresh_register(workspace, event)
    return write_report(workspace, event, path)


def write_report(workspace: Workspace, event: Event, path: Path | None = None) -> Path:
    """Writes the event's SOP report as its journal stands now."""
    return write_sop_report(
        path or workspace.state_dir / "reports" / f"{event.id}_SOP.html",
        settings=workspace.settings,
        event=event,
        entries=workspace.journal.entries(event.id),
        breaches=workspace.journal.verify(),
        at=now(),
    )


def _report(workspace: Workspace, event: Event, step: RunningStep, path: Path) -> None:
    write_report(workspace, event, path)
    step.note(REPORTED, {"path": str(path)})


def _require_documents(minutes: Path, photos: Sequence[Path]) -> None:
    for path in (minutes, *photos):
        if not path.is_file():
            raise UsageFault(
                _("There is no file %(path)s.") % {"path": path},
                _("Check --minutes and --photo."),
            )
    for photo in photos:
        if photo.suffix.lower() not in _PICTURES:
            raise UsageFault(
                _("%(path)s is no photo.") % {"path": photo}, _("Photos are JPEG, PNG or WebP.")
            )
    if not photos:
        raise Refusal(
            _("The procedure asks for photos of the activity."),
            _("Name at least one with --photo; pictures from the recording are in its folder."),
        )
    problems = check_minutes(minutes)
    if problems:
        raise Refusal(
            _("The minutes %(path)s are not finished:%(problems)s")
            % {"path": minutes, "problems": "".join(f"\n    • {one}" for one in problems)},
            _("Complete them (what stands in «…» waits for your words) and attach them again."),
        )


def _keep(path: Path, folder: Path) -> Path:
    kept = folder / path.name
    if kept.resolve() == path.resolve():
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_name(kept.name + ".part")
        shutil.copyfile(path, partial)
        partial.replace(kept)
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be kept in %(folder)s: %(reason)s")
            % {"path": path, "folder": folder, "reason": error.strerror},
            _("Free some space, then attach it again."),
        ) from error
    return kept


@contextmanager
def _told(on_progress: Callable[[Progress], None]) -> Iterator[Path]:
    """A file that long tasks append their progress to, read aloud while it grows."""
    ended = threading.Event()
    with tempfile.TemporaryDirectory(prefix="cc-run-progress-") as folder:
        path = Path(folder) / "progress.jsonl"
        path.touch()
        reader = threading.Thread(target=_read_aloud, args=(path, ended, on_progress), daemon=True)
        reader.start()
        try:
            yield path
        finally:
            ended.set()
            reader.join()


def _read_aloud(
    path: Path, ended: threading.Event, on_progress: Callable[[Progress], None]
) -> None:
    with path.open(encoding="utf-8") as lines:
        last = False
        while not last:
            last = ended.wait(_POLL_SECONDS)
            for line in lines:
                said = json.loads(line)
                on_progress(Progress(said["done"], said["total"], said["text"]))


@dataclass(frozen=True)
class Draft:
    """The draft of an event's minutes, and whether it is new or was there already."""

    path: Path
    made: bool


def draft_for(workspace: Workspace, event: Event, path: Path | None = None) -> Draft:
    """Writes the draft of the minutes where there is none yet; one begun is never overwritten."""
    draft = path or workspace.state_dir / "drafts" / f"{event.id}_Notulen.docx"
    if draft.exists():
        return Draft(draft, made=False)
    return Draft(draft_minutes(draft, settings=workspace.settings, event=event), made=True)
