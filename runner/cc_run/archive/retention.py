"""Which recordings may leave this machine, and how they do: approved, proven elsewhere, journalled.

Only what lies on this machine is ever deleted, and only after the copies at the targets have been
read back whole; at a target nothing is touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cc_run.archive.bag import MANIFEST, listed_in
from cc_run.archive.checking import Copy, verify_copy
from cc_run.archive.contents import PRUNED, Recording, recording_of, second_recordings
from cc_run.archive.copying import quietly, read_back
from cc_run.archive.due import is_due
from cc_run.archive.folder import Folder
from cc_run.archive.receipts import Receipt, receipts_of
from cc_run.archive.shelf import Target
from cc_run.archive.targets import targets_of
from cc_run.archive.verify import holds
from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event, EventStatus, status_of
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.workspace import Workspace

_SEGMENT: Final = "recording.segment"
_PRODUCTS: Final = "recording.products"
_FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PAGE: Final = 100


@dataclass(frozen=True)
class Prunable:
    """An event whose recording may leave: its files on this machine, and their size in bytes."""

    event: Event
    files: tuple[Path, ...]
    bytes: int


@dataclass(frozen=True)
class Pruned:
    """An event whose recording has left this machine, and the copies that stay."""

    event: Event
    files: tuple[dict[str, Any], ...]
    bytes: int
    copies: tuple[str, ...]


def prunable_events(workspace: Workspace, moment: datetime, days: int) -> list[Prunable]:
    """The room's events whose recordings may leave, the oldest first; changes nothing.

    Args:
        workspace: The room.
        moment: Now.
        days: How many days ago an event must have ended.

    Raises:
        SettingsFault: too few targets are set.
    """
    before = moment - timedelta(days=days)
    events = workspace.events.between(_FIRST_DAY, before, room=workspace.settings.host)
    found = []
    for start in range(0, len(events), _PAGE):
        page = events[start : start + _PAGE]
        entries = workspace.journal.entries_of(event.id for event in page)
        for event in page:
            files = _local_files(workspace, event, entries[event.id])
            if files and not _hindrance(workspace, event, entries[event.id], before):
                found.append(Prunable(event, files, sum(path.stat().st_size for path in files)))
    return found


def prunable_event(workspace: Workspace, event: Event, moment: datetime, days: int) -> Prunable:
    """The same for one event.

    Raises:
        Refusal: its recording has to stay, with the reason, or is not here any more.
    """
    entries = workspace.journal.entries(event.id)
    hindrance = _hindrance(workspace, event, entries, moment - timedelta(days=days))
    if hindrance:
        raise Refusal(
            _("The recording of %(event)s stays: %(reason)s.")
            % {"event": event.id, "reason": hindrance},
            _("cc-run status --event %(event)s shows how far it has come.") % {"event": event.id},
        )
    files = _local_files(workspace, event, entries)
    if not files:
        raise Refusal(
            _("%(event)s has no recording on this machine.") % {"event": event.id},
            _("Bring it back: cc-run archive restore --event %(event)s --to FOLDER")
            % {"event": event.id},
        )
    return Prunable(event, files, sum(path.stat().st_size for path in files))


def prune(
    workspace: Workspace, prunable: Prunable, *, approved_by: str, on_progress: Report = unheard
) -> Pruned:
    """Reads the copies back and, when enough of them are whole, deletes the files on this machine.

    Raises:
        Refusal: a copy is damaged, or this machine's recording is not the one in the archive;
            nothing is deleted.
        OutsideFailure: too few copies could be read, or a file cannot be deleted.
    """
    event = prunable.event
    entries = workspace.journal.entries(event.id)
    copies = _proven(workspace, event, entries, on_progress)
    recording = recording_of(event, entries)
    seconds = {path.resolve() for path in second_recordings(entries)}
    files: list[dict[str, Any]] = []
    for path in prunable.files:
        on_progress(0, 1, _("Taking checksums"))
        content = read_back(path, quietly)
        facts = {"file": str(path), "bytes": content.bytes, "sha256": content.sha256}
        if recording is not None and path == recording.file.resolve():
            _require_archived(workspace, event, recording, content.sha256, copies)
        if path in seconds:
            _require_a_copy(workspace, event, path, content.sha256, copies)
        files.append(facts)
    # First the word, then the deed: a deletion that the journal does not know must not be.
    workspace.journal.append(
        PRUNED,
        event_id=event.id,
        actor=workspace.actor,
        data={
            "approved_by": approved_by,
            "files": files,
            "copies": [{"target": copy.target, "bag": copy.bag} for copy in copies],
        },
    )
    _delete(prunable.files)
    size = sum(facts["bytes"] for facts in files)
    return Pruned(event, tuple(files), size, tuple(copy.target for copy in copies))


def _hindrance(
    workspace: Workspace, event: Event, entries: Sequence[Entry], before: datetime
) -> str:
    """Why the recording has to stay; nothing where it may leave."""
    archive = workspace.settings.archive
    targets = {target.name for target in targets_of(archive)}
    if status_of(entries) is not EventStatus.CLOSED:
        return _("the event is not closed")
    if event.ends_at > before:
        return _("it ended too short a time ago")
    standing = targets & set(receipts_of(entries))
    if len(standing) < archive.copies_required or is_due(entries, targets):
        return _("the archive is not complete")
    return ""


def _local_files(workspace: Workspace, event: Event, entries: Sequence[Entry]) -> tuple[Path, ...]:
    """The recording and its parts as far as they are here; never what lies at a target."""
    recording = _recording(event, entries)
    named = [Path(str(entry.data["file"])) for entry in entries if entry.kind == _SEGMENT]
    named += [
        Path(entry.data["mp4"])
        for entry in entries
        if entry.kind == _PRODUCTS and entry.data.get("mp4")
    ]
    named += second_recordings(entries)
    if recording is not None:
        named.append(recording.file)
    roots = [
        target.root.resolve()
        for target in targets_of(workspace.settings.archive)
        if isinstance(target, Folder)
    ]
    found = dict.fromkeys(path.resolve() for path in named if path.is_file())
    return tuple(path for path in found if not any(path.is_relative_to(root) for root in roots))


def _recording(event: Event, entries: Sequence[Entry]) -> Recording | None:
    try:
        return recording_of(event, entries)
    except Refusal:  # it was never recorded
        return None


def _proven(
    workspace: Workspace, event: Event, entries: Sequence[Entry], on_progress: Report
) -> list[Receipt]:
    """The copies that were read back just now and are whole."""
    targets = {target.name: target for target in targets_of(workspace.settings.archive)}
    required = workspace.settings.archive.copies_required
    proven: list[Receipt] = []
    absent: list[str] = []
    for receipt in receipts_of(entries).values():
        if receipt.target not in targets:
            continue
        text = _("Reading back from %(target)s") % {"target": receipt.target}
        on_progress(len(proven), required, text)
        try:
            _require_whole(workspace, event, receipt, targets[receipt.target])
        except OutsideFailure as error:
            absent.append(error.message)
        else:
            proven.append(receipt)
    if len(proven) < required:
        raise OutsideFailure(
            _(
                "%(event)s: %(found)d of %(required)d required copies could be read back. "
                "%(reasons)s"
            )
            % {
                "event": event.id,
                "found": len(proven),
                "required": required,
                "reasons": " ".join(absent),
            },
            _("Connect the disks and shares of the archive, then run the same command again."),
        )
    return proven


def _require_whole(workspace: Workspace, event: Event, receipt: Receipt, target: Target) -> None:
    check = verify_copy(workspace, Copy(event, receipt))
    reason = ", ".join(f"{one.file}: {one.reason}" for one in check.problems[:3])
    with target.open() as shelf:
        if not reason and not holds(shelf, receipt):
            reason = _("it is not there as it was delivered")
    if reason:
        raise Refusal(
            _("The copy of %(event)s on %(target)s is damaged (%(reason)s); nothing is deleted.")
            % {"event": event.id, "target": receipt.target, "reason": reason},
            _("Repair it first: cc-run archive --event %(event)s") % {"event": event.id},
        )


def _require_archived(
    workspace: Workspace,
    event: Event,
    recording: Recording,
    sha256: str,
    copies: Sequence[Receipt],
) -> None:
    for target, manifest in _manifests(workspace, copies):
        if manifest.get(f"data/{recording.name}") != sha256:
            raise _another_file(event, recording.file, target)


def _require_a_copy(
    workspace: Workspace, event: Event, path: Path, sha256: str, copies: Sequence[Receipt]
) -> None:
    """A second recording may have got another name in the bag, so its content is looked for."""
    for target, manifest in _manifests(workspace, copies):
        if sha256 not in manifest.values():
            raise _another_file(event, path, target)


def _manifests(
    workspace: Workspace, copies: Sequence[Receipt]
) -> Iterator[tuple[str, dict[str, str]]]:
    targets = {target.name: target for target in targets_of(workspace.settings.archive)}
    for copy in copies:
        with targets[copy.target].open() as shelf:
            yield copy.target, listed_in(shelf.read(f"{copy.bag_name}/{MANIFEST}") or b"")


def _another_file(event: Event, path: Path, target: str) -> Refusal:
    return Refusal(
        _("%(event)s: %(path)s is not the file that the archive has on %(target)s.")
        % {"event": event.id, "path": path, "target": target},
        _("Look at both and keep the right one; nothing is deleted."),
    )


def _delete(files: Sequence[Path]) -> None:
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutsideFailure(
                _("%(path)s cannot be deleted: %(reason)s")
                % {"path": path, "reason": error.strerror},
                _("Give this user the right to delete it, then run the same command again."),
            ) from error
