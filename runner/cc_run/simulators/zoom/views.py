"""Meetings as the API shows them: in full, in a list, as an invitation."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request

from .paging import page_of
from .records import INSTANT, RECURRING_ANY_TIME, Meeting
from .replies import invalid
from .seal import seal
from .state import Store
from .users import Directory

START_LINK_LIFETIME = timedelta(hours=2)
LISTED_AFTER_END = timedelta(days=30)
LISTED_AGENDA = 250


def utc(moment: datetime) -> str:
    """A moment as Zoom writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_full(store: Store, directory: Directory, meeting: Meeting, base: str) -> dict[str, object]:
    """The reply to a create or a get, with a start link of its own.

    Args:
        store: the account.
        directory: its users.
        meeting: what to show.
        base: the URL that the emulator is reached at, without a slash at its end.
    """
    host = directory.find(meeting.host_email)
    expires_at = store.now() + START_LINK_LIFETIME
    zak = seal(store.state.signing_key, "zak", str(meeting.id), expires_at)
    shown: dict[str, object] = {
        **_in_brief(meeting, host.id, base),
        "assistant_id": "",
        "host_email": meeting.host_email,
        "agenda": meeting.agenda,
        "status": meeting.status,
        "start_url": f"{base}/s/{meeting.id}?zak={zak}",
        "password": meeting.password,
        "h323_password": meeting.h323_password,
        "pstn_password": meeting.h323_password,
        "encrypted_password": meeting.encrypted_password,
        "settings": meeting.settings.model_dump(),
        "creation_source": "open_api",
        "pre_schedule": False,
    }
    if meeting.tracking_fields:
        shown["tracking_fields"] = [
            {**field.model_dump(), "visible": True} for field in meeting.tracking_fields
        ]
    return shown


def listing(
    store: Store, directory: Directory, request: Request, host_key: str, base: str
) -> dict[str, object]:
    """The reply to `GET /users/{userId}/meetings`; agendas are cut and tracking fields left out."""
    host = directory.find(host_key)
    directory.check_may_host(host)
    kind, now = request.query_params.get("type") or "scheduled", store.now()
    since, until = _span(request)
    chosen = sorted(
        (
            meeting
            for meeting in store.meetings.values()
            if meeting.host_email == host.email
            and not meeting.deleted
            and (since is None or since <= meeting.start_time)
            and (until is None or meeting.start_time < until)
            and _of_type(meeting, kind, now)
        ),
        key=lambda meeting: (meeting.start_time, meeting.id),
    )
    rows: list[object] = [_in_brief(meeting, host.id, base) for meeting in chosen]
    return page_of(store, request, rows, "meetings")


def invitation(directory: Directory, meeting: Meeting, base: str) -> str:
    """The text that Zoom offers for sending to guests."""
    host = directory.find(meeting.host_email)
    begins = meeting.start_time.astimezone(ZoneInfo(meeting.timezone))
    return "\r\n".join(
        [
            f"{host.name} is inviting you to a scheduled Zoom meeting.",
            "",
            f"Topic: {meeting.topic}",
            f"Time: {begins:%b %d, %Y %I:%M %p} {meeting.timezone}",
            "",
            "Join Zoom Meeting",
            _join_url(meeting, base),
            "",
            f"Meeting ID: {meeting.id}",
            f"Passcode: {meeting.password}",
            "",
        ]
    )


def _in_brief(meeting: Meeting, host_id: str, base: str) -> dict[str, object]:
    # A meeting without a fixed time is told without any.
    starts = {} if meeting.type == RECURRING_ANY_TIME else {"start_time": utc(meeting.start_time)}
    return {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": host_id,
        "topic": meeting.topic,
        "type": meeting.type,
        **starts,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda[:LISTED_AGENDA],
        "created_at": utc(meeting.created_at),
        "join_url": _join_url(meeting, base),
    }


def _join_url(meeting: Meeting, base: str) -> str:
    return f"{base}/j/{meeting.id}?pwd={quote(meeting.encrypted_password)}"


def _of_type(meeting: Meeting, kind: str, now: datetime) -> bool:
    running = meeting.started_at is not None
    ends_at = meeting.start_time + timedelta(minutes=meeting.duration)
    match kind:
        case "live":
            return running
        case "scheduled":
            return meeting.type != INSTANT and (running or now < ends_at + LISTED_AFTER_END)
        case "upcoming" | "upcoming_meetings":
            return meeting.type != INSTANT and (running or now < ends_at)
        case "previous_meetings":
            return meeting.type != INSTANT and not running and ends_at <= now
    raise invalid(("type", "Invalid field."))


def _span(request: Request) -> tuple[datetime | None, datetime | None]:
    """From the first moment of `from` to the last of `to`, days of `timezone`."""
    try:
        zone = ZoneInfo(request.query_params.get("timezone") or "UTC")
        since, until = (
            datetime.combine(datetime.fromisoformat(text).date(), time(), zone) if text else None
            for text in (request.query_params.get("from"), request.query_params.get("to"))
        )
    except (ValueError, KeyError, OSError) as problem:
        raise invalid(("from", "Invalid date or timezone.")) from problem
    return since, None if until is None else until + timedelta(days=1)
