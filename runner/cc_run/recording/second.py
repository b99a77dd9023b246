"""Second recordings: what Zoom recorded of the same event, in its cloud or on this machine.

They lie in the event's folder, below ``recording/zoom``, each with a JSON file of the same name
beside it that tells what it is. The journal notes each of them once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.recording.media import content_of
from cc_run.workspace import Workspace

TAKEN_IN: Final = "recording.second"
_MEDIA: Final = frozenset({".mp4", ".m4a"})


@dataclass(frozen=True)
class SecondRecording:
    """A file of Zoom's.

    Attributes:
        file: Where it is.
        kind: Zoom's word for it, such as ``shared_screen_with_speaker_view``, or ``local``.
        start: When it begins; None where nothing tells.
        exact: Whether Zoom has said so; else it was told by a folder's name.
        seconds: How much can be read of it.
        size: Its bytes.
        sha256: Its checksum.
    """

    file: Path
    kind: str
    start: datetime | None
    exact: bool
    seconds: float
    size: int
    sha256: str

    def as_data(self) -> dict[str, Any]:
        """For the journal and for ``--json``."""
        return {
            "file": str(self.file),
            "kind": self.kind,
            "from": self.start.isoformat(timespec="seconds") if self.start else None,
            "exact": self.exact,
            "seconds": round(self.seconds, 2),
            "size": self.size,
            "sha256": self.sha256,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SecondRecording:
        """What ``as_data`` gave."""
        start = datetime.fromisoformat(data["from"]) if data["from"] else None
        words = {key: data[key] for key in ("kind", "exact", "seconds", "size", "sha256")}
        return cls(file=Path(data["file"]), start=start, **words)


def second_folder(workspace: Workspace, event: Event) -> Path:
    """Where an event's second recordings lie."""
    return workspace.event_dir(event) / "recording" / "zoom"


def known_seconds(entries: Iterable[Entry]) -> list[SecondRecording]:
    """Those that the journal has, each by its last entry."""
    found = {
        entry.data["file"]: SecondRecording.from_data(entry.data)
        for entry in entries
        if entry.kind == TAKEN_IN
    }
    return sorted(found.values(), key=lambda one: (one.start is None, one.start, one.file.name))


def note_seconds(workspace: Workspace, event: Event) -> list[SecondRecording]:
    """Examines what has newly come to the folder, and journals it; all that are known."""
    entries = workspace.journal.entries(event.id)
    known = {second.file: second for second in known_seconds(entries)}
    folder = second_folder(workspace, event)
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if hidden or file.suffix.lower() not in _MEDIA or not file.is_file():
            continue
        before = known.get(file)
        if before is not None and before.size == file.stat().st_size:
            continue
        try:
            found = _examined(file)
        except (CcRunError, OSError):
            continue  # it is still being written; the next look finds it whole
        if found is not None:
            known[file] = found
            workspace.journal.append(
                TAKEN_IN,
                event_id=event.id,
                step=sop.RECORD,
                actor=workspace.actor,
                data=found.as_data(),
            )
    return known_seconds(workspace.journal.entries(event.id))


def _examined(file: Path) -> SecondRecording | None:
    content = content_of(file)
    if content.complaint:
        return None
    facts = _facts_beside(file)
    start, stated = _moment(facts.get("recording_start")), facts.get("start_is_estimated")
    kind = facts.get("type") or facts.get("recording_type") or facts.get("file_type") or "zoom"
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return SecondRecording(
        file=file,
        kind=str(kind),
        start=start,
        exact=start is not None and not stated,
        seconds=content.seconds,
        size=file.stat().st_size,
        sha256=sha256,
    )


def _facts_beside(file: Path) -> Mapping[str, Any]:
    for beside in (file.with_name(file.name + ".json"), file.with_suffix(".json")):
        try:
            facts = json.loads(beside.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(facts, dict):
            return facts
    return {}


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def coverage(start: datetime, end: datetime, seconds: Sequence[SecondRecording]) -> list[str]:
    """Which second recordings have what is missing from ``start`` to ``end``, in sentences."""
    sentences: list[str] = []
    for second in seconds:
        if second.start is None:
            continue
        until = second.start + timedelta(seconds=second.seconds)
        shared = (min(end, until) - max(start, second.start)).total_seconds()
        if shared <= 0:
            continue
        words = {"file": second.file.name}
        if shared >= (end - start).total_seconds():
            sentences.append(_("Zoom's own recording has it: %(file)s") % words)
        else:
            sentences.append(_("Zoom's own recording has a part of it: %(file)s") % words)
    return sentences
