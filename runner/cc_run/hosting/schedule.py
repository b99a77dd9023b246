"""An event's meeting from the outside: made, kept at the schedule, read, cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.following import Drifted, compared, follow, require_equal
from cc_run.hosting.making import Maker, asked_span
from cc_run.hosting.meeting import Drift, Meeting, differences, field_names
from cc_run.hosting.quota import Quotas
from cc_run.hosting.records import MeetingRecord, meeting_of
from cc_run.hosting.refusals import MeetingGone, UnknownHost
from cc_run.hosting.taken import marker_of, rows_near
from cc_run.hosting.token import TokenCache
from cc_run.hosting.zoom import ZoomClient
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
    return ZoomClient(
        shared_tokens(workspace),
        Quotas(workspace.engine),
        timeout=workspace.settings.zoom.timeout,
        zone=workspace.zone,
    )


def shared_tokens(workspace: Workspace) -> TokenCache:
    """The token that all of this room's processes share."""
    return TokenCache(workspace.state_dir / "zoom", workspace.settings.zoom)


def current_meeting(workspace: Workspace, event: Event) -> MeetingRecord | None:
    """The meeting that the journal knows."""
    return meeting_of(workspace.journal.entries(event.id))


def ensure_meeting(
    workspace: Workspace, event: Event, step: RunningStep, *, overrule: bool = False
) -> Hosted:
    """Makes the event's meeting, or finds the one that was made, and brings it to the schedule.

    With ``overrule``, what somebody changed in Zoom is brought back too.

    Raises:
        Drifted: somebody changed the meeting in Zoom; all else is done.
        Refusal, OutsideFailure, SettingsFault: see ``ZoomClient`` and ``choose_host``.
    """
    with connect(workspace) as zoom:
        record = current_meeting(workspace, event)
        done = "kept"
        if record is None or record.meeting_id is None:
            made = Maker(workspace, zoom, event, step).make(record)
            done = "adopted" if made.adopted else "created"
            found = compared(workspace, event, made.record, made.meeting)
            if not made.adopted:
                every = field_names(differences(found.wish, made.meeting.snapshot))
                require_equal(every, found.wish, made.meeting)
            if not found.news and not found.drifts:
                return Hosted(made.meeting, done)
            record = made.record
        try:
            followed = follow(workspace, zoom, event, record, step, overrule=overrule)
        except MeetingGone:
            lost = {"meeting_id": record.meeting_id, "by": records.BY_ZOOM}
            step.note(records.CANCELLED, lost)
            return ensure_meeting(workspace, event, step)
    if followed.drifts:
        raise Drifted(event, followed.meeting, followed.drifts)
    if done == "kept" and followed.changed:
        done = "changed"
    return Hosted(followed.meeting, done, followed.changed)


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
    if record is None:
        return ()
    found = compared(workspace, event, record, meeting)
    return field_names(differences(found.wish, meeting.snapshot))


def drifts_of(workspace: Workspace, event: Event, meeting: Meeting) -> tuple[Drift, ...]:
    """What somebody changed in Zoom by hand, field by field."""
    record = current_meeting(workspace, event)
    return () if record is None else compared(workspace, event, record, meeting).drifts


def cancel_meeting(workspace: Workspace, event: Event) -> bool:
    """Cancels the event's meeting in Zoom; False where there was none to cancel.

    The caller holds step 3 of the event, so that nobody makes one meanwhile.
    """
    record = current_meeting(workspace, event)
    if record is None:
        return False
    with connect(workspace) as zoom:
        gone = [zoom.delete(number) for number in _numbers(zoom, event, record)]
    workspace.journal.append(
        records.CANCELLED,
        event_id=event.id,
        actor=workspace.actor,
        data={"meeting_id": record.meeting_id, "by": workspace.actor},
    )
    return any(gone)


def _numbers(zoom: ZoomClient, event: Event, record: MeetingRecord) -> list[int]:
    """The event's meeting in Zoom; more than one where a repeated request made a twin."""
    known = [] if record.meeting_id is None else [record.meeting_id]
    if known and not record.doubtful:
        return known
    try:
        rows = list(rows_near(zoom, record.host, *asked_span(record, event)))
    except UnknownHost:
        return known
    marked = [int(row["id"]) for row in rows if marker_of(row) == record.marker]
    return list(dict.fromkeys([*known, *marked]))
