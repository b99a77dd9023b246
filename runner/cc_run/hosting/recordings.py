"""The cloud recordings of an event's meeting, brought into its folder as its second recording.

Each file lies in ``recording/zoom`` under Zoom's name, where the archive and the recording's own
products find it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.hosting.cloud_files import (
    CloudFile,
    cloud_file,
    is_here,
    part_of,
    places_of,
    settle,
    size_of,
)
from cc_run.hosting.downloading import Downloader
from cc_run.hosting.refusals import MeetingGone, NoRecording
from cc_run.hosting.schedule import connect, made_meeting, shared_tokens
from cc_run.hosting.webhook.noting import runs_of
from cc_run.hosting.zoom import ZoomClient
from cc_run.language import _
from cc_run.numbers import amount
from cc_run.progress import Report, unheard
from cc_run.workspace import Workspace

FETCHED: Final = "zoom.fetched"
_FOLDER: Final = "recording/zoom"
_SPARE: Final = 256 << 20  # bytes that are left free on the disk


@dataclass(frozen=True)
class Fetched:
    """A file that is here: where, what it is, its bytes, and whether it came just now."""

    file: Path
    kind: str
    size: int
    new: bool


@dataclass(frozen=True)
class Recordings:
    """What came of it; ``unfinished`` files are still being worked on by Zoom."""

    files: tuple[Fetched, ...]
    unfinished: int


def fetch_recordings(
    workspace: Workspace, event: Event, *, on_progress: Report = unheard
) -> Recordings:
    """Has every cloud recording of the event's meeting here, whole.

    Raises:
        Refusal: there is no meeting, nothing was recorded, or another process is at it.
        OutsideFailure: Zoom cannot be reached or the disk is full; what has arrived is kept.
        SettingsFault: the app may not have it.
    """
    meeting_id, _host = made_meeting(workspace, event)
    with workspace.journal.alone(f"zoom:{event.id}", sop.RECORD):
        with connect(workspace) as zoom:
            listed = list(_listed(workspace, zoom, event, meeting_id))
        ready = [cloud_file(row) for row in listed if row.get("status", "completed") == "completed"]
        folder = workspace.event_dir(event) / _FOLDER
        places = {file.id: place for file, place in places_of(folder, ready)}
        missing = [file for file in ready if not is_here(file, places[file.id])]
        _require_space(folder, missing)
        _bring(workspace, event, missing, places, on_progress)
        for file in ready:
            _note(workspace, event, file, places[file.id])
        come = {file.id for file in missing}
        return Recordings(
            tuple(
                Fetched(places[file.id], file.kind, size_of(places[file.id]), file.id in come)
                for file in ready
            ),
            len(listed) - len(ready),
        )


def _listed(
    workspace: Workspace, zoom: ZoomClient, event: Event, meeting_id: int
) -> Iterator[dict[str, Any]]:
    """Zoom's rows of the last run, and of earlier ones that Zoom told of by itself."""
    entries = workspace.journal.entries(event.id)
    found: dict[str, dict[str, Any]] = {}
    trouble: NoRecording | MeetingGone | None = None
    for key in (str(meeting_id), *runs_of(entries, meeting_id)):
        if key in found:
            continue
        try:
            reply = zoom.recordings(key)
        except (NoRecording, MeetingGone) as error:
            trouble = trouble or error
        else:
            found[str(reply.get("uuid", key))] = reply
    if not found:
        raise Refusal(
            _("Zoom has no cloud recording of %(event)s.") % {"event": event.id},
            _(
                "Zoom needs about as long as the meeting took before it hands one out; ask again "
                "later. Where OBS alone recorded, there is none."
            ),
        ) from trouble
    for reply in found.values():
        yield from reply.get("recording_files") or ()
        yield from reply.get("participant_audio_files") or ()


def _require_space(folder: Path, missing: Iterable[CloudFile]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    needed = sum((file.size or 0) for file in missing)
    needed -= sum(size_of(part) for part in folder.glob(".*.part"))
    free = shutil.disk_usage(folder).free
    if needed > 0 and needed + _SPARE > free:
        raise OutsideFailure(
            _("Zoom's recording needs %(needed)s more; %(free)s are free in %(folder)s.")
            % {"needed": amount(needed), "free": amount(free), "folder": folder},
            _("Free space on the disk, then run the same command again."),
        )


def _bring(
    workspace: Workspace,
    event: Event,
    missing: list[CloudFile],
    places: Mapping[str, Path],
    on_progress: Report,
) -> None:
    """Fetches what is missing, one file after the other."""
    total = sum(file.size or 0 for file in missing)
    done = 0
    zoom = workspace.settings.zoom
    with Downloader(shared_tokens(workspace), timeout=zoom.timeout) as downloader:
        for number, file in enumerate(missing, start=1):
            place = places[file.id]
            part = part_of(place)
            text = _("Zoom's recording, file %(number)s of %(count)s")
            told = text % {"number": number, "count": len(missing)}
            advance = _telling(on_progress, done, total, told)
            advance(size_of(part))
            downloader.fetch(file.url, part, file.size, advance)
            settle(file, part, place)
            _note(workspace, event, file, place)
            done += file.size or 0


def _note(workspace: Workspace, event: Event, file: CloudFile, place: Path) -> None:
    """Journals a file that has come, unless a process that was killed had come to that."""
    entries = workspace.journal.entries(event.id)
    if any(entry.kind == FETCHED and entry.data["id"] == file.id for entry in entries):
        return
    workspace.journal.append(
        FETCHED,
        event_id=event.id,
        step=sop.RECORD,
        actor=workspace.actor,
        data={**file.facts(), "file": str(place), "size": size_of(place)},
    )


def _telling(on_progress: Report, before: int, total: int, text: str) -> Callable[[int], None]:
    return lambda here: on_progress(before + here, total, text)
