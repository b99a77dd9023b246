"""Which times an event can have."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cc_run.errors import UsageFault
from cc_run.events import Plan
from cc_run.language import _
from cc_run.times import format_moment, now
from cc_run.workspace import Workspace

_LONGEST: Final = timedelta(hours=24)
_FARTHEST: Final = timedelta(days=3 * 366)


def require_sensible_times(workspace: Workspace, plan: Plan) -> None:
    """Refuses an end before the start, a start in the past, an event longer than a day."""
    moment = now()
    if plan.starts_at < plan.ends_at <= plan.starts_at + _LONGEST and (
        moment <= plan.starts_at <= moment + _FARTHEST
    ):
        return
    start = format_moment(plan.starts_at, workspace.zone)
    if plan.ends_at <= plan.starts_at:
        raise UsageFault(
            _("The end (%(end)s) is not after the start (%(start)s).")
            % {"end": format_moment(plan.ends_at, workspace.zone), "start": start},
            _("Check --start and --end."),
        )
    if plan.starts_at < moment:
        raise UsageFault(
            _("The event would begin in the past: %(start)s.") % {"start": start},
            _("Check --date and --start."),
        )
    if plan.starts_at > moment + _FARTHEST:
        raise UsageFault(
            _("The event would begin in more than three years: %(start)s.") % {"start": start},
            _("Check the year in --date."),
        )
    raise UsageFault(_("The event would last longer than a day."), _("Check --start and --end."))
