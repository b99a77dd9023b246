"""An event's segments, as the journal knows them.

A segment is what OBS wrote between a start and a stop. Usually there is one; after a fault there
are more. Each is noted as soon as OBS has started it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cc_run.journal import Entry
from cc_run.recording.stamp import Stamp

SEGMENT_STARTED: Final = "recording.segment"
PAUSED: Final = "recording.paused"
RESUMED: Final = "recording.resumed"


@dataclass(frozen=True)
class Segment:
    """A file of OBS, when it began, why, and how many seconds it was paused.

    Attributes:
        because: The kept sentence that tells why it began; None for the first one.
    """

    file: Path
    start: Stamp
    because: Mapping[str, Any] | None = None
    paused: float = 0.0


def segments_of(entries: Iterable[Entry]) -> list[Segment]:
    """The event's segments in their order; one that was saved to another place stands there."""
    found: list[Segment] = []
    for entry in entries:
        if entry.kind == SEGMENT_STARTED:
            _take(found, entry)
        elif entry.kind == RESUMED and found:
            paused = found[-1].paused + float(entry.data.get("paused", 0.0))
            found[-1] = replace(found[-1], paused=paused)
    return found


def _take(found: list[Segment], entry: Entry) -> None:
    file, before = Path(entry.data["file"]), entry.data.get("instead_of")
    for index, segment in enumerate(found):
        if before is not None and segment.file == Path(before):
            found[index] = replace(segment, file=file)
            return
    start = Stamp.from_data(entry.data, entry.at)
    found.append(Segment(file, start, entry.data.get("because")))
