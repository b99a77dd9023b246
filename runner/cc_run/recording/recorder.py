"""Records an event: start with proof, watch, stop, and judge what was recorded.

OBS goes on when this process dies; run again, it attaches to the running recording. What it needs
for that is in the journal: every segment's file is noted as soon as OBS has started it.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.launch import ensure_obs, running_obs
from cc_run.recording.obs import ObsConnection, ObsGone, RecordStatus
from cc_run.recording.result import SEGMENT_STARTED, Recorded, finish, segments_of
from cc_run.times import now
from cc_run.workspace import Workspace

__all__ = [
    "Recorded",
    "Sample",
    "pause_recording",
    "record",
    "recording_status",
    "stop_recording",
]

STOP_ASKED: Final = "recording.stop_asked"
_POLL_SECONDS: Final = 0.5
_FINAL_SECONDS: Final = 30.0
_BYTES_PER_KBIT: Final = 125


@dataclass(frozen=True)
class Sample:
    """What is seen of a running recording, twice a second (sizes in bytes)."""

    elapsed: float
    left: float
    size: int
    free: int
    paused: bool


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
    _require_disk(workspace, until)
    ensure_obs(obs, workspace.state_dir / "logs" / "obs.log")
    begun, wall, missed = now(), None, 0.0
    try:
        with ObsConnection(obs) as connection:
            status = connection.record_status()
            if status.active or not stop.is_set():
                _start_or_attach(workspace, connection, status, event, step)
                missed = _watch(connection, until, stop, on_sample)
                if connection.record_status().active:
                    connection.stop_recording(_FINAL_SECONDS)
                wall = connection.watch.seconds
    except ObsGone as error:
        raise _interrupted(workspace, event) from error
    asked = workspace.journal.latest(event.id, STOP_ASKED)
    if asked is not None and asked.at > begun:
        missed = 0.0
    return finish(workspace, event, step, wall=wall, missed=missed)


def stop_recording(workspace: Workspace) -> bool:
    """Stops OBS's recording; the ``record`` that watches it finishes the rest. False: none ran."""
    with ObsConnection(workspace.settings.obs) as connection:
        status = connection.record_status()
        if not status.active:
            return False
        if status.file is not None:
            # Whoever watches it will know that a person ended it, and not a full disk.
            event_id = status.file.name.partition("_")[0]
            workspace.journal.append(STOP_ASKED, event_id=event_id, actor=workspace.actor)
        connection.stop_recording(_FINAL_SECONDS)
    return True


def pause_recording(workspace: Workspace, *, paused: bool) -> None:
    """Pauses OBS's recording or goes on with it; fine where it is so already.

    Raises:
        Refusal: no recording is running, or OBS cannot pause it.
    """
    with ObsConnection(workspace.settings.obs) as connection:
        status = connection.record_status()
        if not status.active:
            raise Refusal(_("No recording is running."), _("Start one: cc-run record --event next"))
        if status.paused != paused:
            timeout = workspace.settings.recording.start_timeout
            connection.pause_recording(paused=paused, timeout=timeout)


def recording_status(workspace: Workspace) -> RecordStatus:
    """What OBS says of its recording now."""
    with ObsConnection(workspace.settings.obs) as connection:
        return connection.record_status()


def _start_or_attach(
    workspace: Workspace,
    connection: ObsConnection,
    status: RecordStatus,
    event: Event,
    step: RunningStep,
) -> None:
    """Has OBS recording this event, with the file's name in the journal."""
    if status.active:
        if status.file is None or not status.file.name.startswith(f"{event.id}_"):
            raise Refusal(
                _("OBS is already recording something else: %(file)s.") % {"file": status.file},
                _("Stop that recording first: cc-run record stop"),
            )
        if status.file not in segments_of(workspace.journal.entries(event.id)):
            # Whoever started it was killed before it could write this down.
            step.note(SEGMENT_STARTED, {"file": str(status.file)})
        connection.follow_recording(status)
        return
    local = now().astimezone(workspace.settings.room.zone)
    name = f"{event.id}_{local:%Y-%m-%d_%H-%M-%S}"
    file = connection.start_recording(name, workspace.settings.recording.start_timeout)
    step.note(SEGMENT_STARTED, {"file": str(file)})
    _require_growth(connection, file, workspace.settings.recording.start_timeout)


def _require_growth(connection: ObsConnection, file: Path, timeout: float) -> None:
    """A recording that is said to run must be seen to grow on disk."""
    ended = time.monotonic() + timeout
    first = None
    while time.monotonic() < ended:
        size = _size(file)
        if first is not None and size > first:
            return
        first = size if first is None else first
        status = connection.record_status()
        if status.paused or not status.active:
            return  # somebody else has paused or stopped it already
        time.sleep(0.1)
    raise Refusal(
        _("OBS says that it records, but %(file)s does not grow.") % {"file": file},
        _("Look at the OBS window and at the disk, then start the recording again."),
    )


def _watch(
    connection: ObsConnection,
    until: datetime,
    stop: threading.Event,
    on_sample: Callable[[Sample], None],
) -> float:
    """Looks at the recording until it is to end; the seconds it lacks if it ended by itself."""
    while True:
        status = connection.record_status()
        left = max((until - now()).total_seconds(), 0.0)
        if status.file is not None and status.file.exists():
            on_sample(
                Sample(
                    elapsed=connection.watch.seconds,
                    left=left,
                    size=_size(status.file),
                    free=shutil.disk_usage(status.file.parent).free,
                    paused=status.paused,
                )
            )
        if not left or stop.is_set():
            return 0.0
        if not status.active:
            return left
        stop.wait(min(_POLL_SECONDS, left))


def _interrupted(workspace: Workspace, event: Event) -> OutsideFailure:
    again = {"event": event.id}
    if running_obs(workspace.settings.obs) is None:
        return OutsideFailure(
            _("OBS ended in the middle of the recording; what it had recorded is kept."),
            _("Go on at once, in a new part that is joined later: cc-run record --event %(event)s")
            % again,
        )
    return OutsideFailure(
        _("OBS does not answer any more, but it is open and may still be recording."),
        _("Leave it open and watch the same recording again: cc-run record --event %(event)s")
        % again,
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


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
    if not os.access(obs.record_dir, os.W_OK | os.X_OK):
        # OBS would say that it has started, and open a dialog that nobody answers.
        raise OutsideFailure(
            _("Nothing can be written to the folder for recordings, %(folder)s.")
            % {"folder": obs.record_dir},
            _("Correct its permissions, or set obs_record_dir to another folder."),
        )
    if free < needed:
        raise Refusal(
            _("The disk has %(free)s GiB free, but the recording needs about %(needed)s GiB.")
            % {"free": Number(free / 2**30), "needed": Number(needed / 2**30)},
            _("Free some space on this disk; archived recordings may move away."),
        )
