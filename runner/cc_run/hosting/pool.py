"""Which Zoom account owns an event's meeting: the first with room for one more at that time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from cc_run.errors import Refusal, SettingsFault
from cc_run.events import Event
from cc_run.hosting.records import meeting_of
from cc_run.language import _
from cc_run.settings.models import ZoomHost
from cc_run.workspace import Workspace


def choose_host(workspace: Workspace, event: Event) -> ZoomHost:
    """A host whose meetings, the gap between them included, leave room for the event.

    Raises:
        SettingsFault: no host is set.
        Refusal: every host is taken; the colliding events are named.
    """
    zoom = workspace.settings.zoom
    if not zoom.hosts:
        raise SettingsFault(
            _("No Zoom host is set."), _("Name the accounts that own meetings in cc_zoom_hosts.")
        )
    neighbours = _neighbours(workspace, event)
    taken = Counter(neighbours.values())
    for host in zoom.hosts:
        if taken[host.email] < host.concurrent:
            return host
    raise Refusal(
        _("No Zoom host is free at that time; taken by: %(events)s.")
        % {"events": ", ".join(neighbours)},
        _("Move the event with cc-run event edit, or add a host to cc_zoom_hosts."),
    )


def require_room(workspace: Workspace, event: Event, email: str) -> None:
    """Refuses a new time for the event's meeting at which its host has no room for it.

    Raises:
        Refusal: the colliding events are named.
    """
    at_host = [name for name, host in _neighbours(workspace, event).items() if host == email]
    room = {host.email: host.concurrent for host in workspace.settings.zoom.hosts}
    if len(at_host) >= room.get(email, 1):
        raise Refusal(
            _("The Zoom host %(host)s is taken at that time by: %(events)s.")
            % {"host": email, "events": ", ".join(at_host)},
            _(
                "Move the event with cc-run event edit, or cancel its meeting, so that it is made "
                "anew at another host: cc-run host cancel --event %(event)s"
            )
            % {"event": event.id},
        )


def _neighbours(workspace: Workspace, event: Event) -> dict[str, str]:
    """The events whose meetings come too close to this one's, each with its host."""
    gap = timedelta(minutes=workspace.settings.zoom.gap_minutes)
    near = workspace.events.between(event.starts_at - gap, event.ends_at + gap)
    others = [other.id for other in near if other.number != event.number]
    entries = workspace.journal.entries_of(others)
    meetings = {other: meeting_of(entries[other]) for other in others}
    return {other: meeting.host for other, meeting in meetings.items() if meeting is not None}
