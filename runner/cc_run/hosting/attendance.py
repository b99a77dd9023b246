"""Who was in a held meeting: Zoom's rows, one a stay, merged per person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.hosting.refusals import MeetingGone
from cc_run.hosting.schedule import connect, made_meeting
from cc_run.hosting.webhook.noting import runs_of
from cc_run.hosting.zoom import ZoomClient
from cc_run.language import _
from cc_run.workspace import Workspace

_WAITED: Final = "in_waiting_room"


@dataclass(frozen=True)
class Attendee:
    """A person's first arrival, last departure, seconds in the meeting, and how often they came."""

    name: str
    email: str
    joined: datetime
    left: datetime
    seconds: int
    stays: int = 1

    @property
    def minutes(self) -> int:
        """Whole minutes in the meeting."""
        return round(self.seconds / 60)


def attendance(workspace: Workspace, event: Event) -> list[Attendee]:
    """The people of the event's meeting, the first to come first.

    Raises:
        Refusal: there is no meeting, or it has not been held.
    """
    meeting_id, _host = made_meeting(workspace, event)
    entries = workspace.journal.entries(event.id)
    with connect(workspace) as zoom:
        try:
            rows = list(zoom.participants(str(meeting_id)))
        except MeetingGone as error:
            raise Refusal(
                _("Zoom knows of no held meeting of %(event)s.") % {"event": event.id},
                _("Ask again when the meeting has ended."),
            ) from error
        for run in runs_of(entries, meeting_id):
            rows += _of_run(zoom, run)
    return merged(rows)


def _of_run(zoom: ZoomClient, run: str) -> list[dict[str, Any]]:
    """By its number a meeting tells of its last run alone; of the others Zoom told by itself."""
    try:
        return list(zoom.participants(run))
    except MeetingGone:
        return []


@dataclass
class _Person:
    """A person's stays; the name is kept as it was written first."""

    name: str
    email: str
    stays: set[tuple[datetime, datetime]] = field(default_factory=set)


def merged(rows: Iterable[Mapping[str, Any]]) -> list[Attendee]:
    """One row a person; who was dropped and came back is told by name and address.

    Time on two devices at once counts once, time in the waiting room not at all.
    """
    people: dict[tuple[str, str], _Person] = {}
    for row in rows:
        if row.get("status") == _WAITED:
            continue
        name, email = str(row.get("name", "")), str(row.get("user_email", ""))
        joined = _moment(row["join_time"])
        left = _moment(row["leave_time"]) if row.get("leave_time") else joined
        key = (" ".join(name.split()).casefold(), email.casefold())
        people.setdefault(key, _Person(name, email)).stays.add((joined, max(joined, left)))
    found = [_attendee(person) for person in people.values()]
    return sorted(found, key=lambda person: person.joined)


def _attendee(person: _Person) -> Attendee:
    stays = list(_joined(sorted(person.stays)))
    spent = sum((left - joined for joined, left in stays), timedelta())
    return Attendee(
        name=person.name,
        email=person.email,
        joined=stays[0][0],
        left=stays[-1][1],
        seconds=int(spent.total_seconds()),
        stays=len(stays),
    )


def _joined(stays: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Stays that overlap are one; those of an ordered row."""
    begin: datetime | None = None
    until = datetime.min.replace(tzinfo=UTC)
    for joined, left in stays:
        if begin is None or joined > until:
            if begin is not None:
                yield begin, until
            begin, until = joined, left
        until = max(until, left)
    if begin is not None:
        yield begin, until


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
