"""Steps 6 and 7: the bag is archived, the activity stands in MIPP, the report is written."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.archive.contents import ATTACHED, recording_of
from cc_run.archive.mipp.event import FILED, complete_receipt, is_outdated
from cc_run.archive.mipp.receipt import Receipt
from cc_run.archive.receipts import receipts_of
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.language import _, joined
from cc_run.recording.products import make_products
from cc_run.room.converge import Convergence, converge
from cc_run.room.role_lines import RoleLine
from cc_run.sequence.attending import kept_attendance
from cc_run.sequence.register import refresh_register
from cc_run.sequence.reporting import write_report
from cc_run.workspace import Workspace

_POLL_SECONDS: Final = 0.2
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True)
class Archived:
    """What step 6 left: the bag at each target, and MIPP's receipt (None: no documents yet).

    ``remarks`` tell of what belongs to the recording and could not be taken along, and of what a
    person has to correct in MIPP.
    """

    bags: tuple[dict[str, Any], ...]
    receipt: Receipt | None
    convergence: Convergence
    remarks: tuple[str, ...] = ()

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


def archive(
    workspace: Workspace,
    event: Event,
    *,
    on_role: Callable[[RoleLine, bool], None] = lambda line, done: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Archived:
    """Brings the bag to every target and the documents to MIPP, and closes the event.

    A copy that is repaired or brought to a new target after the step has ended is no second round
    of it: the procedure's times stay.

    Raises:
        Refusal: there is no recording yet; that is no failed try, so the journal has none.
        OutsideFailure: too few targets have a verified copy, or MIPP did not take the entry.
    """
    recording_of(event, workspace.journal.entries(event.id))
    kept_attendance(workspace, event)
    products = make_products(
        workspace,
        event,
        again=False,
        on_progress=lambda done, total, text: on_progress(Progress(done, total, text)),
    )
    before = workspace.journal.progress(event.id).get(sop.DOCUMENT)
    ended = before is not None and before.done
    with workspace.journal.touching_up(event.id, sop.DOCUMENT, workspace.actor) as step:
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
    archived = replace(archived, remarks=(*products.waiting, *_outdated(workspace, event)))
    if archived.complete and not ended:
        close(workspace, event)
    return archived


def _outdated(workspace: Workspace, event: Event) -> Iterator[str]:
    if is_outdated(workspace, event):
        yield _(
            "MIPP was given other documents than those attached now, and nothing is entered there "
            "twice: correct the entry by hand."
        )


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
        "proofs": {bag["target"]: bag["means"] for bag in archived.bags},
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
