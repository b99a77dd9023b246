"""Keeps an event's meeting at the schedule, and sees what somebody changed in Zoom by hand.

A field that differs is the schedule's news as long as Zoom still has what was left there; it is
sent. Anything else is somebody's hand: it is told, and a person decides which of the two counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.making import asked_span, oldest_alone
from cc_run.hosting.meeting import (
    Drift,
    Meeting,
    differences,
    divided,
    field_names,
    remembered,
    snapshot,
    wished,
)
from cc_run.hosting.pool import require_room
from cc_run.hosting.records import MeetingRecord
from cc_run.hosting.taken import rows_near
from cc_run.hosting.zoom import ZoomClient
from cc_run.journal import RunningStep
from cc_run.language import N_, _, joined
from cc_run.workspace import Workspace

_TIMES: Final = {"start_time", "duration"}
_WORDS: Final = {
    "topic": N_("title"),
    "start_time": N_("start"),
    "duration": N_("minutes"),
    "agenda": N_("agenda"),
    "type": N_("kind of meeting"),
}


@dataclass(frozen=True)
class Followed:
    """The meeting as it is now, the fields that were sent, and those that a person has changed."""

    meeting: Meeting
    changed: tuple[str, ...] = ()
    drifts: tuple[Drift, ...] = ()


class Drifted(Refusal):
    """Somebody changed the meeting in Zoom; the schedule's own news has been sent."""

    def __init__(self, event: Event, meeting: Meeting, drifts: Sequence[Drift]) -> None:
        names = spoken_fields(drift.field for drift in drifts)
        super().__init__(
            _("The meeting of %(event)s was changed in Zoom by hand: %(fields)s.")
            % {"event": event.id, "fields": names},
            _(
                "Bring Zoom back with cc-run host sync --event %(event)s --take schedule, or take "
                "over what Zoom has with --take zoom."
            )
            % {"event": event.id},
        )
        self.meeting = meeting
        self.drifts = tuple(drifts)


@dataclass(frozen=True)
class Comparison:
    """Where Zoom and the schedule differ: our own news, and what somebody did in Zoom."""

    wish: Mapping[str, Any]
    news: Mapping[str, Any]
    drifts: tuple[Drift, ...]


def compared(
    workspace: Workspace, event: Event, record: MeetingRecord, meeting: Meeting
) -> Comparison:
    """Zoom's meeting beside the schedule."""
    settings = workspace.settings
    wish = wished(event, settings.zoom, settings.zone, record.marker, record.accepted)
    changes = differences(wish, meeting.snapshot)
    news, drifts = divided(changes, meeting.snapshot, record.known)
    return Comparison(wish, news, drifts)


def follow(
    workspace: Workspace,
    zoom: ZoomClient,
    event: Event,
    record: MeetingRecord,
    step: RunningStep,
    *,
    overrule: bool = False,
) -> Followed:
    """Sends what the schedule has new, and with ``overrule`` brings back all the rest too.

    Raises:
        MeetingGone: Zoom has no such meeting any more.
        Refusal: the host has no room at the new time.
        OutsideFailure: Zoom did not keep what was sent.
    """
    number = number_of(record)
    meeting = Meeting.from_zoom(zoom.read(number), record.host)
    if record.doubtful:
        rows = list(rows_near(zoom, record.host, *asked_span(record, event)))
        oldest_alone(zoom, record, rows, keep=number)
        step.note(records.ALONE)
    found = compared(workspace, event, record, meeting)
    news, drifts = dict(found.news), found.drifts
    if overrule:
        news, drifts = differences(found.wish, meeting.snapshot), ()
    if not news:
        _remember(step, record, meeting, found)
        return Followed(meeting, drifts=drifts)
    if _TIMES & set(news):
        require_room(workspace, zoom, event, record)
    step.note(records.ASKED, {"asked": remembered(snapshot(found.wish), found.wish)})
    zoom.update(record.host, number, news)
    meeting = Meeting.from_zoom(zoom.read(number), record.host)
    sent = field_names(news)
    step.note(
        records.CHANGED,
        {"fields": list(sent), "kept": _kept(meeting, found.wish, drifts, record)},
    )
    require_equal(sent, found.wish, meeting)
    return Followed(meeting, sent, drifts)


def require_equal(sent: Sequence[str], wish: Mapping[str, Any], meeting: Meeting) -> None:
    """Zoom drops some values silently, so what it kept is read back and compared.

    Raises:
        OutsideFailure: the fields that are otherwise than sent are named.
    """
    left = [name for name in field_names(differences(wish, meeting.snapshot)) if name in sent]
    if left:
        raise OutsideFailure(
            _("Zoom did not keep what was asked for: %(fields)s.")
            % {"fields": spoken_fields(left)},
            _(
                "Look at the meeting in Zoom's web portal; where the account forbids a setting, "
                "change cc_zoom_meeting. Then run cc-run host sync."
            ),
        )


def spoken_fields(fields: Iterable[str]) -> str:
    """The fields in an operator's words; a setting goes by Zoom's own name."""
    return joined(_(_WORDS[name]) if name in _WORDS else name for name in fields)


def number_of(record: MeetingRecord) -> int:
    """Zoom's number of a meeting that is made."""
    if record.meeting_id is None:
        raise Refusal(_("The meeting has no number yet."))
    return record.meeting_id


def taken_over(event: Event, record: MeetingRecord, drifts: Sequence[Drift]) -> dict[str, Any]:
    """The event's facts as somebody has set them in Zoom, by their names in the plan.

    Raises:
        Refusal: Zoom has no time for the meeting any more.
    """
    found = {drift.field: drift.zoom for drift in drifts}
    if "type" in found or found.get("start_time", "") is None:
        raise Refusal(
            _("In Zoom the meeting of %(event)s has no fixed time any more.") % {"event": event.id},
            _("Bring it back: cc-run host sync --event %(event)s --take schedule")
            % {"event": event.id},
        )
    changes: dict[str, Any] = {}
    if "topic" in found:
        changes["title"] = found["topic"]
    if "agenda" in found:
        changes["agenda"] = found["agenda"].removeprefix(record.marker).strip()
    if _TIMES & set(found):
        told = found.get("start_time")
        starts_at = datetime.fromisoformat(told).astimezone(UTC) if told else event.starts_at
        length = timedelta(minutes=found["duration"]) if "duration" in found else event.duration
        changes |= {"starts_at": starts_at, "ends_at": starts_at + length}
    return changes


def taken_settings(drifts: Sequence[Drift]) -> dict[str, Any]:
    """The settings among what somebody has changed."""
    prefix = "settings."
    return {
        drift.field.removeprefix(prefix): drift.zoom
        for drift in drifts
        if drift.field.startswith(prefix)
    }


def _remember(
    step: RunningStep, record: MeetingRecord, meeting: Meeting, found: Comparison
) -> None:
    """Where Zoom has what the schedule wants, that is ours, however it came there.

    An interrupted change has left no note of its end, and a person may have done the same twice.
    """
    kept = remembered(meeting.snapshot, found.wish)
    if not found.drifts and record.known != (kept,):
        step.note(records.CHANGED, {"fields": [], "kept": kept})


def _kept(
    meeting: Meeting,
    wish: Mapping[str, Any],
    drifts: Sequence[Drift],
    record: MeetingRecord,
) -> dict[str, Any]:
    """What is ours in Zoom now: of a field that somebody changed, what was there before."""
    kept = remembered(meeting.snapshot, wish)
    for drift in drifts:
        group, _dot, setting = drift.field.rpartition(".")
        before = record.known[0]
        if group:
            kept[group][setting] = before.get(group, {}).get(setting)
        else:
            kept[drift.field] = before.get(drift.field)
    return kept
