"""Step 2: the schedule register as a spreadsheet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from cc_run.cli.given import new_file
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.language import _
from cc_run.sequence.register import write_register
from cc_run.times import now
from cc_run.workspace import Workspace


@click.group(help=_("The schedule register (File Rekap Jadwal Vidcon) as a spreadsheet."))
def command() -> None:
    """The group of recap commands."""


@command.command("export", help=_("Write the events into the register; the office's own stays."))
@click.option("--output", type=new_file, help=_("Another file than the room's."))
@click.option(
    "--days",
    default=400,
    show_default=True,
    type=click.IntRange(0, 36_500),
    help=_("How far back and ahead."),
)
@json_option
@with_workspace
def export(workspace: Workspace, output: Path | None, days: int, as_json: bool) -> None:
    """Writes the register."""
    span = timedelta(days=days)
    moment = now()
    events = workspace.events.between(moment - span, moment + span, room=workspace.settings.host)
    path = write_register(workspace, events, output)
    if as_json:
        emit({"recap": path, "events": len(events)})
    else:
        say(_("%(count)s events stand in %(path)s.") % {"count": len(events), "path": path}, "ok")
