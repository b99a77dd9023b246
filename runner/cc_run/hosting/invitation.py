"""The invitation that goes to the agency: the only document with the passcode in it."""

from __future__ import annotations

from pathlib import Path

from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.hosting.meeting import Meeting
from cc_run.language import speaking
from cc_run.rendering import render
from cc_run.workspace import Workspace


def invitation_text(workspace: Workspace, event: Event, meeting: Meeting) -> str:
    """The text for WhatsApp, in the office's document language."""
    language = workspace.settings.room.document_language
    with speaking(language):
        return render(
            "invitation.txt.j2",
            language=language,
            event=event,
            meeting=meeting,
            settings=workspace.settings,
            zone=workspace.zone,
        )


def write_invitation(workspace: Workspace, event: Event, meeting: Meeting) -> Path:
    """Keeps the invitation for its owner's eyes and out of the archive: it has the passcode."""
    folder = workspace.state_dir / "invitations"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = invitation_text(workspace, event, meeting)
    return replace_file(folder / f"{event.id}.txt", text.encode(), mode=0o600)
