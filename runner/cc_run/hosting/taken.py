"""When each Zoom account is taken, as the schedule and as Zoom know it.

The schedule has the meetings that are about to be made, Zoom those that were made outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_run.events import Event
from cc_run.hosting.occupancy import Busy, Wanted
from cc_run.hosting.records import MeetingRecord, meeting_of
from cc_run.hosting.zoom import ZoomClient
from cc_run.times import format_period
from cc_run.workspace import Workspace

_MARKER: Final = re.compile(r"\[(VC-\d+) [0-9a-f]{8}\]")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Neighbour:
    """Another event whose meeting is, or will be, at a host near the wanted time."""

    event: Event
    record: MeetingRecord


def wanted_by(workspace: Workspace, event: Event) -> Wanted:
    """The span that the event's meeting needs at its host."""
    gap = timedelta(minutes=workspace.settings.zoom.gap_minutes)
    return Wanted(event.starts_at, event.duration, gap)


def neighbours(
    workspace: Workspace, event: Event, reach: timedelta | None = None
) -> list[Neighbour]:
    """The other events with a meeting whose times come near this one's."""
    reach = reach or wanted_by(workspace, event).gap
    near = workspace.events.between(event.starts_at - reach, event.ends_at + reach)
    others = [other for other in near if other.number != event.number]
    entries = workspace.journal.entries_of(other.id for other in others)
    records = ((other, meeting_of(entries[other.id])) for other in others)
    return [Neighbour(other, record) for other, record in records if record is not None]


def planned_at(workspace: Workspace, near: Iterable[Neighbour]) -> dict[str, list[Busy]]:
    """What the schedule says of each host."""
    taken: dict[str, list[Busy]] = {}
    for one in near:
        event = one.event
        period = format_period(event.starts_at, event.ends_at, workspace.zone)
        label = f"{event.id} «{event.title}», {period}"
        busy = Busy(one.record.marker, event.starts_at, event.ends_at, label)
        taken.setdefault(one.record.host, []).append(busy)
    return taken


def listed_at(
    workspace: Workspace, zoom: ZoomClient, event: Event, host: str, *, but: str = ""
) -> list[Busy]:
    """What Zoom says of a host near the event's time, without the meeting marked ``but``."""
    rows = rows_near(zoom, host, event.starts_at, event.ends_at)
    return in_zoom([row for row in rows if not but or marker_of(row) != but], workspace.zone)


def rows_near(
    zoom: ZoomClient, host: str, starts_at: datetime, ends_at: datetime
) -> Iterable[dict[str, Any]]:
    """Zoom's list from the day before to the day after; a meeting may last overnight."""
    first, last = starts_at.astimezone(UTC) - _DAY, ends_at.astimezone(UTC) + _DAY
    return zoom.scheduled(host, first.date(), last.date())


def in_zoom(rows: Iterable[Mapping[str, Any]], zone: str) -> list[Busy]:
    """The listed meetings that have a time."""
    taken = []
    for row in rows:
        if not row.get("start_time"):
            continue
        starts_at = datetime.fromisoformat(row["start_time"]).astimezone(UTC)
        ends_at = starts_at + timedelta(minutes=int(row.get("duration") or 0))
        marker = marker_of(row)
        name = _MARKER.match(marker)
        who = name[1] if name else str(row["id"])
        label = f"{who} «{row.get('topic', '')}», {format_period(starts_at, ends_at, zone)}"
        taken.append(Busy(marker or str(row["id"]), starts_at, ends_at, label))
    return taken


def marker_of(row: Mapping[str, Any]) -> str:
    """The marker that the row's agenda begins with; nothing where it was made outside."""
    found = _MARKER.match(str(row.get("agenda", "")))
    return found[0] if found else ""


def age(row: Mapping[str, Any]) -> tuple[str, int]:
    """What orders listed meetings by their creation, the oldest first."""
    return str(row.get("created_at", "")), int(row["id"])
