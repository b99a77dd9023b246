"""Who was in a meeting: set by a test or a rehearsal, read through Zoom's two reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import unquote

from starlette.requests import Request

from .meetings import find, keep_as_held
from .paging import page_of
from .records import Held, Meeting, Participant
from .replies import ZoomError, no_such_meeting
from .state import Store
from .users import Directory
from .views import utc
from .webhooks import announce

KEPT_FOR = timedelta(days=365)
"""How long ago a meeting may have ended for its attendance to be asked."""


def set_participants(store: Store, meeting: Meeting, participants: Sequence[Participant]) -> None:
    """Say who was there.

    A running meeting keeps them for its end. A meeting that never ran counts as held from the
    first arrival to the last departure. Of one that ran, the last run gets them.
    """
    present = list(participants)
    if meeting.started_at:
        meeting.attendance = present
        _tell_of(store, meeting, meeting.uuid, present)
    elif meeting.held:
        meeting.held[-1].participants = present
        _tell_of(store, meeting, meeting.held[-1].uuid, present)
    elif present:
        meeting.attendance = present
        first = min(person.join_time for person in present)
        announce(store, "meeting.started", meeting, meeting.uuid, first)
        _tell_of(store, meeting, meeting.uuid, present)
        keep_as_held(store, meeting, first, max(person.leave_time for person in present))
    store.keep(meeting)


def _tell_of(store: Store, meeting: Meeting, uuid: str, people: Sequence[Participant]) -> None:
    """Each arrival and departure that has happened, in their order; waiting rooms do not count."""
    known = [person for person in people if person.status == "in_meeting"]
    moves = [(person.join_time, "joined", "join_time", person) for person in known]
    moves += [
        (person.leave_time, "left", "leave_time", person)
        for person in known
        if not meeting.started_at or person.leave_time <= store.now()
    ]
    for at, verb, field, person in sorted(moves, key=lambda move: move[0]):
        who = {
            "user_id": person.user_id,
            "user_name": person.name,
            "email": person.user_email,
            "participant_user_id": person.id,
            field: utc(at),
        }
        announce(store, f"meeting.participant_{verb}", meeting, uuid, at, {"participant": who})


def past_meeting(store: Store, directory: Directory, key: str) -> dict[str, object]:
    """The reply to `GET /past_meetings/{meetingId}`."""
    meeting, run = _last_run(store, key)
    host = directory.find(meeting.host_email)
    seconds = sum(_seconds(person) for person in run.participants)
    return {
        "uuid": run.uuid,
        "id": meeting.id,
        "host_id": host.id,
        "type": meeting.type,
        "topic": meeting.topic,
        "user_name": host.name,
        "user_email": host.email,
        "start_time": utc(run.started_at),
        "end_time": utc(run.ended_at),
        "duration": int((run.ended_at - run.started_at).total_seconds() // 60),
        "total_minutes": seconds // 60,
        "participants_count": len(run.participants),
        "dept": "",
        "source": "Zoom",
    }


def past_participants(store: Store, request: Request, key: str) -> dict[str, object]:
    """The reply to `GET /past_meetings/{meetingId}/participants`."""
    rows: list[object] = [
        {**_row(person), "internal_user": bool(person.user_email)}
        for person in _present(store, key)
    ]
    return page_of(store, request, rows, "participants")


def report_participants(store: Store, request: Request, key: str) -> dict[str, object]:
    """The reply to `GET /report/meetings/{meetingId}/participants`."""
    rows: list[object] = [
        {**_row(person), "participant_user_id": person.id, "customer_key": "", "bo_mtg_id": ""}
        for person in _present(store, key)
    ]
    return page_of(store, request, rows, "participants")


def _last_run(store: Store, key: str) -> tuple[Meeting, Held]:
    meeting = find(store, key)
    named = [run for run in meeting.held if run.uuid == unquote(key)] or meeting.held
    if not named:
        raise no_such_meeting(unquote(key))
    if named[-1].ended_at < store.now() - KEPT_FOR:
        raise ZoomError(400, 12702, "Can not access a meeting a year ago.")
    return meeting, named[-1]


def _present(store: Store, key: str) -> list[Participant]:
    """Zoom reports nobody when only one was there."""
    _, run = _last_run(store, key)
    return run.participants if len(run.participants) > 1 else []


def _row(person: Participant) -> dict[str, object]:
    return {
        "id": person.id,
        "user_id": person.user_id,
        "name": person.name,
        "user_email": person.user_email,
        "join_time": utc(person.join_time),
        "leave_time": utc(person.leave_time),
        "duration": _seconds(person),
        "failover": False,
        "status": person.status,
    }


def _seconds(person: Participant) -> int:
    return int((person.leave_time - person.join_time).total_seconds())
