"""What goes into an event's bag, found in the journal and in the event's folder."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from cc_run import __version__, sop
from cc_run.archive.bag import SENDER, Payload
from cc_run.archive.copying import Content
from cc_run.archive.receipts import receipts_of
from cc_run.archive.sums import Sums
from cc_run.durable import replace_file
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.journal.progress import progress
from cc_run.language import _
from cc_run.times import now
from cc_run.workspace import Workspace

ATTACHED: Final = "document.attached"
REPORTED: Final = "report.written"
PRUNED: Final = "recording.pruned"
SECOND: Final = "recording.second"
_SECONDS: Final = "recording/zoom"
# Shares of other systems refuse these; BagIt wants line ends and per cent signs escaped.
_UNWELCOME: Final = re.compile(r'[<>:"\\|?*%\x00-\x1f\x7f]')
_LONGEST_NAME: Final = 120
_LONGEST_SLUG: Final = 40


@dataclass(frozen=True)
class Recording:
    """What step 5 left: the file, and its SHA-256 and size if they were taken then."""

    file: Path
    sha256: str | None
    size: int | None = None

    @property
    def name(self) -> str:
        """Its name in the bag's payload."""
        return f"recording/{_welcome(self.file.name)}"


def recording_of(event: Event, entries: Iterable[Entry]) -> Recording | None:
    """The event's recording; None where step 5 was finished without one.

    Raises:
        Refusal: the event has not been recorded.
    """
    record = progress(entries).get(sop.RECORD)
    if record is None or not record.done:
        raise Refusal(
            _("%(event)s has no recording yet.") % {"event": event.id},
            _("Record it first, or finish the recording: cc-run record --event %(event)s")
            % {"event": event.id},
        )
    output = record.output if isinstance(record.output, dict) else {}
    if not output.get("file"):
        return None
    return Recording(Path(output["file"]), output.get("sha256"), output.get("size"))


def second_recordings(entries: Iterable[Entry]) -> list[Path]:
    """What Zoom recorded of the event; the files may have left this machine."""
    return list(dict.fromkeys(Path(one.data["file"]) for one in entries if one.kind == SECOND))


def gather(
    workspace: Workspace, event: Event, entries: list[Entry], sums: Sums
) -> tuple[Payload, ...]:
    """Every file of the event's bag.

    A file that has left this machine, such as a recording whose time was over, still belongs to
    the bag where the archive has it already.

    Raises:
        Refusal: there is no recording yet, or a file that the journal names is gone.
    """
    recording = recording_of(event, entries)
    folder = workspace.event_dir(event)
    chosen = _Chosen(event, sums, bool(receipts_of(entries)), _pruned(entries))
    write_event(folder / "event.json", event)
    for path in _papers(folder):
        chosen.add(path, path.relative_to(folder).as_posix())
    if recording is not None:
        chosen.add(recording.file, recording.name, recording)
    for path in second_recordings(entries):
        chosen.add_named(path, _SECONDS)
    output = progress(entries).get(sop.PREPARE)
    if output is not None and isinstance(output.output, dict) and output.output.get("report"):
        chosen.add_named(Path(output.output["report"]), "readiness")
    for entry in entries:
        if entry.kind == ATTACHED:
            for photo in entry.data.get("photos") or ():
                chosen.add_named(Path(photo), "photos")
    for kind, key, place in ((ATTACHED, "minutes", "minutes"), (REPORTED, "path", "reports")):
        newest = _newest(entries, kind, key)
        if newest is not None:
            chosen.add_named(Path(newest), place)
    return tuple(chosen.payload)


def write_event(path: Path, event: Event) -> None:
    """Writes the event's facts where they differ; an unchanged file is left alone."""
    facts = {"id": event.id, **event.model_dump(mode="json")}
    text = json.dumps(facts, indent=2, ensure_ascii=False).encode() + b"\n"
    if not path.exists() or path.read_bytes() != text:
        replace_file(path, text)


def bag_name(event: Event, workspace: Workspace) -> str:
    """``VC-0042_2026-11-24_rapat-koordinasi``: id, day in the room's zone, title."""
    day = event.starts_at.astimezone(workspace.settings.room.zone).date().isoformat()
    plain = unicodedata.normalize("NFKD", event.title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    return "_".join(part for part in (event.id, day, slug) if part)


def bag_info(event: Event, workspace: Workspace) -> dict[str, str]:
    """The fields of ``bag-info.txt`` in the standard's own terms."""
    room = workspace.settings.room
    today = now().astimezone(room.zone).date()
    day = event.starts_at.astimezone(room.zone).date()
    return {
        "Source-Organization": workspace.settings.archive.organization,
        "Organization-Address": room.office_address,
        "Contact-Name": event.operator,
        "External-Description": f"{event.title} ({event.agency}, {day.isoformat()})",
        "External-Identifier": event.id,
        SENDER: f"{event.room}/{event.id}",
        "Bagging-Date": today.isoformat(),
        "Bag-Software-Agent": f"cc-run {__version__}",
    }


@dataclass
class _Chosen:
    """The payload as it grows: each file once, each name once."""

    event: Event
    sums: Sums
    archived: bool
    pruned: dict[str, Content]
    payload: list[Payload] = field(default_factory=list)
    _files: set[Path] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)

    def add_named(self, path: Path, place: str) -> None:
        self.add(path, f"{place}/{path.name}")

    def add(self, path: Path, name: str, judged: Recording | None = None) -> None:
        source = path.resolve()
        if source in self._files:
            return
        self._files.add(source)
        sha256 = judged.sha256 if judged is not None else None
        if not source.is_file():
            left = self._left(source, judged)
            self.payload.append(Payload(self._free(name), None, left.bytes, left.sha256))
            return
        if not os.access(source, os.R_OK):
            raise Refusal(
                _("%(event)s: the file %(path)s cannot be read.")
                % {"event": self.event.id, "path": path},
                _("Give this user the right to read it, then archive again."),
            )
        self.payload.append(Payload(self._free(name), source, source.stat().st_size, sha256))

    def _left(self, source: Path, judged: Recording | None) -> Content:
        """What is known of a file that is no longer here, but in the archive."""
        known = self.sums.last(source)
        if judged is not None and judged.sha256 and judged.size is not None:
            known = Content(judged.size, judged.sha256, "step 5")
        known = self.pruned.get(str(source), known)
        if known is None or not self.archived:
            raise Refusal(
                _("%(event)s: the file %(path)s is gone.")
                % {"event": self.event.id, "path": source},
                _("Put it back, or connect the disk that it is on, then archive again."),
            )
        return known

    def _free(self, name: str) -> str:
        """The name made welcome everywhere, with a number where it is taken."""
        wished = PurePosixPath(*(_welcome(part) for part in PurePosixPath(name).parts))
        found, number = wished, 1
        while str(found).casefold() in self._names:
            number += 1
            found = wished.with_name(f"{wished.stem}-{number}{wished.suffix}")
        self._names.add(str(found).casefold())
        return str(found)


def _papers(folder: Path) -> Iterator[Path]:
    """The files of the event's folder; hidden and unfinished ones are nobody's papers."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden and path.suffix != ".part":
            yield path


def _pruned(entries: Iterable[Entry]) -> dict[str, Content]:
    """The files that were deleted with a person's approval, as they were then."""
    return {
        str(facts["file"]): Content(int(facts["bytes"]), str(facts["sha256"]), PRUNED)
        for entry in entries
        if entry.kind == PRUNED
        for facts in entry.data["files"]
    }


def _newest(entries: Iterable[Entry], kind: str, key: str) -> str | None:
    values = [entry.data[key] for entry in entries if entry.kind == kind and entry.data.get(key)]
    return str(values[-1]) if values else None


def _welcome(name: str) -> str:
    path = PurePosixPath(_UNWELCOME.sub("_", unicodedata.normalize("NFC", name)))
    return path.stem[:_LONGEST_NAME].rstrip(" ") + path.suffix.rstrip(". ")
