"""What must be true of Zoom before an event: the app is let in, the meeting is as scheduled."""

from __future__ import annotations

from cc_run.hosting.following import spoken_fields
from cc_run.hosting.schedule import connect, drift, read_meeting
from cc_run.hosting.scopes import missing
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped
from cc_run.times import format_moment
from cc_run.workspace import open_workspace


async def _token(context: Context) -> Finding:
    workspace = open_workspace(context.settings)

    def ask() -> set[str]:
        with connect(workspace) as zoom:
            return zoom.scopes()

    scopes = await in_thread(ask)
    if lacking := missing(scopes):
        return failed(
            _("scopes missing: %(scopes)s") % {"scopes": ", ".join(lacking)},
            _("all scopes that cc-run needs"),
            _("Add the missing scopes to the app in Zoom's Marketplace."),
        )
    return passed(_("the app is let in, %(count)s scopes") % {"count": len(scopes)})


async def _meeting(context: Context) -> Finding:
    event = context.event
    if event is None:
        return skipped(_("no event was named"))
    workspace = open_workspace(context.settings)
    meeting = await in_thread(lambda: read_meeting(workspace, event))
    left = drift(workspace, event, meeting)
    expected = format_moment(event.starts_at, workspace.zone)
    if left:
        return failed(
            _("Zoom differs in: %(fields)s") % {"fields": spoken_fields(left)},
            expected,
            _("Bring Zoom to the schedule: cc-run host sync --event %(event)s")
            % {"event": event.id},
        )
    return passed(
        _("%(number)s, host %(host)s") % {"number": meeting.number, "host": meeting.host}, expected
    )


PROBES = (
    Probe("zoom.token", N_("Zoom lets the app in"), _token),
    Probe("zoom.meeting", N_("Zoom meeting equals the schedule"), _meeting),
)
