"""Makes, keeps and cancels an event's meeting, so that a retry never makes a second one.

The intent is journalled before Zoom is asked, with a marker that Zoom keeps in the agenda. When an
intent has no meeting yet, the host's meetings are searched for the marker before anything is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.meeting import (
    Meeting,
    differences,
    field_names,
    new_marker,
    new_passcode,
    wished,
)
from cc_run.hosting.pool import choose_host, require_room
from cc_run.hosting.records import MeetingRecord, meeting_of
from cc_run.hosting.token import TokenCache
from cc_run.hosting.zoom import MeetingGone, UnclearOutcome, UnknownHost, ZoomClient
from cc_run.journal import RunningStep
from cc_run.language import _
from cc_run.workspace import Workspace


@dataclass(frozen=True)
class Hosted:
    """An event's meeting, and what was done: ``created``, ``adopted``, ``kept`` or ``changed``."""

    meeting: Meeting
    done: str
    changed: tuple[str, ...] = ()


def connect(workspace: Workspace) -> ZoomClient:
    """A client with the token that all of this room's processes share."""
    zoom = workspace.settings.zoom
    return ZoomClient(TokenCache(workspace.state_dir / "zoom", zoom), zoom.timeout)


def current_meeting(workspace: Workspace, event: Event) -> MeetingRecord | None:
    """The meeting that the journal knows."""
    return meeting_of(workspace.journal.entries(event.id))


def ensure_meeting(workspace: Workspace, event: Event, step: RunningStep) -> Hosted:
    """Makes the event's meeting, or finds the one that was made, and brings it to the schedule.

    Raises:
        Refusal, OutsideFailure, SettingsFault: see ``ZoomClient`` and ``choose_host``.
    """
    with connect(workspace) as zoom:
        record = current_meeting(workspace, event)
        if record is not None and record.meeting_id is not None:
            try:
                return _synced(workspace, zoom, event, record)
            except MeetingGone:
                step.note(records.CANCELLED, {"meeting_id": record.meeting_id, "by": "Zoom"})
                record = None
        meeting_id: int | None = None
        if record is not None:
            try:
                meeting_id = _find(zoom, record)
            except UnknownHost:
                # Nothing was made there: cc_zoom_hosts may have been corrected meanwhile.
                step.note(records.CANCELLED, {"meeting_id": None, "by": "Zoom"})
                record = None
        adopted = meeting_id is not None
        if record is None:
            record = MeetingRecord(choose_host(workspace, event).email, new_marker(event))
            step.note(records.INTENDED, {"host": record.host, "marker": record.marker})
        if meeting_id is None:
            meeting_id = _make(workspace, zoom, event, record)
        meeting = Meeting.from_zoom(zoom.read(meeting_id), record.host)
        step.note(
            records.CREATED,
            {
                "host": record.host,
                "marker": record.marker,
                "meeting_id": meeting.id,
                "join_url": meeting.public_url,
                "revision": event.revision,
            },
        )
        _require_equal(workspace, event, record.marker, meeting)
        return Hosted(meeting, "adopted" if adopted else "created")


def read_meeting(workspace: Workspace, event: Event) -> Meeting:
    """The event's meeting as Zoom has it now.

    Raises:
        Refusal: the event has no meeting yet, or Zoom lost it.
    """
    meeting_id, host = made_meeting(workspace, event)
    with connect(workspace) as zoom:
        return Meeting.from_zoom(zoom.read(meeting_id), host)


def made_meeting(workspace: Workspace, event: Event) -> tuple[int, str]:
    """The number and the host of the event's meeting, without asking Zoom.

    Raises:
        Refusal: the event has no meeting yet.
    """
    record = current_meeting(workspace, event)
    if record is None or record.meeting_id is None:
        raise Refusal(
            _("%(event)s has no Zoom meeting yet.") % {"event": event.id},
            _("Make it: cc-run host create --event %(event)s") % {"event": event.id},
        )
    return record.meeting_id, record.host


def drift(workspace: Workspace, event: Event, meeting: Meeting) -> tuple[str, ...]:
    """The fields in which Zoom differs from the schedule."""
    record = current_meeting(workspace, event)
    marker = record.marker if record is not None else ""
    return field_names(differences(event, workspace.settings.zoom, marker, meeting))


def cancel_meeting(workspace: Workspace, event: Event) -> bool:
    """Cancels the event's meeting in Zoom; False where there was none to cancel."""
    record = current_meeting(workspace, event)
    if record is None:
        return False
    with connect(workspace) as zoom:
        try:
            meeting_id = record.meeting_id or _find(zoom, record)
        except UnknownHost:
            meeting_id = None
        existed = meeting_id is not None and zoom.delete(meeting_id)
    workspace.journal.append(
        records.CANCELLED,
        event_id=event.id,
        actor=workspace.actor,
        data={"meeting_id": meeting_id, "by": workspace.actor},
    )
    return existed


def _synced(workspace: Workspace, zoom: ZoomClient, event: Event, record: MeetingRecord) -> Hosted:
    if record.meeting_id is None:
        raise MeetingGone(_("The meeting has no number yet."))
    meeting = Meeting.from_zoom(zoom.read(record.meeting_id), record.host)
    changes = differences(event, workspace.settings.zoom, record.marker, meeting)
    if not changes:
        return Hosted(meeting, "kept")
    if "start_time" in changes or "duration" in changes:
        require_room(workspace, event, record.host)
    zoom.update(record.meeting_id, changes)
    meeting = Meeting.from_zoom(zoom.read(record.meeting_id), record.host)
    _require_equal(workspace, event, record.marker, meeting)
    return Hosted(meeting, "changed", field_names(changes))


def _find(zoom: ZoomClient, record: MeetingRecord) -> int | None:
    for listed in zoom.scheduled(record.host):
        if str(listed.get("agenda", "")).startswith(record.marker):
            return int(listed["id"])
    return None


def _make(workspace: Workspace, zoom: ZoomClient, event: Event, record: MeetingRecord) -> int:
    settings = workspace.settings
    body = wished(event, settings.zoom, settings.zone, record.marker)
    try:
        reply = zoom.create(record.host, {**body, "password": new_passcode()})
    except UnclearOutcome:
        # Zoom may have acted before the reply was lost: look before giving up.
        found = _find(zoom, record)
        if found is None:
            raise
        return found
    return int(reply["id"])


def _require_equal(workspace: Workspace, event: Event, marker: str, meeting: Meeting) -> None:
    """Zoom drops some values silently, so what it kept is read back and compared."""
    left = field_names(differences(event, workspace.settings.zoom, marker, meeting))
    if left:
        raise OutsideFailure(
            _("Zoom did not keep what was asked for: %(fields)s.") % {"fields": ", ".join(left)},
            _(
                "Look at the meeting in Zoom's web portal; where the account forbids a setting, "
                "change cc_zoom_meeting. Then run cc-run host sync."
            ),
        )
