"""Step 6: the minutes' draft."""

from __future__ import annotations

from pathlib import Path

import click

from cc_run.cli.event import planned_event
from cc_run.cli.given import new_file
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.language import _
from cc_run.workspace import Workspace


@click.group(help=_("The minutes (notulen) of an event."))
def command() -> None:
    """The group of minutes commands."""


@command.command(help=_("Fill the office's template with what is known of the event."))
@event_option
@click.option("--output", type=new_file, help=_("Where the draft goes."))
@json_option
@with_workspace
def draft(workspace: Workspace, event_text: str, output: Path | None, as_json: bool) -> None:
    """Writes the draft; an existing file is not overwritten."""
    from cc_run.sequence.documents import draft_for

    event = planned_event(workspace, event_text)
    draft = draft_for(workspace, event, output)
    if as_json:
        emit({"minutes": draft.path, "made": draft.made})
        return
    if draft.made:
        say(_("The draft is in %(path)s.") % {"path": draft.path}, "ok")
    else:
        say(_("There is a draft already, kept as it is: %(path)s") % {"path": draft.path}, "warn")
        say(
            _(
                "It knows nothing of later changes to the event; "
                "for a new one delete it, or name another file with --output."
            )
        )
    say(
        _("Next: complete it, then cc-run document --event %(event)s --minutes FILE --photo FILE")
        % {"event": event.id},
        "next",
    )
