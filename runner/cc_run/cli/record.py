"""Step 5: the recording."""

from __future__ import annotations

from datetime import timedelta

import click

from cc_run.cli.event import planned_event
from cc_run.cli.given import seconds as length
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.cli.watching import Progress, clock
from cc_run.errors import UsageFault
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.recorder import (
    Recorded,
    Sample,
    pause_recording,
    recording_status,
    stop_recording,
)
from cc_run.times import format_clock, now
from cc_run.workspace import Workspace

_GIB, _MIB = 2**30, 2**20


@click.command(
    help=_(
        "Record an event in OBS until its end (step 5); Ctrl-C ends it well. From another "
        "terminal: status shows the recording that runs, pause, resume and stop steer it."
    )
)
@click.argument(
    "action",
    type=click.Choice(["start", "stop", "status", "pause", "resume"]),
    default="start",
    metavar="[stop|status|pause|resume]",
)
@click.option("--event", "event_text", metavar="ID|next|today", help=_("Which event."))
@click.option(
    "--for",
    "seconds",
    type=length(1),
    metavar="N",
    help=_("Record for N seconds only."),
)
@json_option
@with_workspace
def command(
    workspace: Workspace,
    action: str,
    event_text: str | None,
    seconds: float | None,
    as_json: bool,
) -> int:
    """Records in the foreground, or speaks with a recording that runs."""
    match action:
        case "start":
            _record(workspace, event_text, seconds, as_json)
            return 0
        case "status":
            return _status(workspace, as_json)
        case "stop":
            stopped = stop_recording(workspace)
            said = _("The recording is stopped.") if stopped else _("No recording is running.")
            say(said, "ok" if stopped else "skip")
        case "pause" | "resume":
            paused = action == "pause"
            pause_recording(workspace, paused=paused)
            said = _("The recording is paused.") if paused else _("The recording goes on.")
            say(said, "ok")
    return 0


def _record(
    workspace: Workspace, event_text: str | None, seconds: float | None, as_json: bool
) -> None:
    from cc_run.sequence.recording import ended_by_signal, planned_end, record_event

    if event_text is None:
        raise UsageFault(
            _("Which event is recorded?"), _("cc-run record --event ID, next or today")
        )
    event = planned_event(workspace, event_text)
    until = now() + timedelta(seconds=seconds) if seconds else planned_end(workspace, event)
    begun = False
    with Progress(quiet=as_json) as progress, ended_by_signal() as stop:

        def told(sample: Sample) -> None:
            nonlocal begun
            if not begun:
                end = format_clock(until, workspace.zone, seconds=True)
                progress.told(
                    _("Recording %(event)s until %(time)s; Ctrl-C ends it earlier.")
                    % {"event": event.id, "time": end},
                    "next",
                )
            begun = True
            progress.moving(_live(sample))

        progress.moving(_("OBS begins to record …"))
        recorded = record_event(
            workspace,
            event,
            until=until,
            stop=stop,
            on_sample=told,
        )
    if as_json:
        emit(recorded.as_output())
    else:
        _show(event.id, recorded)


def _live(sample: Sample) -> str:
    return _("%(elapsed)s recorded · %(left)s left · %(size)s MiB · %(free)s GiB free") % {
        "elapsed": clock(sample.elapsed),
        "left": clock(sample.left),
        "size": Number(sample.size / _MIB),
        "free": Number(sample.free / _GIB),
    } + (" · " + _("paused") if sample.paused else "")


def _show(event_id: str, recorded: Recorded) -> None:
    media = recorded.media
    say(
        _("Recorded %(length)s, %(size)s MiB: %(file)s")
        % {"length": clock(media.seconds), "size": Number(media.size / _MIB), "file": media.file},
        "ok",
    )
    for remark in recorded.remarks:
        say(remark, "warn")
    say(_("Next: cc-run minutes draft --event %(event)s") % {"event": event_id}, "next")


def _status(workspace: Workspace, as_json: bool) -> int:
    status = recording_status(workspace)
    if as_json:
        emit(vars(status))
    elif status.active:
        words = _("Paused") if status.paused else _("Recording")
        say(f"{words}: {clock(status.seconds)}, {status.file}", "ok")
    else:
        say(_("No recording is running."), "skip")
    return 0 if status.active else 1
