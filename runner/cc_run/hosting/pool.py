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
    gap = timedelta(minutes=zoom.gap_minutes)
    neighbours = workspace.events.between(event.starts_at - gap, event.ends_at + gap)
    others = [other for other in neighbours if other.number != event.number]
    entries = workspace.journal.entries_of(other.id for other in others)
    meetings = {other.id: meeting_of(entries[other.id]) for other in others}
    taken = Counter(meeting.host for meeting in meetings.values() if meeting is not None)
    for host in zoom.hosts:
        if taken[host.email] < host.concurrent:
            return host
    names = ", ".join(name for name, meeting in meetings.items() if meeting is not None)
    raise Refusal(
        _("No Zoom host is free at that time; taken by: %(events)s.") % {"events": names},
        _("Move the event with cc-run event edit, or add a host to cc_zoom_hosts."),
    )
