"""Which step comes next for an event: the first that its journal does not show as done."""

from __future__ import annotations

from cc_run import sop
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.events.status import CANCELLED_KIND
from cc_run.language import _
from cc_run.workspace import Workspace


def require_standing(workspace: Workspace, event: Event) -> Event:
    """The event, unless it is cancelled: nothing is done for such a one any more.

    Raises:
        Refusal: it is cancelled.
    """
    entry = workspace.journal.latest(event.id, CANCELLED_KIND)
    if entry is None:
        return event
    raise Refusal(
        _("%(event)s is cancelled (%(reason)s).")
        % {"event": event.id, "reason": entry.data.get("reason", "")},
        _("If it takes place after all, plan it anew: cc-run event add"),
    )


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
