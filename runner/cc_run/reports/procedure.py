"""The SOP report: who did which step, when, within its standard time, with which output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from cc_run import __version__, sop
from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.events.status import CANCELLED_KIND
from cc_run.journal import Breach, Entry, StepRecord
from cc_run.journal.progress import progress
from cc_run.language import speaking
from cc_run.rendering import render
from cc_run.reports.basis import LEGAL_BASIS, SOP_DATE, SOP_NUMBER, SOP_TITLE
from cc_run.reports.outputs import Output, fulfilled, safe, told
from cc_run.reports.reasons import reasons
from cc_run.settings import Settings
from cc_run.sop import STEPS, Step
from cc_run.times import format_day, format_short, now

_PRODUCTS: Final = "recording.products"
_SHARED: Final = "meeting.shared"
Outcome = Literal["within", "late", "unlimited", "running", "failed", "missing", "cancelled"]


@dataclass(frozen=True)
class Requirement:
    """One thing that a step asks for, and what fulfils it (empty: nothing is recorded)."""

    text: str
    fulfilled_by: str


@dataclass(frozen=True)
class Row:
    """One row of the procedure's form, filled in from the journal.

    ``minutes`` runs from the first start to the last end; ``standard_minutes`` is None where the
    step has no limit. ``performer`` is the person, ``role`` the procedure's word for them;
    ``reasons`` tell why it is late, failed or not done.
    """

    number: int
    activity: str
    role: str
    performer: str
    requirements: tuple[Requirement, ...]
    standard_minutes: int | None
    standard_text: str
    started: datetime | None
    finished: datetime | None
    minutes: float | None
    outcome: Outcome
    expected_output: str
    output: Output
    error: str
    reasons: tuple[str, ...] = ()


def sop_rows(
    event: Event, entries: Sequence[Entry], *, zone: str = "UTC", at: datetime | None = None
) -> list[Row]:
    """The seven rows, whether or not the steps have been done, in the language in force.

    Args:
        event: The event.
        entries: Its journal entries, oldest first.
        zone: In which moments are told.
        at: When it is told; now if not given.
    """
    records = progress(entries)
    if cancellation(entries) is None:
        moment = at or now()
        return [
            replace(
                _row(step, _with_later(records.get(step.number), entries, zone), event),
                reasons=reasons(step.number, event, entries, records, zone=zone, at=moment),
            )
            for step in STEPS
        ]
    return [_cancelled(_row(step, _unlinked(records.get(step.number)), event)) for step in STEPS]


def _with_later(
    record: StepRecord | None, entries: Sequence[Entry], zone: str
) -> StepRecord | None:
    """A step with what belongs to its output and came after its end."""
    return _with_people(_with_products(record, entries), entries, zone)


def _with_people(
    record: StepRecord | None, entries: Sequence[Entry], zone: str
) -> StepRecord | None:
    """Step 3 with who was told how to join, and when they last were."""
    output = record.output if record is not None and record.step == sop.HOST else None
    people = {entry.data["to"]: entry.at for entry in entries if entry.kind == _SHARED}
    if record is None or not isinstance(output, dict) or not people:
        return record
    names = ", ".join(f"{name} ({format_short(at, zone)})" for name, at in people.items())
    return replace(record, output={**output, "people": names})


def _with_products(record: StepRecord | None, entries: Sequence[Entry]) -> StepRecord | None:
    """Step 5 with what was made of its recording afterwards."""
    output = record.output if record is not None and record.step == sop.RECORD else None
    if record is None or not isinstance(output, dict):
        return record
    made = next((entry for entry in reversed(entries) if entry.kind == _PRODUCTS), None)
    if made is None or made.data["of"] != output.get("sha256"):
        return record
    return replace(record, output={**output, "products": made.data["sentences"]})


def cancellation(entries: Sequence[Entry]) -> Entry | None:
    """The entry that says why the event was cancelled, when and by whom."""
    return next((entry for entry in reversed(entries) if entry.kind == CANCELLED_KIND), None)


def _cancelled(row: Row) -> Row:
    """What was not done will not be done any more."""
    return row if row.finished else replace(row, outcome="cancelled", error="")


def _unlinked(record: StepRecord | None) -> StepRecord | None:
    """The meeting of a cancelled event is gone, so its link is not told."""
    if record is None or not isinstance(record.output, dict):
        return record
    return replace(record, output={**record.output, "join_url": None})


def procedure_steps(event: Event, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The seven steps as data for ``--json``: moments in ISO 8601, without any secret."""
    records = progress(entries)
    found: list[dict[str, Any]] = []
    for step in STEPS:
        record = records.get(step.number)
        finished = record.finished if record is not None and record.done else None
        found.append(
            {
                "step": step.number,
                "performer": record.performer if record else _expected_performer(step, event),
                "started": record.started.isoformat() if record else None,
                "finished": finished.isoformat() if finished else None,
                "standard_minutes": step.standard_minutes,
                "output": safe(record.output) if record else None,
            }
        )
    return found


def write_sop_report(
    path: Path,
    *,
    settings: Settings,
    event: Event,
    entries: Sequence[Entry],
    breaches: Sequence[Breach],
    at: datetime,
) -> Path:
    """Writes the report as one HTML file that needs nothing else, and returns ``path``.

    Args:
        path: Where to write.
        settings: The room's settings.
        event: The event.
        entries: Its journal entries, oldest first.
        breaches: What ``Journal.verify`` found for the whole journal.
        at: When the report is made.

    Raises:
        OutsideFailure: the file cannot be written.
    """
    language = settings.room.document_language
    with speaking(language):
        rows = sop_rows(event, entries, zone=settings.zone, at=at)
    text = render(
        "sop_report.html.j2",
        language=language,
        zone=settings.zone,
        room=settings.room,
        event=event,
        rows=rows,
        breaches=breaches,
        cancelled=cancellation(entries),
        seal=entries[-1] if entries else None,
        at=at,
        version=__version__,
        sop={"number": SOP_NUMBER, "title": SOP_TITLE, "date": SOP_DATE, "basis": LEGAL_BASIS},
    )
    return replace_file(path, text.encode())


def _row(step: Step, record: StepRecord | None, event: Event) -> Row:
    done = record is not None and record.done
    output = told(step.number, record.output if record is not None and done else None)
    minutes = record.minutes if record is not None and done else None
    return Row(
        number=step.number,
        activity=step.activity,
        role=step.performer,
        performer=record.performer if record else _expected_performer(step, event),
        requirements=tuple(
            Requirement(text, _fulfils(step, index, event, record))
            for index, text in enumerate(step.requirements)
        ),
        standard_minutes=step.standard_minutes,
        standard_text=step.standard_text,
        started=record.started if record else None,
        finished=record.finished if record is not None and done else None,
        minutes=minutes,
        outcome=_outcome(step, record, minutes),
        expected_output=step.output,
        output=output,
        error=(record.error or "") if record else "",
    )


def _outcome(step: Step, record: StepRecord | None, minutes: float | None) -> Outcome:
    if record is None:
        return "missing"
    if record.error is not None:
        return "failed"
    if minutes is None:
        return "running"
    if step.standard_minutes is None:
        return "unlimited"
    return "within" if minutes <= step.standard_minutes else "late"


def _expected_performer(step: Step, event: Event) -> str:
    return event.coordinator if step.performer == sop.COORDINATOR else event.operator


def _fulfils(step: Step, index: int, event: Event, record: StepRecord | None) -> str:
    if step.number == sop.ASSIGN:
        letter, disposition = event.letter, event.disposition
        return (
            f"{letter.number}, {format_day(letter.date)}",
            f"{disposition.leader}, {format_day(disposition.date)}",
        )[index]
    return fulfilled(step.number, index, record.output) if record and record.done else ""
