"""Making, changing, starting and ending meetings."""

from __future__ import annotations

import base64
import secrets
import string
from datetime import datetime
from urllib.parse import unquote

from .bodies import MeetingBody
from .passcodes import check_passcode, fitting_passcode
from .records import (
    INSTANT,
    RECURRING_ANY_TIME,
    SCHEDULED,
    Held,
    Meeting,
    MeetingSettings,
    State,
)
from .replies import ZoomError, no_such_meeting
from .state import Store
from .users import Directory, User
from .views import utc
from .webhooks import announce

ZONE = "Asia/Jakarta"
DEFAULT_MINUTES = 60


def create(store: Store, directory: Directory, host_key: str, body: MeetingBody) -> Meeting:
    """A new meeting of a host.

    Args:
        store: the account.
        directory: its users.
        host_key: the host's e-mail address or id.
        body: what the client asked.

    Raises:
        ZoomError: for an unknown host, or a setting that is not allowed.
    """
    host = _owner(directory, host_key, body)
    settings = _reconciled(body.settings)
    directory.check_alternative_hosts(settings.alternative_hosts, host.email)
    check_passcode(store.state.switches.passcode, body.password)
    zone = body.timezone or ZONE
    now = store.now()
    start, kind = body.start(zone), body.type or SCHEDULED
    if kind == SCHEDULED and start is None:
        kind = INSTANT
    passcode = body.password or fitting_passcode(store.state.switches.passcode)
    meeting = Meeting(
        id=_free_id(store),
        uuid=_new_uuid(store.state),
        host_email=host.email,
        topic=body.topic or "Zoom Meeting",
        type=kind,
        start_time=start or now,
        duration=body.duration or DEFAULT_MINUTES,
        timezone=zone,
        agenda=body.agenda or "",
        created_at=now,
        password=passcode,
        encrypted_password=f"{secrets.token_urlsafe(24)}.1",
        h323_password=_numeric(passcode),
        settings=settings,
        tracking_fields=body.tracking_fields or [],
    )
    store.keep(meeting)
    return meeting


def update(store: Store, directory: Directory, meeting: Meeting, body: MeetingBody) -> None:
    """Change what a body names, leave the rest; a start in the past is ignored, silently."""
    changes = body.settings.model_dump(exclude_unset=True)
    if meeting.type == RECURRING_ANY_TIME:
        changes.pop("approval_type", None)
    settings = _reconciled(meeting.settings.model_copy(update=changes))
    directory.check_alternative_hosts(settings.alternative_hosts, meeting.host_email)
    check_passcode(store.state.switches.passcode, body.password)
    meeting.settings = settings
    start = body.start(meeting.timezone)
    if start is not None and start > store.now():
        meeting.start_time = start
    for name in ("topic", "agenda", "type", "duration", "timezone", "tracking_fields"):
        value = getattr(body, name)
        if value is not None:
            setattr(meeting, name, value)
    if body.password:
        meeting.password = body.password
        meeting.h323_password = _numeric(body.password)
        meeting.encrypted_password = f"{secrets.token_urlsafe(24)}.1"
    store.keep(meeting)


def delete(store: Store, meeting: Meeting) -> None:
    """Take a meeting away; it can be recovered.

    Raises:
        ZoomError: 400/3002 while it runs.
    """
    if meeting.started_at:
        raise ZoomError(400, 3002, "You cannot delete this meeting since it is in progress.")
    meeting.deleted = True
    store.keep(meeting)


def start(store: Store, meeting: Meeting) -> Meeting | None:
    """Start a meeting.

    Returns:
        Another meeting of the same host that runs and has to be ended first, or None.
    """
    for other in store.meetings.values():
        if other.host_email == meeting.host_email and other.started_at and other is not meeting:
            return other
    if not meeting.started_at:
        meeting.started_at = store.now()
        store.keep(meeting)
        announce(store, "meeting.started", meeting, meeting.uuid, meeting.started_at)
    return None


def act(store: Store, key: str, action: object) -> None:
    """End or recover a meeting.

    Raises:
        ZoomError: for an unknown meeting or action.
    """
    if action == "recover":
        meeting = find(store, key, deleted=True)
        meeting.deleted = False
    elif action == "end":
        meeting = find(store, key)
        if meeting.started_at:
            keep_as_held(store, meeting, meeting.started_at, store.now())
    else:
        raise ZoomError(400, 300, "Invalid field: action.")
    store.keep(meeting)


def keep_as_held(store: Store, meeting: Meeting, started_at: datetime, ended_at: datetime) -> None:
    """File a meeting's run under its uuid; the next run gets a new one, as at Zoom."""
    meeting.held.append(
        Held(
            uuid=meeting.uuid,
            started_at=started_at,
            ended_at=ended_at,
            participants=meeting.attendance,
        )
    )
    meeting.uuid = _new_uuid(store.state)
    meeting.started_at = None
    meeting.attendance = []
    ended = {"end_time": utc(ended_at)}
    announce(store, "meeting.ended", meeting, meeting.held[-1].uuid, ended_at, ended)


def find(store: Store, key: str, *, deleted: bool = False) -> Meeting:
    """The meeting with an id or a uuid, also of a run that is over.

    Args:
        store: the account.
        key: from a path, decoded once; a uuid with a slash in it comes encoded twice.
        deleted: look among the deleted ones instead.

    Raises:
        ZoomError: 404/3001.
    """
    plain = unquote(key)
    numbered = store.meetings.get(int(plain)) if plain.isascii() and plain.isdigit() else None
    for meeting in [numbered] if numbered else store.meetings.values():
        names = {str(meeting.id), meeting.uuid, *(run.uuid for run in meeting.held)}
        if plain in names and meeting.deleted is deleted:
            return meeting
    raise no_such_meeting(plain)


def _owner(directory: Directory, host_key: str, body: MeetingBody) -> User:
    owner = directory.find(host_key)
    directory.check_may_host(owner)
    if body.schedule_for:
        if body.type == INSTANT:
            text = "Instant meetings do not support the `schedule_for` parameter."
            raise ZoomError(400, 3000, text)
        try:
            owner = directory.find(body.schedule_for)
        except ZoomError as problem:
            text = "The value that you entered in the `schedule_for` field is invalid."
            raise ZoomError(400, 300, text) from problem
        if owner.email in directory.switches().barred:
            raise ZoomError(400, 3000, f"You cannot schedule a meeting for {body.schedule_for}")
    return owner


def _reconciled(settings: MeetingSettings) -> MeetingSettings:
    """A waiting room shuts out whoever would join before the host."""
    if not settings.waiting_room:
        return settings
    return settings.model_copy(update={"join_before_host": False})


def _free_id(store: Store) -> int:
    while True:
        number = 80_000_000_000 + secrets.randbelow(10_000_000_000)
        if number not in store.meetings:
            return number


def _new_uuid(state: State) -> str:
    """16 random bytes in base64; every third begins with a slash, which chance does rarely."""
    raw = bytearray(secrets.token_bytes(16))
    state.uuids_made += 1
    if state.uuids_made % 3 == 0:
        raw[0] |= 0b1111_1100
    return base64.b64encode(bytes(raw)).decode()


def _numeric(passcode: str) -> str:
    """The digits that telephones and room systems type in place of a passcode."""
    if passcode.isascii() and passcode.isdigit():
        return passcode
    return "".join(secrets.choice(string.digits) for _ in range(6))
