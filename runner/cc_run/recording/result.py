"""What was recorded of an event: its segments joined, judged by their packets, and told."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.gap_report import gap_report_of, write_gap_report
from cc_run.recording.gaps import Gap, gaps_between
from cc_run.recording.media import Content, Media, content_of, examine, join
from cc_run.recording.products import FINISHED, Products
from cc_run.recording.segments import Segment, segments_of
from cc_run.recording.supervisor import Ending
from cc_run.sentences import kept
from cc_run.times import format_duration
from cc_run.workspace import Workspace

_SPARE_BYTES: Final = 100 * 2**20


@dataclass(frozen=True)
class Part:
    """A segment and what can be read of it."""

    segment: Segment
    content: Content

    def as_data(self) -> dict[str, Any]:
        """For the report and the journal."""
        return {
            "file": self.segment.file.name,
            "from": self.segment.start.at.isoformat(timespec="milliseconds"),
            "seconds": round(self.content.seconds, 3),
            "frames": self.content.frames,
            "paused_seconds": round(self.segment.paused, 2),
            "damage": self.content.complaint,
            "because": self.segment.because,
        }


@dataclass(frozen=True)
class Recorded:
    """The event's recording as it will be archived.

    Attributes:
        event_id: The event's.
        media: The whole of it.
        parts: OBS's own files; they stay until the archive has verified copies.
        gaps: What is missing.
        report: The gap report, for people; beside it lies the same as JSON.
        remarks: What is worth saying of it.
        products: What was made from it, once it was.
    """

    event_id: str
    media: Media
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...]
    report: Path
    remarks: tuple[str, ...]
    products: Products = field(default_factory=Products)

    def as_output(self) -> dict[str, Any]:
        """For the journal; with the products, for ``--json``."""
        return {
            "file": str(self.media.file),
            "sha256": self.media.sha256,
            "seconds": round(self.media.seconds, 2),
            "frames": self.media.frames,
            "size": self.media.size,
            "segments": len(self.parts),
            "parts": [part.as_data() for part in self.parts],
            "missing_seconds": round(sum(gap.seconds for gap in self.gaps), 2),
            "gaps": [gap.as_data() for gap in self.gaps],
            "gap_report": str(self.report),
            "remarks": list(self.remarks),
        }


def finish(workspace: Workspace, event: Event, step: RunningStep, ending: Ending) -> Recorded:
    """Joins and judges the event's segments, and writes what is missing.

    Raises:
        Refusal: nothing was recorded, or nothing of it can be read.
        OutsideFailure: there is no space to join them.
    """
    entries = workspace.journal.entries(event.id)
    parts = tuple(
        Part(segment, content_of(segment.file) if segment.file.exists() else Content(0.0, 0))
        for segment in segments_of(entries)
    )
    if not parts:
        raise Refusal(
            _("%(event)s has no recording.") % {"event": event.id},
            _("Record it: cc-run record --event %(event)s") % {"event": event.id},
        )
    usable = [part for part in parts if part.content.frames] or list(parts[:1])
    media = _whole(workspace, event, usable)
    because = kept(ending.because) if ending.because else None
    lengths = [(part.segment, part.content.seconds) for part in parts]
    gaps = gaps_between(lengths, ending.at, because)
    recorded = Recorded(
        event_id=event.id,
        media=media,
        parts=parts,
        gaps=gaps,
        report=gap_report_of(workspace, event),
        remarks=_remarks(workspace, media, parts, gaps, ending),
    )
    write_gap_report(workspace, event, recorded.as_output())
    step.note(FINISHED, recorded.as_output())
    return recorded


def _whole(workspace: Workspace, event: Event, parts: Sequence[Part]) -> Media:
    """The segments as one file; one that is whole is taken as it is."""
    files = [part.segment.file for part in parts]
    if len(parts) == 1 and not parts[0].content.complaint:
        return examine(files[0])
    joined = _room_for(workspace, event, files) / f"{event.id}_joined{files[0].suffix}"
    join(files, joined)
    return examine(joined)


def _room_for(workspace: Workspace, event: Event, files: Sequence[Path]) -> Path:
    """The folder that the joined file goes to."""
    needed = sum(file.stat().st_size for file in files) + _SPARE_BYTES
    folders = dict.fromkeys(file.parent for file in reversed(files))
    for folder in folders:
        if shutil.disk_usage(folder).free >= needed:
            return folder
    raise OutsideFailure(
        _("There is no space to join the parts: %(needed)s GiB are needed.")
        % {"needed": Number(needed / 2**30)},
        _("Free some space, then finish it: cc-run record stop --event %(event)s")
        % {"event": event.id},
    )


def _remarks(
    workspace: Workspace, media: Media, parts: Sequence[Part], gaps: Sequence[Gap], ending: Ending
) -> tuple[str, ...]:
    remarks: list[str] = []
    if gaps:
        missing = sum(gap.seconds for gap in gaps)
        remarks.append(
            _("%(seconds)s s are missing in %(count)s places; the gap report tells when.")
            % {"seconds": Number(missing), "count": len(gaps)}
        )
    tolerance = workspace.settings.recording.duration_tolerance
    last = parts[-1].content.seconds
    if ending.wall is not None and abs(ending.wall - last) > tolerance and not ending.because:
        remarks.append(
            _("The file lasts %(file)s, the clock says %(clock)s.")
            % {
                "file": format_duration(timedelta(seconds=last)),
                "clock": format_duration(timedelta(seconds=ending.wall)),
            }
        )
    damaged = sum(bool(part.content.complaint) for part in parts)
    lost = sum(not part.content.frames for part in parts)
    if damaged - lost > 0:
        remarks.append(_("The recording was cut off; what could be read of it was kept."))
    if lost:
        remarks.append(_("%(count)s parts are missing or damaged.") % {"count": lost})
    frames = sum(part.content.frames for part in parts)
    if media.frames != frames:
        remarks.append(
            _("The joined file has %(joined)s frames, its parts have %(parts)s.")
            % {"joined": media.frames, "parts": frames}
        )
    return tuple(remarks)
