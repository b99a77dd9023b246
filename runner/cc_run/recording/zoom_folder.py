"""Zoom's recordings on this machine: found by the meeting's number and time, and copied.

Zoom makes a folder for each: ``2026-11-24 09.01.12 Rapat Koordinasi 82345678901``; newer ones leave
the number out of some. It writes files of its own while the meeting lasts, and makes .mp4 of them
when it is over. Its folder is only read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from cc_run import sop
from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.journal.progress import progress
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.segments import segments_of
from cc_run.recording.space import free_in
from cc_run.workspace import Workspace

_NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}\.\d{2}\.\d{2}) (.*?)(?: (\d{9,12}))?")
_EARLY, _LATE = timedelta(hours=3), timedelta(hours=1)
# Whoever still converts a recording writes to it all the time.
_SETTLED_SECONDS: Final = 20.0
_LEFT_FREE: Final = 2 * 2**30


@dataclass(frozen=True)
class ZoomFolder:
    """A folder of Zoom's: when its meeting was, its name, and its number where that is told."""

    path: Path
    at: datetime
    topic: str
    number: str

    @property
    def files(self) -> list[Path]:
        """The recordings: with a picture, or where there is none, the sound."""
        for suffix in (".mp4", ".m4a"):
            found = sorted(file for file in self.path.glob(f"*{suffix}") if file.is_file())
            if found:
                return found
        return []


def copy_from_zoom(workspace: Workspace, event: Event, folder: Path) -> tuple[str, ...]:
    """Copies what Zoom recorded of the event on this machine into ``folder``.

    Returns:
        Sentences on what is there but could not be taken yet.
    """
    zooms = workspace.settings.recording.zoom_dir
    if zooms is None:
        return ()
    said: list[str] = []
    for found in zoom_folders(workspace, event, zooms):
        with contextlib.suppress(FileNotFoundError):
            said += _taken(found, folder)
    return tuple(said)


def zoom_folders(workspace: Workspace, event: Event, zooms: Path) -> list[ZoomFolder]:
    """Zoom's folders that belong to the event: its number, else its name, at its time."""
    entries = workspace.journal.entries(event.id)
    output = progress(entries).get(sop.HOST)
    facts: dict[str, Any] = output.output if output and isinstance(output.output, dict) else {}
    number = str(facts.get("meeting_id") or "").replace(" ", "")
    starts = [segment.start.at for segment in segments_of(entries)]
    first, last = _ends(event, starts, entries)
    try:
        names = sorted(path for path in zooms.iterdir() if path.is_dir())
    except OSError:
        return []  # nobody has ever recorded with Zoom here
    held = [one for path in names if (one := _read(path, workspace.settings.room.zone)) is not None]
    return [
        one
        for one in held
        if first - _EARLY <= one.at <= last + _LATE
        if (
            one.number == number
            if one.number and number
            else _plain(one.topic) == _plain(event.title)
        )
    ]


def _ends(
    event: Event, starts: Sequence[datetime], entries: Sequence[Entry]
) -> tuple[datetime, datetime]:
    """When the event was: as it was recorded, else as it was planned."""
    if not starts:
        return event.starts_at, event.ends_at
    record = progress(entries).get(sop.RECORD)
    ended = record.finished if record is not None and record.finished else starts[-1]
    return starts[0], max(ended, starts[-1])


def _read(path: Path, zone: ZoneInfo) -> ZoomFolder | None:
    matched = _NAME.fullmatch(path.name)
    if matched is None:
        return None
    try:
        local = datetime.strptime(matched[1], "%Y-%m-%d %H.%M.%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return ZoomFolder(path, local, matched[2], matched[3] or "")


def _plain(text: str) -> str:
    """Zoom replaces what a folder's name cannot have, so only letters and digits are compared."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _taken(found: ZoomFolder, folder: Path) -> list[str]:
    words: dict[str, object] = {"folder": found.path}
    files = found.files
    if not files:
        if any(found.path.glob("*.zoom")):
            return [
                _("Zoom has not converted its own recording yet: open Zoom and wait. %(folder)s")
                % words
            ]
        return []
    if any(time.time() - file.stat().st_mtime < _SETTLED_SECONDS for file in files):
        return [
            _("Zoom is still writing its own recording; archive takes it in later: %(folder)s")
            % words
        ]
    for file in files:
        copy = folder / f"{found.path.name[:19].replace(' ', '_')}_{file.name}"
        size = file.stat().st_size
        if copy.is_file() and copy.stat().st_size == size:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        if free_in(folder) < size + _LEFT_FREE:
            needed = Number((size + _LEFT_FREE) / 2**30)
            return [
                _("Zoom's own recording needs %(needed)s GiB free to be taken in: %(folder)s")
                % {**words, "needed": needed}
            ]
        _copy(file, copy, found)
    return []


def _copy(file: Path, copy: Path, found: ZoomFolder) -> None:
    """First what it is, then the file itself: who sees the file, sees the whole of it."""
    facts = {
        "type": "local",
        "recording_start": found.at.isoformat(),
        "start_is_estimated": True,
        "size": file.stat().st_size,
        "from": str(file),
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    replace_file(copy.with_name(copy.name + ".json"), text.encode())
    partial = copy.with_name(f".{copy.name}.part")
    shutil.copyfile(file, partial)
    with partial.open("rb") as content:
        os.fsync(content.fileno())
    partial.replace(copy)
