"""How a meeting is told of: what was done, and what somebody changed in Zoom by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cc_run.cli.output import emit, note, say, table
from cc_run.cli.shared import show_telling, telling_dict
from cc_run.language import N_, _
from cc_run.times import format_clock, format_moment, format_short, now, zone_name

if TYPE_CHECKING:
    from cc_run.hosting.meeting import Drift
    from cc_run.hosting.schedule import Hosted
    from cc_run.sequence.meeting import HostedEvent
    from cc_run.workspace import Workspace

_DONE: Final = {
    "created": N_("The meeting is made."),
    "adopted": N_("The meeting was made before; it is found again."),
    "kept": N_("The meeting is as the schedule wants it."),
    "changed": N_("The meeting is brought to the schedule: %(fields)s."),
}
_FEW_LEFT: Final = 10


def show_hosted(workspace: Workspace, result: HostedEvent, as_json: bool) -> None:
    """The meeting, its invitation, what is left of Zoom's day, and what comes next."""
    from cc_run.hosting.following import spoken_fields
    from cc_run.hosting.sharing import sharing_of

    event, meeting = result.event, result.hosted.meeting
    left = _left_today(workspace, meeting.host)
    if as_json:
        more: dict[str, Any] = {"invitation": result.invitation, "left_today": left}
        if result.telling is not None:
            more["telling"] = telling_dict(result.telling)
        emit(_as_json(event.id, result.hosted) | more)
        return
    done = result.hosted.done
    say(_(_DONE[done]) % {"fields": spoken_fields(result.hosted.changed)}, "ok")
    note(f"  {meeting.number} · {meeting.host} · {format_moment(event.starts_at, workspace.zone)}")
    if left <= _FEW_LEFT and done != "kept":
        say(
            _("Zoom makes or changes %(left)d more meetings of this host today, until %(clock)s.")
            % {"left": left, "clock": _renewal(workspace)},
            "warn",
        )
    say(_("Invitation: %(path)s") % {"path": result.invitation}, "ok")
    if result.register_trouble:
        say(result.register_trouble, "warn")
    show_telling(event, result.telling)
    if sharing_of(workspace.journal.entries(event.id)).informed:
        following = _("Next: prepare the room two hours before: cc-run prepare --event %(event)s")
    else:
        following = _("Next: give it to the agency: cc-run host share --event %(event)s")
    say(following % {"event": event.id}, "next")


def show_drifts(workspace: Workspace, drifts: Sequence[Drift], as_json: bool) -> None:
    """What the schedule says and what Zoom has, field by field."""
    from cc_run.hosting.following import spoken_fields

    if as_json:
        emit({"done": "drifted", "drift": [vars(drift) for drift in drifts]})
        return
    rows = [
        (
            spoken_fields([drift.field]),
            _told(workspace, drift.field, drift.schedule),
            _told(workspace, drift.field, drift.zoom),
        )
        for drift in drifts
    ]
    table((_("Field"), _("Schedule"), _("Zoom")), rows)


def _told(workspace: Workspace, field: str, value: Any) -> str:
    if value is None:
        return "–"
    if field == "start_time":
        return format_short(datetime.fromisoformat(value), workspace.zone)
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(value)


def _left_today(workspace: Workspace, email: str) -> int:
    from cc_run.hosting.quota import Quotas

    return Quotas(workspace.engine).of(email).left


def _renewal(workspace: Workspace) -> str:
    """When Zoom's day ends, by the room's clock: "07.00 WIB"."""
    from cc_run.hosting.pace import midnight_after

    moment = midnight_after(now())
    return f"{format_clock(moment, workspace.zone)} {zone_name(moment, workspace.zone)}"


def _as_json(event_id: str, hosted: Hosted) -> dict[str, Any]:
    meeting = hosted.meeting
    return {
        "event": event_id,
        "done": hosted.done,
        "changed": list(hosted.changed),
        "meeting_id": meeting.id,
        "host": meeting.host,
        "starts_at": meeting.starts_at,
        "minutes": meeting.minutes,
        "join_url": meeting.public_url,
    }
