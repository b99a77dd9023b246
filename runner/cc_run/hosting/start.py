"""Opens the event's meeting as its host; the address for that is never shown, stored or logged."""

from __future__ import annotations

import shutil
import subprocess

from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.hosting.schedule import connect, made_meeting
from cc_run.language import _
from cc_run.workspace import Workspace


def start_meeting(workspace: Workspace, event: Event) -> None:
    """Fetches a fresh start address (it lives two hours) and hands it to Zoom's program.

    Raises:
        Refusal: the event has no meeting.
        OutsideFailure: neither Zoom nor a browser can be opened here.
    """
    meeting_id, host = made_meeting(workspace, event)
    client = shutil.which(workspace.settings.zoom_client.command)
    browser = shutil.which("xdg-open")
    if client is None and browser is None:
        raise OutsideFailure(
            _("Neither Zoom nor a browser can be opened here."),
            _("Ask IT to install Zoom on this laptop."),
        )
    with connect(workspace) as zoom:
        address = str(zoom.read(meeting_id).get("start_url", ""))
    if not address:
        raise OutsideFailure(
            _("Zoom gave no address to start the meeting with."),
            _("Start it in Zoom's own program, logged in as %(host)s.") % {"host": host},
        )
    # Zoom's own program takes the address only as an argument; it is on screen for a moment, in
    # the process list of this user's desktop, and worthless after two hours.
    try:
        subprocess.Popen(
            [client, f"--url={address}"] if client else [browser or "xdg-open", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        # Without the error's own text and cause: both may tell the address.
        raise OutsideFailure(
            _("%(program)s cannot be started: %(reason)s")
            % {"program": client or browser, "reason": error.strerror},
            _("Ask IT to install Zoom on this laptop."),
        ) from None
    workspace.journal.append(
        "meeting.started",
        event_id=event.id,
        actor=workspace.actor,
        data={"meeting_id": meeting_id},
    )
