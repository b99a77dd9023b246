"""All steps in order, from the first one that the journal does not show as done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from cc_run import sop
from cc_run.cli.event import planned_event
from cc_run.cli.given import seconds as length
from cc_run.cli.options import event_option, with_workspace
from cc_run.cli.output import heading, say
from cc_run.cli.recording_view import told_news
from cc_run.cli.watching import Progress, clock, show_todo, show_verdict
from cc_run.language import _
from cc_run.recording.herald import Observer as Recording
from cc_run.sequence.equipment import NotReady, Watcher
from cc_run.sequence.run import Observer, StopHere, run_event
from cc_run.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=_("Carry an event through the procedure, from the first step not done."))
@event_option
@click.option(
    "--for",
    "seconds",
    type=length(1),
    metavar="N",
    help=_("Record for N seconds only."),
)
@click.option("--minutes", type=_FILE, help=_("The finished minutes."))
@click.option("--photo", "photos", type=_FILE, multiple=True, help=_("A photo; repeat it."))
@with_workspace
def command(
    workspace: Workspace,
    event_text: str,
    seconds: float | None,
    minutes: Path | None,
    photos: tuple[Path, ...],
) -> int:
    """Runs the steps; exit code 1 where a person has to do something first."""
    event = planned_event(workspace, event_text)
    with Progress() as progress:
        observer = Observer(
            on_step=lambda step: heading(f"{step.number}. {_(step.title)}"),
            watcher=Watcher(progress.role, progress.result, progress.phase),
            recording=Recording(
                on_sample=lambda sample: progress.moving(clock(sample.elapsed)),
                on_news=lambda news: progress.told(*told_news(news)),
                on_told=progress.told,
                on_work=progress.work,
            ),
            on_progress=lambda work: progress.work(work.done, work.total, work.text),
        )
        try:
            run_event(
                workspace,
                event,
                observer,
                record_for=timedelta(seconds=seconds) if seconds else None,
                minutes=minutes,
                photos=photos,
            )
        except NotReady as error:
            show_todo(error.prepared.todo)
            show_verdict(False, error.prepared.report)
            return 1
        except StopHere as stop:
            show_todo([stop.message])
            return 1
    say(
        _("%(event)s is done: all %(count)s steps.") % {"event": event.id, "count": len(sop.STEPS)},
        "ok",
    )
    return 0
