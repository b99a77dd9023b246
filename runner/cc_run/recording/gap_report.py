"""The gap report: what was recorded, and what is missing, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.language import _, speaking
from cc_run.numbers import Number
from cc_run.recording.gaps import Gap
from cc_run.recording.media import Media
from cc_run.sentences import revived
from cc_run.times import format_clock, format_duration, format_moment
from cc_run.workspace import Workspace

if TYPE_CHECKING:
    from cc_run.recording.result import Part


def write_gap_report(
    workspace: Workspace, event: Event, media: Media, parts: Sequence[Part], gaps: Sequence[Gap]
) -> Path:
    """Writes both into the event's folder, and so into its bag; the file for people."""
    folder = workspace.event_dir(event) / "recording"
    facts = {
        "event": event.id,
        "file": media.file.name,
        "sha256": media.sha256,
        "seconds": round(media.seconds, 3),
        "frames": media.frames,
        "segments": [_part(part) for part in parts],
        "missing_seconds": round(sum(gap.seconds for gap in gaps), 2),
        "gaps": [gap.as_data() for gap in gaps],
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / f"{event.id}_gaps.json", text.encode())
    with speaking(workspace.settings.room.document_language):
        words = "\n".join(_lines(workspace, event, media, parts, gaps)) + "\n"
    return replace_file(folder / f"{event.id}_gaps.txt", words.encode())


def _part(part: Part) -> dict[str, Any]:
    start = part.segment.start.at
    return {
        "file": part.segment.file.name,
        "from": start.isoformat(timespec="milliseconds"),
        "seconds": round(part.content.seconds, 3),
        "frames": part.content.frames,
        "paused_seconds": round(part.segment.paused, 2),
        "damage": part.content.complaint,
        "because": part.segment.because,
    }


def _lines(
    workspace: Workspace, event: Event, media: Media, parts: Sequence[Part], gaps: Sequence[Gap]
) -> list[str]:
    zone, language = workspace.zone, workspace.settings.room.document_language
    first = parts[0].segment.start.at
    lines = [
        _("Recording of %(event)s: %(title)s") % {"event": event.id, "title": event.title},
        "",
        _("Begun: %(moment)s") % {"moment": format_moment(first, zone)},
        _("Length: %(length)s, %(frames)s frames")
        % {
            "length": format_duration(timedelta(seconds=media.seconds)),
            "frames": Number(media.frames, 0),
        },
        _("File: %(file)s") % {"file": media.file.name},
        _("SHA-256: %(sum)s") % {"sum": media.sha256},
        "",
        _("Parts, as OBS wrote them:"),
    ]
    for number, part in enumerate(parts, start=1):
        length = format_duration(timedelta(seconds=part.content.seconds))
        began = format_clock(part.segment.start.at, zone, seconds=True)
        lines.append(f"  {number}. {began}  {length}  {part.segment.file.name}")
    lines.append("")
    if not gaps:
        return [*lines, _("Nothing is missing.")]
    lines.append(_("What is missing:"))
    for gap in gaps:
        span = f"{format_clock(gap.start, zone, seconds=True)}–" + format_clock(
            gap.end, zone, seconds=True
        )
        seconds = _("%(seconds)s s") % {"seconds": Number(gap.seconds)}
        reason = revived(gap.because, language) if gap.because else ""
        lines.append(f"  {span}  {seconds}  {reason}".rstrip())
    return lines
