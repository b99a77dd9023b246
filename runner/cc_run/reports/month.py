"""A month's SOP report: every event's steps against their standard; what fell short, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Final

from babel.dates import format_date

from cc_run import __version__
from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.journal import Breach, Entry
from cc_run.language import speaking, spoken
from cc_run.rendering import render
from cc_run.reports.basis import LEGAL_BASIS, SOP_DATE, SOP_NUMBER, SOP_TITLE
from cc_run.reports.month_sheet import workbook
from cc_run.reports.procedure import Outcome, Row, cancellation, sop_rows
from cc_run.settings import Settings
from cc_run.sop import STEPS, Step

_LOCALES: Final = {"id": "id_ID", "en": "en_GB"}
_SHORT: Final = ("late", "failed", "running")


@dataclass(frozen=True)
class EventSteps:
    """One event with its seven rows.

    ``cancelled`` is why and by whom, empty where it is not; ``over`` whether its time has passed,
    so that what is not done is missing.
    """

    event: Event
    rows: tuple[Row, ...]
    cancelled: str
    over: bool

    @property
    def short(self) -> list[Row]:
        """The rows that fell short; of those not done only the first, for the rest waits for it."""
        if self.cancelled:
            return []
        missing = [row for row in self.rows if row.outcome == "missing"][:1] if self.over else []
        return sorted(
            [*missing, *(row for row in self.rows if row.outcome in _SHORT)],
            key=lambda row: row.number,
        )

    @property
    def closed(self) -> bool:
        """Whether all seven steps are done."""
        return all(row.finished is not None for row in self.rows)


@dataclass(frozen=True)
class StepSum:
    """One step over all events that were not cancelled: outcomes, and the middle of its times."""

    step: Step
    outcomes: Mapping[Outcome, int]
    median_minutes: float | None


@dataclass(frozen=True)
class Month:
    """A month's events and their sums; ``title`` is «November 2026» in the document's language."""

    first: date
    title: str
    events: tuple[EventSteps, ...]
    sums: tuple[StepSum, ...]

    @property
    def held(self) -> list[EventSteps]:
        """The events that were not cancelled."""
        return [one for one in self.events if not one.cancelled]


@dataclass(frozen=True)
class Written:
    """Where a month's report is."""

    page: Path
    sheet: Path


def write_month_report(
    path: Path,
    *,
    settings: Settings,
    first: date,
    events: Sequence[tuple[Event, Sequence[Entry]]],
    breaches: Sequence[Breach],
    at: datetime,
) -> Written:
    """Writes the report as ``path`` (.html) and as a workbook beside it (.xlsx).

    Args:
        path: Where to write; its suffix is replaced.
        settings: The room's settings.
        first: The month's first day.
        events: Its events with their journal entries, by their start.
        breaches: What ``Journal.verify`` found for the whole journal.
        at: When the report is made.

    Raises:
        OutsideFailure: a file cannot be written.
    """
    language = settings.room.document_language
    with speaking(language):
        month = _month(first, events, settings.zone, at)
        sheet = workbook(month, settings, at)
    text = render(
        "sop_month.html.j2",
        language=language,
        zone=settings.zone,
        room=settings.room,
        month=month,
        breaches=breaches,
        at=at,
        version=__version__,
        sop={"number": SOP_NUMBER, "title": SOP_TITLE, "date": SOP_DATE, "basis": LEGAL_BASIS},
    )
    return Written(
        replace_file(path.with_suffix(".html"), text.encode()),
        replace_file(path.with_suffix(".xlsx"), sheet),
    )


def _month(
    first: date, events: Sequence[tuple[Event, Sequence[Entry]]], zone: str, at: datetime
) -> Month:
    steps = tuple(
        EventSteps(
            event,
            tuple(sop_rows(event, entries, zone=zone, at=at)),
            _cancelled(entries),
            event.ends_at < at,
        )
        for event, entries in events
    )
    held = [one for one in steps if not one.cancelled]
    title = str(format_date(first, "MMMM y", locale=_LOCALES[spoken()]))
    return Month(first, title, steps, tuple(_sum(step, held) for step in STEPS))


def _sum(step: Step, held: Sequence[EventSteps]) -> StepSum:
    rows = [one.rows[step.number - 1] for one in held]
    minutes = [row.minutes for row in rows if row.minutes is not None]
    outcomes = Counter(
        row.outcome
        for one, row in zip(held, rows, strict=True)
        if one.over or row.outcome != "missing"
    )
    return StepSum(step, outcomes, median(minutes) if minutes else None)


def _cancelled(entries: Sequence[Entry]) -> str:
    entry = cancellation(entries)
    return "" if entry is None else f"{entry.data.get('reason') or '–'} ({entry.actor})"
