"""Step 5: the event is recorded, from the start to the planned end and a grace after it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from cc_run import sop
from cc_run.events import Event
from cc_run.recording.recorder import Recorded, Sample, record
from cc_run.sentences import kept
from cc_run.times import now
from cc_run.workspace import Workspace


def planned_end(workspace: Workspace, event: Event) -> datetime:
    """The event's end and the room's grace; a late start keeps the grace."""
    grace = timedelta(minutes=workspace.settings.recording.grace_minutes)
    return max(event.ends_at, now()) + grace


def record_event(
    workspace: Workspace,
    event: Event,
    *,
    until: datetime,
    stop: threading.Event,
    on_sample: Callable[[Sample], None] = lambda sample: None,
) -> Recorded:
    """Records until the time, until ``stop`` is set, or until someone stops it elsewhere."""
    with workspace.journal.step(event.id, sop.RECORD, workspace.actor) as step:
        recorded = record(workspace, event, step, until=until, stop=stop, on_sample=on_sample)
        sentences = [kept(remark) for remark in recorded.remarks]
        step.output = {**recorded.as_output(), "sentences": sentences}
    return recorded


@contextmanager
def ended_by_signal() -> Iterator[threading.Event]:
    """Ctrl-C (or TERM) ends a recording well instead of the program."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_received: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
