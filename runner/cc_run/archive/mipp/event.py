"""Files what step 6 attached to an event, and keeps the receipt in the journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.archive.contents import ATTACHED, recording_of
from cc_run.archive.mipp.activity import Activity, filled_in
from cc_run.archive.mipp.filing import file_activity
from cc_run.archive.mipp.receipt import Receipt
from cc_run.durable import replace_file
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.workspace import Workspace

FILED: Final = "mipp.filed"
# Where the event's list of who attended is kept, below its folder.
ATTENDANCE: Final = "attendance/*.csv"


@dataclass(frozen=True)
class FiledEvent:
    """An event's receipt, and whether this call changed anything at MIPP."""

    receipt: Receipt
    changed: bool

    def as_dict(self) -> dict[str, Any]:
        """As the journal keeps the receipt."""
        return self.receipt.to_dict()


def file_event(workspace: Workspace, event: Event, *, on_progress: Report = unheard) -> FiledEvent:
    """Has the event's minutes and photos in MIPP exactly once.

    Raises:
        Refusal: there are no minutes yet; see ``file_activity`` for the rest.
    """
    documents = workspace.journal.latest(event.id, ATTACHED)
    if documents is None:
        raise Refusal(
            _("%(event)s has no minutes and photos yet.") % {"event": event.id},
            _("Attach them: cc-run document --event %(event)s --minutes FILE --photo FILE")
            % {"event": event.id},
        )
    known = workspace.journal.latest(event.id, FILED)
    known_receipt = Receipt.from_dict(known.data) if known is not None else None
    receipt = file_activity(
        workspace.settings.mipp,
        _activity(workspace, event, documents.data),
        work_dir=workspace.state_dir / "mipp" / event.id,
        known_receipt=known_receipt,
        on_progress=on_progress,
    )
    _keep(workspace, event, receipt)
    if receipt == known_receipt:
        return FiledEvent(receipt, changed=False)
    workspace.journal.append(
        FILED,
        event_id=event.id,
        step=sop.DOCUMENT,
        actor=workspace.actor,
        data=receipt.to_dict(),
    )
    return FiledEvent(receipt, changed=True)


def complete_receipt(workspace: Workspace, event: Event, number: str) -> FiledEvent:
    """Adds the number that a person read in MIPP to the receipt of a filing by hand.

    Raises:
        Refusal: nothing has been prepared for MIPP yet.
    """
    known = workspace.journal.latest(event.id, FILED)
    if known is None:
        raise Refusal(
            _("%(event)s has not been prepared for MIPP yet.") % {"event": event.id},
            _("Archive it first: cc-run archive --event %(event)s") % {"event": event.id},
        )
    receipt = Receipt.from_dict(known.data)
    if receipt.number == number:
        return FiledEvent(receipt, changed=False)
    receipt = replace(receipt, number=number)
    _keep(workspace, event, receipt)
    workspace.journal.append(
        FILED,
        event_id=event.id,
        step=sop.DOCUMENT,
        actor=workspace.actor,
        data=receipt.to_dict(),
    )
    return FiledEvent(receipt, changed=True)


def is_outdated(workspace: Workspace, event: Event) -> bool:
    """Whether MIPP was given other documents than those that are attached now."""
    documents = workspace.journal.latest(event.id, ATTACHED)
    known = workspace.journal.latest(event.id, FILED)
    if documents is None or known is None:
        return False
    entry = workspace.settings.mipp.entry
    activity = _activity(workspace, event, documents.data)
    fields = filled_in(entry.fields, activity.texts(), variable="mipp_entry.fields")
    return Receipt.from_dict(known.data).sha256 != activity.digest(fields, entry.files.values())


def has_documents(workspace: Workspace, event: Event) -> bool:
    """Whether minutes and photos have been attached."""
    return workspace.journal.latest(event.id, ATTACHED) is not None


def _keep(workspace: Workspace, event: Event, receipt: Receipt) -> None:
    """The receipt as a file too, for people who look for it in a folder."""
    text = json.dumps(receipt.to_dict(), indent=2, ensure_ascii=False) + "\n"
    replace_file(workspace.state_dir / "mipp" / event.id / "receipt.json", text.encode())


def _activity(workspace: Workspace, event: Event, documents: dict[str, Any]) -> Activity:
    zone, room = workspace.settings.room.zone, workspace.settings.room
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    recording = _recording(workspace, event) if workspace.settings.mipp.upload_recording else None
    return Activity(
        event_id=event.id,
        title=event.title,
        date=start.date(),
        start=start.time(),
        end=end.time(),
        place=event.place,
        agency=event.agency,
        minutes=Path(documents["minutes"]),
        photos=tuple(Path(photo) for photo in documents["photos"]),
        attendance=next(iter(sorted(workspace.event_dir(event).glob(ATTENDANCE))), None),
        recording=recording,
        more={
            "agenda": event.agenda,
            "participants": "" if event.participants is None else str(event.participants),
            "letter": event.letter.number,
            "letter_date": event.letter.date.isoformat(),
            "operator": event.operator,
            "coordinator": event.coordinator,
            "office": room.office,
            "unit": room.office_unit,
            **documents.get("head", {}),
        },
    )


def _recording(workspace: Workspace, event: Event) -> Path | None:
    recording = recording_of(event, workspace.journal.entries(event.id))
    return recording.file if recording is not None else None
