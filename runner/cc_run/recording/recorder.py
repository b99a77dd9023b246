"""Records an event: start with proof, watch, stop, and judge what was recorded.

OBS goes on when this process dies; run again, it attaches to the running recording. What it needs
for that is in the journal: every segment's file is noted as soon as OBS has started it.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.journal import Entry, RunningStep
from cc_run.language import _
from cc_run.recording.launch import ensure_obs
from cc_run.recording.media import Media, examine, join, stills
from cc_run.recording.obs import ObsConnection, RecordStatus
from cc_run.times import format_duration, now
from cc_run.workspace import Workspace

SEGMENT_STARTED: Final = "recording.segment"
FINISHED: Final = "recording.finished"
_POLL_SECONDS: Final = 0.5
_FINAL_SECONDS: Final = 30.0
_STILLS: Final = 4
_BYTES_PER_KBIT: Final = 125


@dataclass(frozen=True)
class Sample:
    """What is seen of a running recording, twice a second (sizes in bytes)."""

    elapsed: float
    left: float
    size: int
    free: int
    paused: bool


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


def record(
    workspace: Workspace,
    event: Event,
    step: RunningStep,
    *,
    until: datetime,
    stop: threading.Event,
    on_sample: Callable[[Sample], None] = lambda sample: None,
) -> Recorded:
    """Records until the time has come, ``stop`` is set, or someone stops OBS's recording.

    Raises:
        Refusal: there is not enough disk, OBS does not start, or the file is no good.
        OutsideFailure: OBS is gone and does not come back.
    """
    obs = workspace.settings.obs
    ensure_obs(obs, workspace.state_dir / "logs" / "obs.log")
    _require_disk(workspace, until)
    with ObsConnection(obs) as connection:
        begun = _start_or_attach(workspace, connection, event, step)
        wall = _watch(connection, begun, until, stop, on_sample)
        if connection.record_status().active:
            connection.stop_recording(_FINAL_SECONDS)
    return finish(workspace, event, step, wall=wall)


def finish(
    workspace: Workspace, event: Event, step: RunningStep, *, wall: float | None = None
) -> Recorded:
    """Joins and examines the event's segments; ``wall`` is what the clock says it should last."""
    segments = _segments(workspace.journal.entries(event.id))
    usable = [segment for segment in segments if segment.is_file() and segment.stat().st_size]
    if not usable:
        raise Refusal(
            _("%(event)s has no recording.") % {"event": event.id},
            _("Record it: cc-run record --event %(event)s") % {"event": event.id},
        )
    whole = usable[0]
    if len(usable) > 1:
        whole = usable[0].with_name(f"{event.id}_joined{usable[0].suffix}")
        join(usable, whole)
    media = examine(whole)
    pictures = stills(
        media.file,
        workspace.event_dir(event) / "stills",
        count=_STILLS,
        seconds=media.seconds,
    )
    remarks = _remarks(workspace, media, segments, usable, wall)
    recorded = Recorded(media, tuple(usable), tuple(pictures), remarks)
    step.note(FINISHED, recorded.as_output())
    return recorded


def stop_recording(workspace: Workspace) -> bool:
    """Stops OBS's recording; the ``record`` that watches it finishes the rest. False: none ran."""
    with ObsConnection(workspace.settings.obs) as connection:
        if not connection.record_status().active:
            return False
        connection.stop_recording(_FINAL_SECONDS)
    return True


def pause_recording(workspace: Workspace, *, paused: bool) -> None:
    """Pauses OBS's recording or goes on with it."""
    with ObsConnection(workspace.settings.obs) as connection:
        connection.ask("PauseRecord" if paused else "ResumeRecord")


def recording_status(workspace: Workspace) -> RecordStatus:
    """What OBS says of its recording now."""
    with ObsConnection(workspace.settings.obs) as connection:
        return connection.record_status()


def _start_or_attach(
    workspace: Workspace, connection: ObsConnection, event: Event, step: RunningStep
) -> float:
    """Has OBS recording this event; the monotonic time at which the recording began."""
    status = connection.record_status()
    known = _segments(workspace.journal.entries(event.id))
    if status.active:
        if status.file not in known:
            raise Refusal(
                _("OBS is already recording something else: %(file)s.") % {"file": status.file},
                _("Stop that recording first: cc-run record stop"),
            )
        return time.monotonic() - status.seconds
    name = f"{event.id}_%CCYY-%MM-%DD_%hh-%mm-%ss"
    file = connection.start_recording(name, workspace.settings.recording.start_timeout)
    begun = time.monotonic()
    step.note(SEGMENT_STARTED, {"file": str(file)})
    _require_growth(file, workspace.settings.recording.start_timeout)
    return begun


def _require_growth(file: Path, timeout: float) -> None:
    """A recording that is said to run must be seen to grow on disk."""
    ended = time.monotonic() + timeout
    first = None
    while time.monotonic() < ended:
        size = file.stat().st_size if file.is_file() else 0
        if first is not None and size > first:
            return
        first = size if first is None else first
        time.sleep(0.1)
    raise Refusal(
        _("OBS says that it records, but %(file)s does not grow.") % {"file": file},
        _("Look at the OBS window and at the disk, then start the recording again."),
    )


def _watch(
    connection: ObsConnection,
    begun: float,
    until: datetime,
    stop: threading.Event,
    on_sample: Callable[[Sample], None],
) -> float:
    """Looks at the recording until its end; how many seconds it recorded by the clock."""
    paused_seconds, last = 0.0, time.monotonic()
    while True:
        status = connection.record_status()
        moment = time.monotonic()
        if status.paused:
            paused_seconds += moment - last
        last = moment
        recorded = moment - begun - paused_seconds
        left = (until - now()).total_seconds()
        if status.file is not None and status.file.exists():
            on_sample(
                Sample(
                    elapsed=recorded,
                    left=max(left, 0.0),
                    size=status.file.stat().st_size,
                    free=shutil.disk_usage(status.file.parent).free,
                    paused=status.paused,
                )
            )
        if not status.active or left <= 0 or stop.is_set():
            return recorded
        stop.wait(min(_POLL_SECONDS, max(left, 0.0)))


def _segments(entries: list[Entry]) -> list[Path]:
    return [Path(entry.data["file"]) for entry in entries if entry.kind == SEGMENT_STARTED]


def _require_disk(workspace: Workspace, until: datetime) -> None:
    obs = workspace.settings.obs
    seconds = max((until - now()).total_seconds(), 0)
    needed = seconds * (obs.video_bitrate + obs.audio_bitrate) * _BYTES_PER_KBIT
    try:
        free = shutil.disk_usage(obs.record_dir).free
    except OSError as error:
        raise OutsideFailure(
            _("The folder for recordings, %(folder)s, cannot be used: %(reason)s")
            % {"folder": obs.record_dir, "reason": error.strerror},
            _("Make it or connect its disk, or set obs_record_dir to another folder."),
        ) from error
    if free < needed:
        raise Refusal(
            _("The disk has %(free).1f GiB free, but the recording needs about %(needed).1f GiB.")
            % {"free": free / 2**30, "needed": needed / 2**30},
            _("Free some space; cc-run archive moves finished events to the archive."),
        )


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
        remarks.append(_("%(count)s segments are missing or empty.") % {"count": missing})
    return tuple(remarks)
