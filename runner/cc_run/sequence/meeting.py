"""Step 3: the Zoom meeting stands, and the agency has its id and passcode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cc_run import sop
from cc_run.events import Event
from cc_run.hosting.invitation import write_invitation
from cc_run.hosting.schedule import Hosted, ensure_meeting
from cc_run.sequence.order import require_standing
from cc_run.sequence.register import refresh_register
from cc_run.workspace import Workspace


@dataclass(frozen=True)
class HostedEvent:
    """The event's meeting, the invitation, and why the register was not brought up to date."""

    hosted: Hosted
    invitation: Path
    register_trouble: str


def host(workspace: Workspace, event: Event) -> HostedEvent:
    """Makes or finds the meeting, brings it to the schedule, and writes the invitation.

    Raises:
        Refusal: the event is cancelled; and see ``ensure_meeting``.
    """
    require_standing(workspace, event)
    with workspace.journal.touching_up(event.id, sop.HOST, workspace.actor) as step:
        hosted = ensure_meeting(workspace, event, step)
        invitation = write_invitation(workspace, event, hosted.meeting)
        if hosted.changed:
            step.note("meeting.changed", {"fields": list(hosted.changed)})
        step.output = {
            "meeting_id": hosted.meeting.number,
            "host": hosted.meeting.host,
            "join_url": hosted.meeting.public_url,
            "invitation": str(invitation),
        }
    return HostedEvent(hosted, invitation, refresh_register(workspace, event))
