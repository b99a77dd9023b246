"""Step 5: the recording."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import click

from cc_run.cli.event import planned_event
from cc_run.cli.given import seconds as length
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.errors import UsageFault
from cc_run.language import _

if TYPE_CHECKING:
    from cc_run.recording.result import Recorded
    from cc_run.workspace import Workspace

_MIB = 2**20
_MOST_FINDINGS = 5


@click.command(
    help=_(
        "Record an event in OBS until its end (step 5); Ctrl-C ends it well. From another "
        "terminal: status shows the recording that runs, pause, resume, extend and stop steer it."
    )
)
@click.argument(
    "action",
    type=click.Choice(["start", "stop", "status", "pause", "resume", "extend"]),
    default="start",
    metavar="[stop|status|pause|resume|extend]",
)
@click.option("--event", "event_text", metavar="ID|next|today", help=_("Which event."))
@click.option(
    "--for",
    "seconds",
    type=length(1),
    metavar="N",
    help=_("Record for N seconds only."),
)
@click.option(
    "--by",
    "minutes",
    type=click.IntRange(-600, 600),
    default=15,
    show_default=True,
    metavar="N",
    help=_("With extend: by how many minutes."),
)
@click.option("--detach", is_flag=True, help=_("Record in the background, as a service."))
@json_option
@functools.partial(with_workspace, aside=True)
def command(
    workspace: Workspace,
    action: str,
    event_text: str | None,
    seconds: float | None,
    minutes: int,
    detach: bool,
    as_json: bool,
) -> int:
    """Records in the foreground or the background, or speaks with a recording that runs."""
    match action:
        case "start" if detach:
            _detach(workspace, event_text, seconds)
        case "start":
            _record(workspace, event_text, seconds, as_json)
        case "status":
            from cc_run.cli.record_status import show_status

            return show_status(workspace, as_json)
        case "stop":
            _stop(workspace, event_text, as_json)
        case "extend":
            from cc_run.recording.control import extend_recording

            event = extend_recording(workspace, minutes)
            words = {"event": event.id, "minutes": minutes}
            say(_("The end of %(event)s is moved by %(minutes)s minutes.") % words, "ok")
        case "pause" | "resume":
            from cc_run.recording.control import pause_recording

            paused = action == "pause"
            pause_recording(workspace, paused=paused)
            said = _("The recording is paused.") if paused else _("The recording goes on.")
            say(said, "ok")
    return 0


def _chosen(workspace: Workspace, event_text: str | None) -> Any:
    if event_text is None:
        raise UsageFault(
            _("Which event is recorded?"), _("cc-run record --event ID, next or today")
        )
    return planned_event(workspace, event_text)


def _record(
    workspace: Workspace, event_text: str | None, seconds: float | None, as_json: bool
) -> None:
    from cc_run.cli.recording_view import recording_view
    from cc_run.sequence.recording import ended_by_signal, record_event

    event = _chosen(workspace, event_text)
    with (
        ended_by_signal() as stop,
        recording_view(workspace, event, stop, quiet=as_json) as observer,
    ):
        recorded = record_event(workspace, event, seconds=seconds, stop=stop, observer=observer)
    if as_json:
        emit(_as_dict(recorded))
    else:
        _show(workspace, recorded)


def _detach(workspace: Workspace, event_text: str | None, seconds: float | None) -> None:
    from cc_run.sequence.detaching import detach_recording

    event = _chosen(workspace, event_text)
    started = detach_recording(workspace, event, sys.argv[1:])
    say(
        _("%(event)s is recorded in the background, by %(how)s.")
        % {"event": event.id, "how": started.how},
        "ok",
    )
    say(_("Look at it: cc-run record status · end it: cc-run record stop"), "next")


def _stop(workspace: Workspace, event_text: str | None, as_json: bool) -> None:
    from cc_run.cli.event import found_event
    from cc_run.cli.watching import Progress
    from cc_run.sequence.recording import stop_event

    event = found_event(workspace, event_text) if event_text is not None else None
    with Progress(quiet=as_json) as progress:
        progress.moving(_("Ending the recording …"))
        stopped, recorded = stop_event(workspace, event, on_work=progress.work)
    if as_json:
        emit({"stopped": stopped, **(_as_dict(recorded) if recorded is not None else {})})
        return
    said = _("The recording is stopped.") if stopped else _("No recording is running.")
    say(said, "ok" if stopped else "skip")
    if recorded is not None:
        _show(workspace, recorded)


def _as_dict(recorded: Recorded) -> dict[str, Any]:
    return {**recorded.as_output(), **recorded.products.as_output()}


def _show(workspace: Workspace, recorded: Recorded) -> None:
    from cc_run.cli.watching import clock
    from cc_run.numbers import Number

    media = recorded.media
    say(
        _("Recorded %(length)s, %(size)s MiB: %(file)s")
        % {"length": clock(media.seconds), "size": Number(media.size / _MIB), "file": media.file},
        "ok",
    )
    for remark in recorded.remarks:
        say(remark, "warn")
    _show_products(workspace, recorded)
    say(_("Next: cc-run minutes draft --event %(event)s") % {"event": recorded.event_id}, "next")


def _show_products(workspace: Workspace, recorded: Recorded) -> None:
    """What was made of it, and what stands out; only the longest of many."""
    from cc_run.recording.findings import told
    from cc_run.recording.second import coverage
    from cc_run.times import format_clock

    products = recorded.products
    if products.loudness is not None:
        good = products.loudness.verdict == "good"
        say(products.loudness.sentence, "ok" if good else "warn")
    found = sorted(products.findings, key=lambda finding: -finding.seconds)[:_MOST_FINDINGS]
    if found:
        say(_("What stands out (which need not be a fault):"))
    for finding in sorted(found, key=lambda finding: finding.start):
        say(f"  {told(finding, workspace.zone)}")
    more = len(products.findings) - len(found)
    if recorded.gaps or more:
        say(_("All of it: %(file)s") % {"file": recorded.report})
    if products.mp4 is not None and products.mp4 != recorded.media.file:
        say(_("As .mp4: %(file)s") % {"file": products.mp4})
    if products.contact_sheet is not None:
        say(_("Contact sheet: %(file)s") % {"file": products.contact_sheet})
    if products.candidates:
        words = {"count": len(products.candidates), "event": recorded.event_id}
        say(_("Pictures for photos: %(count)s (cc-run document --event %(event)s)") % words)
    for second in products.seconds:
        say(_("Zoom's own recording: %(file)s") % {"file": second.file})
    for gap in recorded.gaps:
        start = format_clock(gap.start, workspace.zone, seconds=True)
        for sentence in coverage(gap.start, gap.end, products.seconds):
            say(_("Missing from %(start)s on: %(text)s") % {"start": start, "text": sentence}, "ok")
    for sentence in (*products.not_made, *products.waiting):
        say(sentence, "warn")
    if products.left:
        words = {"event": recorded.event_id}
        say(_("The rest is made later, by cc-run archive --event %(event)s.") % words, "skip")
