"""Step 3: the Zoom meeting stands, and the agency has its id and passcode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cc_run import sop
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.following import Drifted, compared, taken_over, taken_settings
from cc_run.hosting.invitation import write_invitation
from cc_run.hosting.meeting import remembered
from cc_run.hosting.outcome import Cancelled, Telling
from cc_run.hosting.recipients import Recipient
from cc_run.hosting.schedule import (
    Hosted,
    cancel_meeting,
    current_meeting,
    ensure_meeting,
    read_meeting,
)
from cc_run.hosting.sharing import sharing_of, was_cancelled
from cc_run.hosting.telling import tell, tell_again
from cc_run.journal import RunningStep
from cc_run.sequence.order import require_standing
from cc_run.sequence.planning import edit_event
from cc_run.sequence.register import refresh_register
from cc_run.workspace import Workspace

Side = Literal["zoom", "schedule"]


@dataclass(frozen=True)
class HostedEvent:
    """The event's meeting, the invitation, and why the register was not brought up to date.

    ``telling`` says who was told again, where what they knew has changed.
    """

    event: Event
    hosted: Hosted
    invitation: Path
    telling: Telling | None
    register_trouble: str


def host(workspace: Workspace, event: Event, *, take: Side | None = None) -> HostedEvent:
    """Makes or finds the meeting, brings it to the schedule, and writes the invitation.

    Args:
        workspace: The room's.
        event: The event.
        take: Which side counts where somebody changed the meeting in Zoom by hand.

    Raises:
        Drifted: somebody did, and nobody has said which side counts.
        Refusal: the event is cancelled; and see ``ensure_meeting``.
    """
    require_standing(workspace, event)
    with workspace.journal.touching_up(event.id, sop.HOST, workspace.actor) as step:
        # It may have been changed or cancelled before this process was alone with the step.
        event = require_standing(workspace, workspace.events.get(event.id))
        if take == "zoom":
            event = _take_over(workspace, event, step)
        try:
            hosted = ensure_meeting(workspace, event, step, overrule=take == "schedule")
        except Drifted as drifted:
            write_invitation(workspace, event, drifted.meeting)
            raise
        invitation = write_invitation(workspace, event, hosted.meeting)
        step.output = {
            "meeting_id": hosted.meeting.number,
            "host": hosted.meeting.host,
            "join_url": hosted.meeting.public_url,
            "invitation": str(invitation),
        }
        telling = tell_again(workspace, event, hosted.meeting)
    return HostedEvent(event, hosted, invitation, telling, refresh_register(workspace, event))


def cancel(workspace: Workspace, event: Event) -> Cancelled:
    """Cancels the meeting in Zoom, alone with step 3, and tells those who count on it."""
    with workspace.journal.holding(event.id, sop.HOST):
        existed = cancel_meeting(workspace, event)
        return Cancelled(existed, tell_again(workspace, event, None))


def share(
    workspace: Workspace, event: Event, named: Sequence[Recipient], *, again: bool = False
) -> Telling:
    """Tells the agency how to join, or that the meeting is cancelled; see ``tell``.

    Raises:
        Refusal: there is no meeting, and none was cancelled that somebody was told of.
    """
    with workspace.journal.holding(event.id, sop.HOST):
        entries = workspace.journal.entries(event.id)
        if was_cancelled(entries) and sharing_of(entries).people:
            return tell(workspace, event, None, named, again=again)
        require_standing(workspace, event)
        meeting = read_meeting(workspace, event)
        write_invitation(workspace, event, meeting)
        return tell(workspace, event, meeting, named, again=again)


def _take_over(workspace: Workspace, event: Event, step: RunningStep) -> Event:
    """The event as somebody has changed its meeting in Zoom."""
    record = current_meeting(workspace, event)
    if record is None or record.meeting_id is None:
        return event
    meeting = read_meeting(workspace, event)
    found = compared(workspace, event, record, meeting)
    if not found.drifts:
        return event
    changes = taken_over(event, record, found.drifts)
    changed = edit_event(workspace, event, changes, {}) if changes else event
    step.note(
        records.TAKEN,
        {
            "fields": [drift.field for drift in found.drifts],
            "settings": taken_settings(found.drifts),
            "kept": remembered(meeting.snapshot, found.wish),
        },
    )
    return changed
