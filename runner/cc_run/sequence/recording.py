"""Step 5: the event is recorded, from the start to the planned end and a grace after it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from cc_run import sop
from cc_run.events import Event
from cc_run.journal import RunningStep
from cc_run.progress import Report, unheard
from cc_run.recording.beacon import seen_by_supervisor
from cc_run.recording.control import extension, recorded_event, stop_recording
from cc_run.recording.herald import Observer
from cc_run.recording.products import make_products
from cc_run.recording.recorder import finish_recording, record
from cc_run.recording.result import Recorded
from cc_run.recording.stopping import StopSignal
from cc_run.sentences import kept
from cc_run.times import now
from cc_run.workspace import Workspace


def planned_end(
    workspace: Workspace, event: Event, seconds: float | None = None
) -> Callable[[], datetime]:
    """What tells when a recording that begins now is to end, whenever it is asked.

    That is the event's end and the room's grace, or ``seconds`` from now; and what people have
    added to it. A late start keeps the grace.
    """
    begun, grace = now(), timedelta(minutes=workspace.settings.recording.grace_minutes)

    def planned() -> datetime:
        added = extension(workspace.journal.entries(event.id))
        if seconds is not None:
            return begun + timedelta(seconds=seconds) + added
        return max(workspace.events.get(event.id).ends_at, begun) + grace + added

    return planned


def record_event(
    workspace: Workspace,
    event: Event,
    *,
    seconds: float | None = None,
    stop: StopSignal,
    observer: Observer | None = None,
) -> Recorded:
    """Records until the planned end or for so many seconds, or until a person stops it.

    Then, when the step has ended with its result, what is made of it follows; who wishes the end
    once more leaves that to a later command.
    """
    watcher = observer or Observer()
    with workspace.journal.step(event.id, sop.RECORD, workspace.actor) as step:
        recorded = record(
            workspace,
            event,
            step,
            planned=planned_end(workspace, event, seconds),
            grace=0.0 if seconds else 60.0 * workspace.settings.recording.grace_minutes,
            stop=stop,
            observer=watcher,
        )
        _put_out(step, recorded)
    wished = stop.times
    products = make_products(
        workspace, event, on_progress=watcher.on_work, put_off=lambda: stop.times > wished
    )
    return replace(recorded, products=products)


def stop_event(
    workspace: Workspace, event: Event | None = None, *, on_work: Report = unheard
) -> tuple[bool, Recorded | None]:
    """Ends the recording that runs; where nobody watches it, what it left is judged here.

    Args:
        workspace: The room.
        event: Whose recording is judged even where none runs any more.
        on_work: Told how far the recording has been looked through.

    Returns:
        Whether one was running, and the recording if it was judged.
    """
    watched = seen_by_supervisor(workspace.state_dir)
    running = recorded_event(workspace)
    # Where an event is named, that no OBS runs is no hindrance.
    stopped = stop_recording(workspace) if running is not None or event is None else False
    left = event if event is not None else running
    if left is None or (watched is not None and watched["event"] == left.id):
        return stopped, None
    with workspace.journal.step(left.id, sop.RECORD, workspace.actor) as step:
        recorded = finish_recording(workspace, left, step)
        _put_out(step, recorded)
    products = make_products(workspace, left, on_progress=on_work)
    return stopped, replace(recorded, products=products)


def _put_out(step: RunningStep, recorded: Recorded) -> None:
    sentences = [kept(remark) for remark in recorded.remarks]
    step.output = {**recorded.as_output(), "sentences": sentences}


@contextmanager
def ended_by_signal() -> Iterator[StopSignal]:
    """Ctrl-C (or TERM) ends a recording well instead of the program."""
    stop = StopSignal()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_received: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
