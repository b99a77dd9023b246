"""What was recorded of an event: its parts joined, examined, and told.

A part is what OBS wrote between a start and a stop. Usually there is one; after OBS has crashed
there are more. Each part's file is in the journal from its start on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.journal import Entry, RunningStep
from cc_run.language import _
from cc_run.recording.media import Media, examine, join, stills, streams_of
from cc_run.times import format_duration
from cc_run.workspace import Workspace

SEGMENT_STARTED: Final = "recording.segment"
FINISHED: Final = "recording.finished"
_STILLS: Final = 4


@dataclass(frozen=True)
class Recorded:
    """The finished recording, its segments, pictures from it, and what is worth saying."""

    media: Media
    segments: tuple[Path, ...]
    stills: tuple[Path, ...]
    remarks: tuple[str, ...]

    def as_output(self) -> dict[str, Any]:
        """What the journal keeps as the output of step 5."""
        return {
            "file": str(self.media.file),
            "sha256": self.media.sha256,
            "seconds": round(self.media.seconds, 2),
            "size": self.media.size,
            "segments": len(self.segments),
            "stills": [str(picture) for picture in self.stills],
            "remarks": list(self.remarks),
        }


def finish(
    workspace: Workspace,
    event: Event,
    step: RunningStep,
    *,
    wall: float | None = None,
    missed: float = 0.0,
) -> Recorded:
    """Joins and examines the event's segments.

    Args:
        workspace: The room.
        event: The event that was recorded.
        step: Its step 5.
        wall: How many seconds the recording should last by the clock.
        missed: How many seconds before its time it was ended, and not by us.

    Raises:
        Refusal: nothing was recorded, or nothing of it can be read.
    """
    segments = segments_of(workspace.journal.entries(event.id))
    if not segments:
        raise Refusal(
            _("%(event)s has no recording.") % {"event": event.id},
            _("Record it: cc-run record --event %(event)s") % {"event": event.id},
        )
    usable = [segment for segment in segments if _readable(segment)]
    media, repaired = _whole(event, usable or segments[:1])
    pictures = stills(
        media.file,
        workspace.event_dir(event) / "stills",
        count=_STILLS,
        seconds=media.seconds,
    )
    remarks = _remarks(workspace, media, segments, usable, wall)
    if missed:
        remarks += (
            _("It ended %(time)s before its time: somebody stopped it in OBS, or the disk is full.")
            % {"time": format_duration(timedelta(seconds=missed))},
        )
    if repaired:
        remarks += (_("The recording was cut off; what could be read of it was kept."),)
    recorded = Recorded(media, tuple(usable), tuple(pictures), remarks)
    step.note(FINISHED, recorded.as_output())
    return recorded


def _readable(segment: Path) -> bool:
    try:
        return bool(streams_of(segment))
    except Refusal:
        return False


def _whole(event: Event, segments: list[Path]) -> tuple[Media, bool]:
    """The segments as one file, and whether that took a repair."""
    joined = segments[0].with_name(f"{event.id}_joined{segments[0].suffix}")
    if len(segments) > 1:
        join(segments, joined)
        return examine(joined), False
    try:
        return examine(segments[0]), False
    except Refusal as damaged:
        try:
            join(segments, joined)
            return examine(joined), True
        except Refusal:
            raise damaged from None


def segments_of(entries: list[Entry]) -> list[Path]:
    """The files of the event's parts, in their order."""
    return [Path(entry.data["file"]) for entry in entries if entry.kind == SEGMENT_STARTED]


def _remarks(
    workspace: Workspace,
    media: Media,
    segments: list[Path],
    usable: list[Path],
    wall: float | None,
) -> tuple[str, ...]:
    remarks = []
    tolerance = workspace.settings.recording.duration_tolerance
    if wall is not None and len(segments) == 1 and abs(wall - media.seconds) > tolerance:
        remarks.append(
            _("The file lasts %(file)s, the clock says %(clock)s.")
            % {
                "file": format_duration(timedelta(seconds=media.seconds)),
                "clock": format_duration(timedelta(seconds=wall)),
            }
        )
    missing = len(segments) - len(usable)
    if missing:
        remarks.append(_("%(count)s parts are missing or damaged.") % {"count": missing})
    return tuple(remarks)
