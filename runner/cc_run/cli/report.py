"""The procedure's evidence."""

from __future__ import annotations

from pathlib import Path

import click

from cc_run.cli.event import found_event
from cc_run.cli.given import line, new_file
from cc_run.cli.next_step import say_next
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.errors import UsageFault
from cc_run.language import _
from cc_run.workspace import Workspace


@click.command(
    help=_(
        "Write the procedure's report of an event or a month, explain a step, "
        "or verify the journal."
    )
)
@click.argument(
    "action",
    type=click.Choice(["write", "explain", "verify"]),
    default="write",
    metavar="[explain|verify]",
)
@click.option("--event", "event_text", metavar="ID|next|today", help=_("Which event."))
@click.option("--month", metavar="YYYY-MM", help=_("All events of a month, as a page and a sheet."))
@click.option("--step", type=click.IntRange(1, 7), help=_("With explain: which step."))
@click.option("--reason", type=line, help=_("With explain: why it was late or is not done."))
@click.option("--output", type=new_file, help=_("Where the report goes."))
@json_option
@with_workspace
def command(
    workspace: Workspace,
    action: str,
    event_text: str | None,
    month: str | None,
    step: int | None,
    reason: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Writes a report, keeps a reason, or checks the chain."""
    if action == "verify":
        return _verify(workspace, as_json)
    if month is not None and action == "write" and event_text is None:
        return _month(workspace, month, output, as_json)
    if event_text is None or month is not None:
        raise UsageFault(
            _("Which event is meant?"),
            _("cc-run report --event ID, or for a month cc-run report --month YYYY-MM"),
        )
    from cc_run.sequence.reporting import explain, write_report

    event = found_event(workspace, event_text)
    if action == "explain":
        if step is None or reason is None:
            raise UsageFault(
                _("Which step, and why?"),
                _("cc-run report explain --event ID --step N --reason TEXT"),
            )
        explain(workspace, event, step, reason)
    path = write_report(workspace, event, output)
    if as_json:
        emit({"sop_report": path})
    else:
        say(_("Report: %(path)s") % {"path": path}, "ok")
        say_next(workspace, event)
    return 0


def _month(workspace: Workspace, text: str, output: Path | None, as_json: bool) -> int:
    from cc_run.sequence.reporting import month_named, write_month

    written = write_month(workspace, month_named(text), output)
    if as_json:
        emit({"sop_report": written.page, "sheet": written.sheet})
    else:
        say(_("Report: %(path)s") % {"path": written.page}, "ok")
        say(_("Sheet: %(path)s") % {"path": written.sheet}, "ok")
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
