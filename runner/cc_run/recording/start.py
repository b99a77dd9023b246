"""The beginning: a recording is started with proof, or one that runs already is taken over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.recording.control import STOP_ASKED, ask_to_stop, event_of
from cc_run.recording.notes import Notes
from cc_run.recording.obs import RecordStatus
from cc_run.recording.segments import RESUMED, SEGMENT_STARTED, Segment, segments_of
from cc_run.recording.session import Session
from cc_run.recording.space import place_to_start
from cc_run.recording.stamp import Deadline, Stamp
from cc_run.recording.stopping import StopSignal
from cc_run.recording.turn import is_trial, turn
from cc_run.settings import Settings
from cc_run.times import now
from cc_run.workspace import Workspace

_FINAL_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 1.5


def file_name(event: Event, settings: Settings) -> str:
    """A segment's name: the event, and when it begins in the room's zone."""
    return f"{event.id}_{now().astimezone(settings.room.zone):%Y-%m-%d_%H-%M-%S}"


def start_or_attach(
    workspace: Workspace,
    event: Event,
    session: Session,
    notes: Notes,
    deadline: Deadline,
    stop: StopSignal,
    say: Callable[[str, str], None] = lambda text, mark: None,
) -> int:
    """Has OBS recording this event, with the file's name in the journal; how many segments it has.

    A check's test recording is let come to its end, which takes some seconds.

    Raises:
        Refusal: the disk is too small, OBS records something else, or it does not start.
        OutsideFailure: OBS is not there, or the folder cannot be used.
        KeyboardInterrupt: ``stop`` was set before anything was recorded.
    """
    folder = place_to_start(workspace.settings, deadline.left)
    busy = _("OBS is being tested or restarted; the recording begins as soon as that is over.")
    with turn(workspace.settings.obs, given_up=stop.is_set, on_waiting=lambda: say(busy, "next")):
        return _started(workspace, event, session, notes, folder, stop)


def _started(
    workspace: Workspace,
    event: Event,
    session: Session,
    notes: Notes,
    folder: Path,
    stop: StopSignal,
) -> int:
    status = session.open().record_status()
    if status.active and not _is_of(event, status):
        if not is_trial(status):  # else its program was killed, or does not come to an end
            _require_its_end(workspace, status)
        session.open().stop_recording(_FINAL_SECONDS)
        status = session.open().record_status()
    known = segments_of(workspace.journal.entries(event.id))
    if status.file is not None and _is_of(event, status):
        _attach(session, notes, known, status, status.file)
        return max(len(known), 1)
    if stop.is_set():
        raise KeyboardInterrupt
    name, seconds = file_name(event, workspace.settings), workspace.settings.recording.start_timeout
    try:
        segment = session.begin(name, folder, seconds / 2)
    except Refusal:
        # It answers and does not record: a dialog waits in its window. Nothing is lost yet.
        session.kill()
        segment = session.begin(name, folder, seconds)
    notes.note(SEGMENT_STARTED, {"file": str(segment.file), **segment.start.as_data()})
    return len(known) + 1


def _is_of(event: Event, status: RecordStatus) -> bool:
    return status.active and status.file is not None and status.file.name.startswith(f"{event.id}_")


def _require_its_end(workspace: Workspace, status: RecordStatus) -> None:
    """Another event's recording may be ended where its time is over: the next one begins.

    Raises:
        Refusal: it is still that event's time, or the recording is none of ours.
    """
    other = event_of(workspace, status)
    if other is None:
        raise Refusal(
            _("OBS is already recording something else: %(file)s.") % {"file": status.file},
            _("Stop that recording first: cc-run record stop"),
        )
    if other.ends_at > now() and workspace.journal.latest(other.id, STOP_ASKED) is None:
        raise Refusal(
            _("%(event)s is being recorded in this room, and its time is not over.")
            % {"event": other.id},
            _("Stop that recording first: cc-run record stop"),
        )
    ask_to_stop(workspace, other)


def _attach(
    session: Session, notes: Notes, known: list[Segment], status: RecordStatus, file: Path
) -> None:
    present = Stamp.present()
    same = [segment for segment in known if segment.file == file]
    if same:
        segment = same[-1]
        paused = present.since(segment.start) - segment.paused - status.seconds
        if paused > _PAUSE_SECONDS and not status.paused:
            # It was paused and went on while nobody watched.
            notes.note(RESUMED, {"paused": round(paused, 2)})
    else:
        # Whoever started it was killed before it could write this down.
        segment = Segment(file, present.later(-status.seconds))
        notes.note(SEGMENT_STARTED, {"file": str(segment.file), **segment.start.as_data()})
    session.attach(segment, status)
