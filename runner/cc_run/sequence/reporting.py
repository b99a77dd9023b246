"""The procedure's evidence: an event's report, a month's, and what people explain in them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from cc_run.errors import UsageFault
from cc_run.events import Event
from cc_run.events.recap_reading import month_of
from cc_run.language import _
from cc_run.reports.month import Written, write_month_report
from cc_run.reports.procedure import write_sop_report
from cc_run.reports.reasons import EXPLAINED
from cc_run.times import now
from cc_run.workspace import Workspace

_MONTH: Final = re.compile(r"(\d{4})-(0?[1-9]|1[0-2])")
_LONGER: Final = timedelta(days=32)


def write_report(workspace: Workspace, event: Event, path: Path | None = None) -> Path:
    """Writes the event's SOP report as its journal stands now."""
    return write_sop_report(
        path or workspace.state_dir / "reports" / f"{event.id}_SOP.html",
        settings=workspace.settings,
        event=event,
        entries=workspace.journal.entries(event.id),
        breaches=workspace.journal.verify(),
        at=now(),
    )


def month_named(text: str) -> date:
    """The first day of «2026-11» or «November 2026».

    Raises:
        UsageFault: it is no month.
    """
    found = _MONTH.fullmatch(text.strip())
    first = date(int(found[1]), int(found[2]), 1) if found else month_of(text)
    if first is None or first == date.min:
        raise UsageFault(
            _("«%(text)s» is no month.") % {"text": text},
            _("Write it as 2026-11 or November 2026."),
        )
    return first


def write_month(workspace: Workspace, first: date, path: Path | None = None) -> Written:
    """Writes the report of the room's events that begin in the month of ``first``."""
    zone = workspace.settings.room.zone
    start = datetime.combine(first, time(), zone)
    end = datetime.combine((first + _LONGER).replace(day=1), time(), zone)
    events = [
        event
        for event in workspace.events.between(start, end, room=workspace.settings.host)
        if start <= event.starts_at < end
    ]
    entries = workspace.journal.entries_of(event.id for event in events)
    return write_month_report(
        path or workspace.state_dir / "reports" / f"SOP_{first:%Y-%m}.html",
        settings=workspace.settings,
        first=first,
        events=[(event, entries[event.id]) for event in events],
        breaches=workspace.journal.verify(),
        at=now(),
    )


def explain(workspace: Workspace, event: Event, step: int, reason: str) -> None:
    """Keeps a person's reason why a step was late or is not done; the reports tell it."""
    workspace.journal.append(
        EXPLAINED, event_id=event.id, step=step, actor=workspace.actor, data={"reason": reason}
    )
