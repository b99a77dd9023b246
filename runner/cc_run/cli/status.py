"""How far an event has come."""

from __future__ import annotations

from datetime import timedelta

import click

from cc_run import sop
from cc_run.cli.event import found_event
from cc_run.cli.next_step import say_next
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say, table
from cc_run.journal import StepRecord
from cc_run.language import _
from cc_run.reports.procedure import procedure_steps
from cc_run.times import format_clock, format_moment, format_span
from cc_run.workspace import Workspace


@click.command(help=_("How far an event has come in the procedure's seven steps."))
@click.option(
    "--event",
    "event_text",
    default="next",
    show_default=True,
    metavar="ID|next|today",
    help=_("Which event."),
)
@json_option
@with_workspace
def command(workspace: Workspace, event_text: str, as_json: bool) -> None:
    """Shows the seven steps of an event."""
    event = found_event(workspace, event_text)
    entries = workspace.journal.entries(event.id)
    if as_json:
        emit({"event": event.id, "steps": procedure_steps(event, entries)})
        return
    say(f"{event.id}  {event.title}")
    say(format_moment(event.starts_at, workspace.zone))
    progress = workspace.journal.progress(event.id)
    rows = [_row(step, progress.get(step.number), workspace.zone) for step in sop.STEPS]
    times = (_("Start"), _("End"), _("Took"), _("Standard"))
    table(("", _("Step"), _("Who"), *times), rows, whole=times)
    for step in sop.STEPS:
        record = progress.get(step.number)
        if record is not None and record.error:
            say(f"{step.number}. {_(step.title)}: {record.error}", "fail")
    say_next(workspace, event)


def _row(step: sop.Step, record: StepRecord | None, zone: str) -> tuple[str, ...]:
    limit = step.standard_minutes
    standard = format_span(timedelta(minutes=limit)) if limit else "–"
    title = f"{step.number}. {_(step.title)}"
    if record is None:
        return ("·", title, "", "", "", "", standard)
    mark = "✗" if record.error is not None else "✓" if record.done else "…"
    took = record.finished - record.started if record.finished else None
    return (
        mark,
        title,
        record.performer,
        format_clock(record.started, zone, seconds=True),
        format_clock(record.finished, zone, seconds=True) if record.finished else "",
        format_span(took) if took is not None else "",
        standard,
    )
