"""Which Zoom account owns an event's meeting: the first with room for one more at that time.

What is taken is known twice: from the schedule, which has the meetings that are about to be made,
and from Zoom, which has those that were made outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from cc_run.errors import Refusal, SettingsFault
from cc_run.events import Event
from cc_run.hosting.occupancy import Busy, colliding, has_room, nearest_starts
from cc_run.hosting.quota import Quotas
from cc_run.hosting.records import MeetingRecord
from cc_run.hosting.taken import (
    age,
    in_zoom,
    listed_at,
    marker_of,
    neighbours,
    planned_at,
    wanted_by,
)
from cc_run.hosting.zoom import ZoomClient
from cc_run.language import _, joined
from cc_run.settings.models import ZoomHost
from cc_run.times import format_moment, now
from cc_run.workspace import Workspace

_REACH: Final = timedelta(days=1)


def choose_host(
    workspace: Workspace, zoom: ZoomClient, event: Event, *, besides: Collection[str], look: bool
) -> str:
    """A host whose meetings, the gap between them included, leave room for the event.

    Args:
        workspace: The room's.
        zoom: The connection to Zoom.
        event: The event.
        besides: Hosts that are out of the question.
        look: Whether Zoom is asked before; else only the schedule is.

    Raises:
        SettingsFault: no host is set.
        Refusal: every host is taken; the colliding meetings and the nearest free times are named.
    """
    hosts = workspace.settings.zoom.hosts
    if not hosts:
        raise SettingsFault(
            _("No Zoom host is set."), _("Name the accounts that own meetings in cc_zoom_hosts.")
        )
    wanted, quotas = wanted_by(workspace, event), Quotas(workspace.engine)
    planned = planned_at(workspace, neighbours(workspace, event))
    free = [
        host
        for host in hosts
        if host.email not in besides
        and has_room(wanted, planned.get(host.email, []), host.concurrent)
    ]
    # Whoever has used up the day's requests is asked last, not never: Zoom knows better.
    for host in sorted(free, key=lambda one: quotas.of(one.email).left == 0):
        if not look:
            return host.email
        taken = [*planned.get(host.email, []), *listed_at(workspace, zoom, event, host.email)]
        if has_room(wanted, taken, host.concurrent):
            return host.email
    raise _all_taken(workspace, zoom, event)


def outranked(workspace: Workspace, event: Event, host: str, since: int) -> bool:
    """Whether others chose the host before this event did, and leave no room for it.

    The journal is in one order for all rooms that share it, so that of two who chose at once
    exactly one gives way.
    """
    before = [one for one in neighbours(workspace, event) if one.record.since < since]
    taken = planned_at(workspace, before).get(host, [])
    return not has_room(wanted_by(workspace, event), taken, concurrent_of(workspace, host))


def require_room(
    workspace: Workspace, zoom: ZoomClient, event: Event, record: MeetingRecord
) -> None:
    """Refuses a new time for the event's meeting at which its host has no room for it.

    Raises:
        Refusal: the colliding meetings are named.
    """
    wanted = wanted_by(workspace, event)
    taken = [
        *planned_at(workspace, neighbours(workspace, event)).get(record.host, []),
        *listed_at(workspace, zoom, event, record.host, but=record.marker),
    ]
    if has_room(wanted, taken, concurrent_of(workspace, record.host)):
        return
    raise Refusal(
        _("The Zoom host %(host)s is taken at that time by: %(meetings)s.")
        % {"host": record.host, "meetings": _names(colliding(wanted, taken))},
        _(
            "Move the event with cc-run event edit, or cancel its meeting, so that it is made "
            "anew at another host: cc-run host cancel --event %(event)s"
        )
        % {"event": event.id},
    )


def crowded_by(
    workspace: Workspace,
    event: Event,
    record: MeetingRecord,
    rows: Iterable[Mapping[str, Any]],
    mine: Mapping[str, Any],
) -> str:
    """The meetings in Zoom for which the event's own has to give way, by name; or nothing.

    Of two that both were made by rooms without a common schedule, the later one gives way.
    """
    wanted, host = wanted_by(workspace, event), record.host
    others = [
        row
        for row in rows
        if marker_of(row) != record.marker and (not marker_of(row) or age(row) < age(mine))
    ]
    taken = in_zoom(others, workspace.zone)
    if has_room(wanted, taken, concurrent_of(workspace, host)):
        return ""
    return _names(colliding(wanted, taken))


def concurrent_of(workspace: Workspace, email: str) -> int:
    """How many meetings the host may run at once."""
    hosts: tuple[ZoomHost, ...] = workspace.settings.zoom.hosts
    return next((host.concurrent for host in hosts if host.email == email), 1)


def _names(busy: Iterable[Busy]) -> str:
    unique = {one.key: one.label for one in busy}
    return joined(unique.values(), "; ")


def _all_taken(workspace: Workspace, zoom: ZoomClient, event: Event) -> Refusal:
    """Says what stands in the way, and when it would not."""
    wanted = wanted_by(workspace, event)
    planned = planned_at(workspace, neighbours(workspace, event, _REACH + wanted.length))
    hosts = [
        (
            host,
            [*planned.get(host.email, []), *listed_at(workspace, zoom, event, host.email)],
        )
        for host in workspace.settings.zoom.hosts
    ]
    lines = [f"  {host.email}: {_names(colliding(wanted, taken)) or '–'}" for host, taken in hosts]
    message = _("No Zoom host is free at that time:\n%(taken)s") % {"taken": "\n".join(lines)}
    free = nearest_starts(
        wanted,
        [(taken, host.concurrent) for host, taken in hosts],
        earliest=now(),
        reach=_REACH,
        also_free=_in_room(workspace, event),
    )
    if not free:
        return Refusal(
            message,
            _(
                "Nothing is free within a day before or after. Move the event with cc-run event "
                "edit, or add a host to cc_zoom_hosts."
            ),
        )
    times = joined((format_moment(at, workspace.zone) for at in free), "; ")
    return Refusal(
        message,
        _(
            "An event of this length could begin: %(times)s. Move it with cc-run event edit, or "
            "add a host to cc_zoom_hosts."
        )
        % {"times": times},
    )


def _in_room(workspace: Workspace, event: Event) -> list[Busy]:
    """What else is on in the event's room."""
    start, end = event.starts_at - _REACH, event.ends_at + _REACH
    others = workspace.events.between(start, end, room=event.room)
    gone = workspace.events.cancelled(other.number for other in others) | {event.number}
    return [
        Busy(other.id, other.starts_at, other.ends_at)
        for other in others
        if other.number not in gone
    ]
