"""Two hours before an event somebody prepares it; who forgets is told on the desktop, once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cc_run import sop
from cc_run.errors import OutsideFailure
from cc_run.events import Event, EventStatus, status_of
from cc_run.journal import Entry
from cc_run.journal.progress import progress
from cc_run.language import _
from cc_run.processes import run_program
from cc_run.times import format_clock, format_span, zone_name
from cc_run.workspace import Workspace

REMINDED: Final = "event.reminded"
_SECONDS: Final = 10.0


def remind(workspace: Workspace, moment: datetime, minutes: int) -> list[Event]:
    """Tells the desktop of each event that waits for its preparation, and journals that.

    Returns:
        The events that were told, by start.

    Raises:
        OutsideFailure: there is no desktop to tell; the next run tries again.
    """
    waiting = unprepared(workspace, moment, minutes)
    for event in waiting:
        asyncio.run(_notify(workspace, event, moment))
        workspace.journal.append(
            REMINDED,
            event_id=event.id,
            step=sop.PREPARE,
            actor=workspace.actor,
            data={"starts_at": event.starts_at.isoformat()},
        )
    return waiting


def unprepared(workspace: Workspace, moment: datetime, minutes: int) -> list[Event]:
    """The room's events that begin within so many minutes and wait for preparation and reminder."""
    soon = workspace.events.between(
        moment, moment + timedelta(minutes=minutes), room=workspace.settings.host
    )
    ahead = [event for event in soon if event.starts_at > moment]
    entries = workspace.journal.entries_of(event.id for event in ahead)
    return [event for event in ahead if _waits(event, entries[event.id])]


def _waits(event: Event, entries: Sequence[Entry]) -> bool:
    prepared = progress(entries).get(sop.PREPARE)
    if (prepared is not None and prepared.done) or status_of(entries) is EventStatus.CANCELLED:
        return False
    # An event that was moved is told again.
    starts = event.starts_at.isoformat()
    return not any(e.kind == REMINDED and e.data.get("starts_at") == starts for e in entries)


async def _notify(workspace: Workspace, event: Event, moment: datetime) -> None:
    zone = workspace.zone
    title = _("%(event)s begins at %(clock)s %(zone)s") % {
        "event": event.id,
        "clock": format_clock(event.starts_at, zone),
        "zone": zone_name(event.starts_at, zone),
    }
    text = _("«%(title)s» begins in %(span)s, and the room is not prepared.") % {
        "title": event.title,
        "span": format_span(timedelta(minutes=(event.starts_at - moment) // timedelta(minutes=1))),
    }
    command = f"cc-run prepare --event {event.id}"
    said = ["--app-name=cc-run", "--urgency=critical", "--", title, f"{text}\n{command}"]
    # A timer is outside of the desktop's session, and finds its bus where the login put it.
    bus = os.environ.get("DBUS_SESSION_BUS_ADDRESS") or f"unix:path=/run/user/{os.getuid()}/bus"
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus}
    notify = run_program(["notify-send", *said], package="libnotify-bin", environment=environment)
    try:
        outcome = await asyncio.wait_for(notify, _SECONDS)
        complaint = outcome.complaint if outcome.returncode else ""
    except TimeoutError:
        complaint = _("the desktop does not answer")
    if complaint:
        raise OutsideFailure(
            _("%(event)s waits for preparation, and the desktop could not be told: %(reason)s")
            % {"event": event.id, "reason": complaint},
            _("Log in on the room's desktop, and prepare: %(command)s") % {"command": command},
        )
