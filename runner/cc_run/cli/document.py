"""Step 6: finished minutes and photos are attached."""

from __future__ import annotations

from pathlib import Path

import click

from cc_run.cli.event import planned_event
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.language import _
from cc_run.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=_("Attach the finished minutes and the photos to an event (step 6)."))
@event_option
@click.option("--minutes", type=_FILE, required=True, help=_("The finished minutes."))
@click.option("--photo", "photos", type=_FILE, multiple=True, help=_("A photo; repeat it."))
@json_option
@with_workspace
def command(
    workspace: Workspace,
    event_text: str,
    minutes: Path,
    photos: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Attaches documents."""
    from cc_run.sequence.documentation import document

    event = planned_event(workspace, event_text)
    documents = document(workspace, event, minutes=minutes, photos=photos)
    if as_json:
        emit({"event": event.id, **documents})
        return
    say(
        _("The minutes are attached to %(event)s; photos: %(count)s.")
        % {"count": len(photos), "event": event.id},
        "ok",
    )
    say(_("Next: cc-run archive --event %(event)s") % {"event": event.id}, "next")
