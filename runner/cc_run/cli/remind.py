"""For a timer: an event that is not prepared yet is told on the operator's desktop, once."""

from __future__ import annotations

import click

from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.language import _
from cc_run.times import now
from cc_run.workspace import Workspace


@click.command(help=_("Tell the desktop of events that are not prepared yet (for timers)."))
@click.option(
    "--within",
    "minutes",
    type=click.IntRange(1, 10_080),
    metavar="MINUTES",
    help=_("So long before the start; else schedule_remind_minutes."),
)
@json_option
@with_workspace
def command(workspace: Workspace, minutes: int | None, as_json: bool) -> int:
    """Says nothing where nobody has to be reminded, one line an event otherwise."""
    from cc_run.sequence.reminding import remind

    within = minutes or workspace.settings.schedule.remind_minutes
    reminded = remind(workspace, now(), within)
    if as_json:
        emit([{"event": event.id, "starts_at": event.starts_at.isoformat()} for event in reminded])
    for event in () if as_json else reminded:
        say(_("Reminded on the desktop: %(event)s") % {"event": event.id}, "ok")
    return 0
