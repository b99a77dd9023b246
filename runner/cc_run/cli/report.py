"""The procedure's evidence."""

from __future__ import annotations

from pathlib import Path

import click

from cc_run.cli.event import found_event
from cc_run.cli.given import new_file
from cc_run.cli.next_step import say_next
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.errors import UsageFault
from cc_run.language import _
from cc_run.workspace import Workspace


@click.command(help=_("Write the procedure's report of an event, or verify the journal."))
@click.argument(
    "action", type=click.Choice(["write", "verify"]), default="write", metavar="[verify]"
)
@click.option("--event", "event_text", metavar="ID|next|today", help=_("Which event."))
@click.option("--output", type=new_file, help=_("Where the report goes."))
@json_option
@with_workspace
def command(
    workspace: Workspace, action: str, event_text: str | None, output: Path | None, as_json: bool
) -> int:
    """Writes a report or checks the chain."""
    if action == "verify":
        return _verify(workspace, as_json)
    from cc_run.sequence.documentation import write_report

    if event_text is None:
        raise UsageFault(_("Which event is meant?"), _("cc-run report --event ID"))
    event = found_event(workspace, event_text)
    path = write_report(workspace, event, output)
    if as_json:
        emit({"sop_report": path})
    else:
        say(_("Report: %(path)s") % {"path": path}, "ok")
        say_next(workspace, event)
    return 0


def _verify(workspace: Workspace, as_json: bool) -> int:
    breaches = workspace.journal.verify()
    if as_json:
        emit({"whole": not breaches, "breaches": [vars(breach) for breach in breaches]})
    elif breaches:
        for breach in breaches:
            say(
                _("Entry %(number)s does not follow from the one before (%(reason)s).")
                % {"number": breach.number, "reason": breach.reason},
                "fail",
            )
    else:
        say(_("The journal is as it was written."), "pass")
    return 1 if breaches else 0
