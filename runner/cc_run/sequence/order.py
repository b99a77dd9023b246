"""Which step comes next for an event: the first that its journal does not show as done."""

from __future__ import annotations

from cc_run import sop
from cc_run.events import Event
from cc_run.workspace import Workspace


def next_step(workspace: Workspace, event: Event) -> sop.Step | None:
    """The first step that is not done; None when the event is closed."""
    progress = workspace.journal.progress(event.id)
    if sop.CLOSE in progress and progress[sop.CLOSE].done:
        return None
    for step in sop.STEPS:
        record = progress.get(step.number)
        if record is None or not record.done:
            return step
    return None
