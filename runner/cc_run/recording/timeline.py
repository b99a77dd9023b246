"""When a place in the recording's file was: from seconds in the file to the clock on the wall.

Between two segments nothing was recorded, and pauses are left out of the file; so the clock runs
ahead of it, more with each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cc_run.journal import Entry
from cc_run.recording.segments import PAUSED, RESUMED, SEGMENT_STARTED, segments_of


@dataclass(frozen=True)
class Pause:
    """``seconds`` that were left out, ``after`` so many seconds of a segment by the clock."""

    after: float
    seconds: float


@dataclass(frozen=True)
class Stretch:
    """What was recorded without a break: where it begins in the file, and when that was."""

    begins: float
    at: datetime


@dataclass(frozen=True)
class Timeline:
    """The file's stretches, in their order; there is at least one."""

    stretches: tuple[Stretch, ...]

    def at(self, seconds: float) -> datetime:
        """When this place of the file was recorded."""
        found = self.stretches[0]
        for stretch in self.stretches[1:]:
            if stretch.begins > seconds:
                break
            found = stretch
        return found.at + timedelta(seconds=seconds - found.begins)


def timeline_of(parts: Sequence[Mapping[str, Any]], entries: Iterable[Entry]) -> Timeline:
    """The timeline of a file that was joined from parts.

    Args:
        parts: Each with its ``file``, when it is ``from`` (ISO 8601), and its ``seconds``.
        entries: The event's, which tell of pauses; and of the parts, where none are given.
    """
    held = list(entries)
    pauses = pauses_of(held)
    if not parts:
        starts = [segment.start.at for segment in segments_of(held)]
        return Timeline((Stretch(0.0, starts[0] if starts else held[0].at),))
    begins, stretches = 0.0, []
    for part in parts:
        start, seconds, lost = datetime.fromisoformat(part["from"]), float(part["seconds"]), 0.0
        stretches.append(Stretch(begins, start))
        for pause in pauses.get(Path(part["file"]).name, ()):
            place = pause.after - lost
            lost += pause.seconds
            if 0 <= place < seconds:
                after = timedelta(seconds=pause.after + pause.seconds)
                stretches.append(Stretch(begins + place, start + after))
        begins += seconds
    return Timeline(tuple(stretches))


def pauses_of(entries: Iterable[Entry]) -> dict[str, list[Pause]]:
    """The pauses of each segment, by its file's name."""
    found: dict[str, list[Pause]] = {}
    file, start, paused = "", None, None
    for entry in entries:
        if entry.kind == SEGMENT_STARTED:
            name = Path(entry.data["file"]).name
            if (before := entry.data.get("instead_of")) is not None:
                found[name] = found.pop(Path(before).name, [])
            else:
                start = entry.at
            file, paused = name, None
        elif entry.kind == PAUSED:
            paused = entry.at
        elif entry.kind == RESUMED and start is not None:
            seconds = float(entry.data.get("paused", 0.0))
            began = paused or entry.at - timedelta(seconds=seconds)
            after = (began - start).total_seconds()
            found.setdefault(file, []).append(Pause(after, seconds))
            paused = None
    return found
