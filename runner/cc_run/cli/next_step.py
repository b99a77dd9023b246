"""What an operator does next for an event, as a command that can be copied."""

from __future__ import annotations

from cc_run import sop
from cc_run.cli.output import say
from cc_run.events import Event, EventStatus, status_of
from cc_run.language import _
from cc_run.workspace import Workspace

_COMMANDS = {
    sop.HOST: "cc-run host create --event %(event)s",
    sop.PREPARE: "cc-run prepare --event %(event)s",
    sop.RECORD: "cc-run record --event %(event)s",
    sop.DOCUMENT: "cc-run minutes draft --event %(event)s",
}
_DOCUMENTED = "cc-run archive --event %(event)s"
_ANY = "cc-run run --event %(event)s"


def say_next(workspace: Workspace, event: Event) -> None:
    """The command of the first step that is not done; a closed or cancelled event has none."""
    command = _command(workspace, event)
    if command:
        say(_("Next: %(command)s") % {"command": command}, "next")


def _command(workspace: Workspace, event: Event) -> str:
    from cc_run.archive.mipp.event import has_documents
    from cc_run.sequence.order import next_step

    step = next_step(workspace, event)
    status = status_of(workspace.journal.entries(event.id))
    if step is None or status is EventStatus.CANCELLED:
        return ""
    if step.number >= sop.DOCUMENT and has_documents(workspace, event):
        command = _DOCUMENTED
    else:
        command = _COMMANDS.get(step.number, _ANY)
    return command % {"event": event.id}
