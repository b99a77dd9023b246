"""Proves the room without changing it."""

from __future__ import annotations

import click

from cc_run.cli.event import found_event
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, heading
from cc_run.cli.prepare import result_dict
from cc_run.cli.watching import Progress, show_todo
from cc_run.errors import UsageFault
from cc_run.language import _
from cc_run.probe import Status
from cc_run.readiness import ON_REQUEST, TOPICS, Readiness, check, select
from cc_run.workspace import Workspace


@click.command(
    help=_("Prove the room, all of it or the topics named, in seconds; mics has each one tapped.")
)
@click.argument("only", nargs=-1, metavar="[TOPIC …]")
@click.option("--event", "event_text", metavar="ID|next|today", help=_("For which event."))
@click.option("--watch", is_flag=True, help=_("Keep on; say what changes. Ctrl-C ends it."))
@click.option("--tone", is_flag=True, help=_("Also play beeps and listen for them."))
@json_option
@with_workspace
def command(
    workspace: Workspace,
    only: tuple[str, ...],
    event_text: str | None,
    watch: bool,
    tone: bool,
    as_json: bool,
) -> int:
    """Checks the room; exit code 1 when something that is required is not so."""
    event = found_event(workspace, event_text) if event_text else None
    if only == ("mics",) and not watch:
        from cc_run.cli.microphones import check_microphones

        return check_microphones(workspace, event, as_json=as_json)
    topics = ("sound",) if only == ("mics",) else only
    unknown = [name for name in topics if not select([name])]
    if unknown:
        raise UsageFault(
            _("There is no probe of %(names)s.") % {"names": ", ".join(unknown)},
            _("Topics: %(names)s.") % {"names": ", ".join(TOPICS)},
        )
    evidence = workspace.state_dir / "check"
    if watch:
        from cc_run.cli.watch import watch_room

        if tone:
            raise UsageFault(
                _("--tone and --watch do not go together."),
                _("Play the beeps by themselves: cc-run check sound --tone"),
            )
        return watch_room(workspace, event, topics, evidence, as_json=as_json)
    if tone:
        topics = (*(topics or TOPICS), *(probe.id for probe in ON_REQUEST))
    with Progress(quiet=as_json, topics=topics) as progress:
        progress.moving(_("Proving the room") + " …")
        readiness = check(
            workspace.settings, event, evidence, only=topics, on_result=progress.result
        )
    if as_json:
        emit(
            {
                "verdict": readiness.verdict,
                "probes": [result_dict(result) for result in readiness.results],
            }
        )
    else:
        _summary(readiness)
    return 0 if readiness.ready else 1


def _summary(readiness: Readiness) -> None:
    show_todo(readiness.remedies())
    heading(
        _("%(passed)s passed, %(warned)s warned, %(failed)s failed, %(skipped)s skipped")
        % {
            "passed": len(readiness.of(Status.PASS)),
            "warned": len(readiness.of(Status.WARN)),
            "failed": len(readiness.of(Status.FAIL)),
            "skipped": len(readiness.of(Status.SKIP)),
        }
    )
