"""Step 3: the Zoom meeting and its invitation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cc_run.cli.event import found_event, planned_event
from cc_run.cli.given import line, new_file
from cc_run.cli.held import attendance, recordings
from cc_run.cli.hosted import show_drifts, show_hosted
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, note, say
from cc_run.cli.shared import raise_trouble, show_shared, show_telling, telling_dict
from cc_run.language import _
from cc_run.workspace import Workspace

if TYPE_CHECKING:
    from cc_run.sequence.meeting import Side


@click.group(help=_("The Zoom meeting of an event and its invitation (step 3)."))
def command() -> None:
    """The group of host commands."""


@command.command(help=_("Make the event's meeting, or find the one that was made."))
@event_option
@json_option
@with_workspace
def create(workspace: Workspace, event_text: str, as_json: bool) -> None:
    """Step 3."""
    _host(workspace, event_text, as_json)


@command.command(help=_("Bring the meeting to the schedule; id and passcode stay."))
@event_option
@click.option(
    "--take",
    type=click.Choice(["zoom", "schedule"]),
    help=_("Which side counts where somebody changed the meeting in Zoom by hand."),
)
@json_option
@with_workspace
def sync(workspace: Workspace, event_text: str, take: Side | None, as_json: bool) -> None:
    """Step 3 again, after a change of the schedule."""
    _host(workspace, event_text, as_json, take)


@command.command(
    help=_(
        "Tell the agency how to join: by mail where that is set, else the text and a link for "
        "WhatsApp; and note who was told."
    )
)
@event_option
@click.option(
    "--to",
    "told",
    multiple=True,
    type=line,
    metavar="NAME|NAME <ADDRESS>",
    help=_("Who: with an e-mail address they get a mail, else it is noted that you told them."),
)
@click.option("--again", is_flag=True, help=_("Tell those too who know it already."))
@click.option("--calendar", type=new_file, help=_("Write the calendar file (.ics) there too."))
@json_option
@with_workspace
def share(
    workspace: Workspace,
    event_text: str,
    told: tuple[str, ...],
    again: bool,
    calendar: Path | None,
    as_json: bool,
) -> None:
    """Prints the invitation, sends it, and writes the calendar file that goes with it."""
    from cc_run.durable import replace_file
    from cc_run.hosting.recipients import named
    from cc_run.sequence.meeting import share as share_meeting

    event = found_event(workspace, event_text)
    telling = share_meeting(workspace, event, [named(one) for one in told], again=again)
    if calendar is not None:
        replace_file(calendar, telling.calendar.read_bytes())
    if as_json:
        emit({"event": event.id, **telling_dict(telling), "calendar": telling.calendar})
    else:
        show_shared(workspace, event, telling, calendar or telling.calendar)
    raise_trouble(telling)


@command.command(help=_("Open the meeting as its host, on this laptop."))
@event_option
@with_workspace
def start(workspace: Workspace, event_text: str) -> None:
    """Starts the meeting with a fresh address that is neither shown nor kept."""
    from cc_run.hosting.start import start_meeting
    from cc_run.room.slate import hide_slate

    event = planned_event(workspace, event_text)
    start_meeting(workspace, event)
    hide_slate(workspace.settings)
    say(_("Zoom opens the meeting of %(event)s as its host.") % {"event": event.id}, "ok")


@command.command(help=_("Cancel the meeting in Zoom; the event stays planned."))
@event_option
@with_workspace
def cancel(workspace: Workspace, event_text: str) -> None:
    """Cancels the meeting."""
    from cc_run.sequence.meeting import cancel as cancel_meeting

    event = found_event(workspace, event_text)
    cancelled = cancel_meeting(workspace, event)
    if cancelled.existed:
        say(_("The Zoom meeting of %(event)s is cancelled.") % {"event": event.id}, "ok")
    else:
        say(_("%(event)s has no Zoom meeting to cancel.") % {"event": event.id}, "skip")
    show_telling(event, cancelled.telling)
    raise_trouble(cancelled.telling)


@command.command(help=_("Whether Zoom lets the app in and knows the hosts."))
@json_option
@with_workspace
def doctor(workspace: Workspace, as_json: bool) -> int:
    """Asks Zoom about the app and each host."""
    from cc_run.hosting.doctor import examine_hosts

    found = examine_hosts(workspace)
    if as_json:
        emit([vars(fact) for fact in found])
    else:
        for fact in found:
            mark = "fail" if not fact.good else "warn" if fact.advice else "pass"
            say(f"{fact.subject}: {fact.found}", mark)
            if fact.advice:
                note(f"    {fact.advice}")
    return 0 if all(fact.good for fact in found) else 1


command.add_command(attendance)
command.add_command(recordings)


def _host(workspace: Workspace, event_text: str, as_json: bool, take: Side | None = None) -> None:
    from cc_run.hosting.following import Drifted
    from cc_run.sequence.meeting import host

    try:
        result = host(workspace, planned_event(workspace, event_text), take=take)
    except Drifted as drifted:
        show_drifts(workspace, drifted.drifts, as_json)
        raise
    show_hosted(workspace, result, as_json)
    raise_trouble(result.telling)
