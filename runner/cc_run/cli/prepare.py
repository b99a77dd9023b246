"""Step 4: the room is brought to the standard and proven."""

from __future__ import annotations

import math
from typing import Any

import click

from cc_run.cli.event import planned_event
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.cli.watching import Progress, show_todo, show_verdict
from cc_run.language import _
from cc_run.probe import Result
from cc_run.sequence.equipment import NotReady, Prepared, Watcher, prepare
from cc_run.workspace import Workspace


@click.command(help=_("Bring the room to the standard for an event and prove it (step 4)."))
@event_option
@json_option
@with_workspace
def command(workspace: Workspace, event_text: str, as_json: bool) -> int:
    """Prepares the room; exit code 1 when it is not ready."""
    event = planned_event(workspace, event_text)
    with Progress(quiet=as_json) as progress:
        watcher = Watcher(progress.role, progress.result, progress.phase)
        try:
            prepared = prepare(workspace, event, watcher)
        except NotReady as error:
            prepared = error.prepared
    if as_json:
        emit(as_dict(prepared))
    else:
        show_todo(prepared.todo)
        show_verdict(prepared.ready, prepared.report)
        if prepared.ready:
            say(_("Next: cc-run record --event %(event)s") % {"event": event.id}, "next")
    return 0 if prepared.ready else 1


def as_dict(prepared: Prepared) -> dict[str, Any]:
    """For programs."""
    return {
        "event": prepared.event.id,
        "verdict": prepared.verdict,
        "report": str(prepared.report),
        "roles": [vars(role) for role in prepared.convergence.roles],
        "probes": [result_dict(result) for result in prepared.readiness.results],
        "todo": list(prepared.todo),
    }


def result_dict(result: Result) -> dict[str, Any]:
    """A probe's result for programs."""
    facts = ("id", "title", "status", "found", "expected", "remedy", "need")
    evidence = [
        {
            "kind": item.kind,
            "title": item.title,
            "path": item.path,
            # JSON knows neither silence (minus infinity) nor a lost packet (no number).
            "values": [value if math.isfinite(value) else None for value in item.values],
        }
        for item in result.evidence
    ]
    return {
        **{name: getattr(result, name) for name in facts},
        "seconds": round(result.seconds, 3),
        "evidence": evidence,
    }
