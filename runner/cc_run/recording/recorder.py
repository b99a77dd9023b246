"""Records an event: start with proof, watch and heal, stop, and judge what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.recording.herald import Observer
from cc_run.recording.notes import Notes
from cc_run.recording.result import Recorded, finish
from cc_run.recording.stopping import StopSignal
from cc_run.recording.supervisor import Ending, Supervisor
from cc_run.workspace import Workspace


def record(
    workspace: Workspace,
    event: Event,
    step: RunningStep,
    *,
    planned: Callable[[], datetime],
    grace: float,
    stop: StopSignal,
    observer: Observer,
) -> Recorded:
    """Records until the planned end, until ``stop`` is set, or until a person stops it elsewhere.

    Args:
        workspace: The room.
        event: The event.
        step: Its step 5, at work.
        planned: When it is to end; asked again and again, because it may be moved.
        grace: So many seconds before, the event's own time is over.
        stop: Set to end it before.
        observer: Who is told meanwhile.

    Raises:
        Refusal: there is not enough disk, OBS does not start, or nothing can be read afterwards.
        OutsideFailure: OBS cannot be started.
    """
    notes = Notes(step)
    supervisor = Supervisor(
        workspace, event, notes, planned=planned, grace=grace, stop=stop, observer=observer
    )
    ending = supervisor.run()
    notes.close()
    return finish(workspace, event, step, ending)


def finish_recording(workspace: Workspace, event: Event, step: RunningStep) -> Recorded:
    """Judges what is there of a recording that has ended while nobody watched."""
    return finish(workspace, event, step, Ending(None, None))
