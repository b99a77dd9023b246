"""Steering a recording from another terminal: through OBS, and through the journal."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Final

from cc_run import sop
from cc_run.errors import CcRunError, Refusal, SettingsFault
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.journal.entry import STEP_FINISHED
from cc_run.language import _
from cc_run.recording.obs import ObsConnection, RecordStatus
from cc_run.recording.process import muxer_of, running_obs
from cc_run.recording.stamp import Stamp
from cc_run.recording.turn import is_trial
from cc_run.settings.models import Obs
from cc_run.workspace import Workspace

STOP_ASKED: Final = "recording.stop_asked"
EXTENDED: Final = "recording.extended"
_FINAL_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 2.0


def recorded_event(workspace: Workspace) -> Event | None:
    """The event whose recording OBS writes now; None where it records none of ours."""
    if running_obs(workspace.settings.obs) is None:
        return None
    with ObsConnection(workspace.settings.obs) as connection:
        return event_of(workspace, connection.record_status())


def event_of(workspace: Workspace, status: RecordStatus) -> Event | None:
    """The event that a running recording belongs to, told by its file's name."""
    if not status.active or status.file is None:
        return None
    try:
        return workspace.events.get(status.file.name.partition("_")[0])
    except CcRunError:
        return None


def ask_to_stop(workspace: Workspace, event: Event) -> None:
    """Whoever watches it will know that a person ended it."""
    moment = Stamp.present().as_data()
    workspace.journal.append(STOP_ASKED, event_id=event.id, actor=workspace.actor, data=moment)


def stop_recording(workspace: Workspace) -> bool:
    """Stops OBS's recording; the ``record`` that watches it finishes the rest. False: none ran."""
    with ObsConnection(workspace.settings.obs) as connection:
        status = connection.record_status()
        if not status.active or is_trial(status):
            return False
        event = event_of(workspace, status)
        if event is not None:
            ask_to_stop(workspace, event)
        connection.stop_recording(_FINAL_SECONDS)
    return True


def pause_recording(workspace: Workspace, *, paused: bool) -> None:
    """Pauses OBS's recording or goes on with it; fine where it is so already.

    Raises:
        Refusal: no recording is running, or OBS cannot pause it.
    """
    with ObsConnection(workspace.settings.obs) as connection:
        status = connection.record_status()
        if not status.active or is_trial(status):
            raise _nothing_runs()
        if status.paused != paused:
            timeout = workspace.settings.recording.start_timeout
            connection.pause_recording(paused=paused, timeout=timeout)


def extend_recording(workspace: Workspace, minutes: int) -> Event:
    """Moves the end of the recording that runs; the event's own times stay.

    Raises:
        Refusal: no recording of an event is running.
    """
    event = recorded_event(workspace)
    if event is None:
        raise _nothing_runs()
    workspace.journal.append(
        EXTENDED, event_id=event.id, actor=workspace.actor, data={"minutes": minutes}
    )
    return event


def extension(entries: list[Entry]) -> timedelta:
    """By how much the end was moved since the event's last finished recording."""
    minutes = 0
    for entry in entries:
        if entry.kind == STEP_FINISHED and entry.step == sop.RECORD:
            minutes = 0
        elif entry.kind == EXTENDED:
            minutes += int(entry.data.get("minutes", 0))
    return timedelta(minutes=minutes)


def recording_status(workspace: Workspace) -> RecordStatus:
    """What OBS says of its recording now."""
    with ObsConnection(workspace.settings.obs) as connection:
        return connection.record_status()


def may_be_recording(workspace: Workspace) -> bool:
    """Whether OBS records, or cannot be asked and so may: then nothing may disturb it.

    Only where no OBS runs in this room, and nobody listens at its port, is it certain. Another
    check's test is none that has to be spared: who has OBS quit waits for its end.
    """
    obs = workspace.settings.obs
    try:
        status = recording_status(workspace)
        return status.active and not is_trial(status)
    except SettingsFault:
        # It runs with another password, which preparing corrects; its muxer is to be seen.
        pid = running_obs(obs)
        return pid is None or muxer_of(pid) is not None
    except CcRunError:
        return running_obs(obs) is not None or _listens(obs)


def _listens(obs: Obs) -> bool:
    """Whether anything takes connections where OBS is to answer, also one that says nothing."""
    try:
        with socket.create_connection((obs.host, obs.port), _CONNECT_SECONDS):
            return True
    except TimeoutError:
        return True
    except OSError:
        return False


def _nothing_runs() -> Refusal:
    return Refusal(_("No recording is running."), _("Start one: cc-run record --event next"))
