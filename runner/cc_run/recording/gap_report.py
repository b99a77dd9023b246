"""The gap report: what was recorded, what is missing, and what stands out.

For people as a text, for programs as JSON. It is written when the recording is final, and again
when more is known: what was found in it, and which second recording has what it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.language import _, speaking
from cc_run.numbers import Number
from cc_run.recording.findings import Finding, told
from cc_run.recording.loudness import Loudness
from cc_run.recording.second import SecondRecording, coverage
from cc_run.sentences import revived
from cc_run.times import format_clock, format_duration, format_moment
from cc_run.workspace import Workspace


def gap_report_of(workspace: Workspace, event: Event) -> Path:
    """Where the report for people is; beside it lies the same as JSON."""
    return workspace.event_dir(event) / "recording" / f"{event.id}_gaps.txt"


def write_gap_report(
    workspace: Workspace,
    event: Event,
    facts: Mapping[str, Any],
    *,
    findings: Sequence[Finding] = (),
    loudness: Loudness | None = None,
    seconds: Sequence[SecondRecording] = (),
) -> Path:
    """Writes both into the event's folder, and so into its bag; the file for people.

    Args:
        workspace: The room.
        event: The event.
        facts: The recording's, as step 5 handed it over.
        findings: What stands out in it.
        loudness: How loud it is.
        seconds: What somebody else recorded of the same event.
    """
    path = gap_report_of(workspace, event)
    more = {
        "findings": [finding.as_data() for finding in findings],
        "second_recordings": [second.as_data() for second in seconds],
    }
    data = {
        "event": event.id,
        "file": Path(facts["file"]).name,
        **{key: facts[key] for key in ("sha256", "seconds", "frames")},
        "segments": facts.get("parts", []),
        **{key: facts[key] for key in ("missing_seconds", "gaps")},
        **{key: value for key, value in more.items() if value},
    }
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    _write(path.with_suffix(".json"), text)
    language = workspace.settings.room.document_language
    with speaking(language):
        lines = [
            *_head(event, data, workspace.zone),
            *_missing(data, seconds, workspace.zone, language),
            *_standing_out(findings, loudness, workspace.zone),
            *_others(seconds, workspace.zone),
        ]
    return _write(path, "\n".join(lines) + "\n")


def _write(path: Path, text: str) -> Path:
    """What says the same stays as it is, and so does the archive's knowledge of it."""
    if path.is_file() and path.read_bytes() == text.encode():
        return path
    return replace_file(path, text.encode())


def _head(event: Event, data: Mapping[str, Any], zone: str) -> list[str]:
    parts = data["segments"]
    lines = [_("Recording of %(event)s: %(title)s") % {"event": event.id, "title": event.title}, ""]
    if parts:
        begun = datetime.fromisoformat(parts[0]["from"])
        lines.append(_("Begun: %(moment)s") % {"moment": format_moment(begun, zone)})
    lines += [
        _("Length: %(length)s, %(frames)s frames")
        % {"length": _length(data["seconds"]), "frames": Number(data["frames"], 0)},
        _("File: %(file)s") % {"file": data["file"]},
        _("SHA-256: %(sum)s") % {"sum": data["sha256"]},
        "",
        _("Parts, as OBS wrote them:"),
    ]
    for number, part in enumerate(parts, start=1):
        clock = _clock(datetime.fromisoformat(part["from"]), zone)
        lines.append(f"  {number}. {clock}  {_length(part['seconds'])}  {part['file']}")
    return [*lines, ""]


def _missing(
    data: Mapping[str, Any], seconds: Sequence[SecondRecording], zone: str, language: str
) -> list[str]:
    if not data["gaps"]:
        return [_("Nothing is missing.")]
    lines: list[str] = [_("What is missing:")]
    for gap in data["gaps"]:
        start, end = (datetime.fromisoformat(gap[key]) for key in ("from", "to"))
        length = _("%(seconds)s s") % {"seconds": Number(gap["seconds"])}
        reason = revived(gap["because"], language) if gap["because"] else ""
        lines.append(f"  {_clock(start, zone)}–{_clock(end, zone)}  {length}  {reason}".rstrip())
        lines += [f"      {text}" for text in coverage(start, end, seconds)]
    return lines


def _standing_out(findings: Sequence[Finding], loudness: Loudness | None, zone: str) -> list[str]:
    lines = ["", loudness.sentence] if loudness is not None else []
    if findings:
        lines += ["", _("What stands out (which need not be a fault):")]
        lines += [f"  {told(finding, zone)}" for finding in findings]
    return lines


def _others(seconds: Sequence[SecondRecording], zone: str) -> list[str]:
    if not seconds:
        return []
    lines = ["", _("Second recordings, by Zoom:")]
    for second in seconds:
        start = _clock(second.start, zone) if second.start else "–"
        about = "" if second.exact else " (" + _("start estimated") + ")"
        lines.append(f"  {start}  {_length(second.seconds)}  {second.file.name}{about}")
    return lines


def _clock(moment: datetime, zone: str) -> str:
    return format_clock(moment, zone, seconds=True)


def _length(seconds: float) -> str:
    return format_duration(timedelta(seconds=seconds))
