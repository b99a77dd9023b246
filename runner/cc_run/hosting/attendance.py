"""Who was in a held meeting: Zoom's rows, one a stay, merged per person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.hosting.refusals import MeetingGone
from cc_run.hosting.schedule import connect, made_meeting
from cc_run.language import _
from cc_run.workspace import Workspace


@dataclass(frozen=True)
class Attendee:
    """A person's first arrival, last departure, and seconds in the meeting."""

    name: str
    email: str
    joined: datetime
    left: datetime
    seconds: int


def attendance(workspace: Workspace, event: Event) -> list[Attendee]:
    """The people of the event's meeting, the first to come first.

    Raises:
        Refusal: there is no meeting, or it has not been held.
    """
    meeting_id, _host = made_meeting(workspace, event)
    with connect(workspace) as zoom:
        try:
            return merged(zoom.participants(meeting_id))
        except MeetingGone as error:
            raise Refusal(
                _("Zoom knows of no held meeting of %(event)s.") % {"event": event.id},
                _("Ask again when the meeting has ended."),
            ) from error


def merged(rows: Iterable[Mapping[str, Any]]) -> list[Attendee]:
    """One row a person; who was dropped and came back is told by name and address."""
    people: dict[tuple[str, str], Attendee] = {}
    for row in rows:
        name, email = str(row.get("name", "")), str(row.get("user_email", ""))
        joined, left = _moment(row["join_time"]), _moment(row["leave_time"])
        seconds = int(row.get("duration") or (left - joined).total_seconds())
        known = people.get((name, email))
        people[name, email] = Attendee(
            name=name,
            email=email,
            joined=min(joined, known.joined) if known else joined,
            left=max(left, known.left) if known else left,
            seconds=seconds + (known.seconds if known else 0),
        )
    return sorted(people.values(), key=lambda person: person.joined)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
