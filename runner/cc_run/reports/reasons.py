"""Why a step was late, failed, or is not done: what the journal knows, and what people said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cc_run import sop
from cc_run.events import Event
from cc_run.journal import Entry, StepRecord
from cc_run.journal.entry import STEP_FAILED, STEP_FINISHED, STEP_STARTED
from cc_run.journal.progress import failure_told
from cc_run.language import _
from cc_run.times import format_clock

EXPLAINED: Final = "step.explained"
_MOST: Final = 3


def reasons(
    step: int,
    event: Event,
    entries: Sequence[Entry],
    records: Mapping[int, StepRecord],
    *,
    zone: str,
    at: datetime,
) -> tuple[str, ...]:
    """Sentences; a person's own words come first.

    Args:
        step: The step's number.
        event: The event.
        entries: Its journal entries, oldest first.
        records: What ``progress`` makes of them.
        zone: In which moments are told.
        at: When it is told: before the event, nothing of it is missing yet.
    """
    record = records.get(step)
    said = list(_said(step, entries))
    if record is None:
        return (*said, *_not_begun(step, event, records, at))
    tries = _tries(step, entries)
    failures = [entry for entry in tries if entry.kind == STEP_FAILED]
    if record.error is not None:
        failures = failures[:-1]  # the last one is the step's own error
    told = [
        _("at %(clock)s it failed: %(reason)s")
        % {"clock": format_clock(entry.at, zone), "reason": failure_told(entry.data)}
        for entry in failures[-_MOST:]
    ]
    starts = sum(1 for entry in tries if entry.kind == STEP_STARTED)
    if starts > 1 and not told and not _within(step, record):
        last = [entry for entry in tries if entry.kind == STEP_STARTED][-1]
        told = [
            _("it was gone on with at %(clock)s") % {"clock": format_clock(last.at, zone)},
        ]
    return (*said, *told)


def _within(step: int, record: StepRecord) -> bool:
    standard = sop.step(step).standard_minutes
    return record.done and (standard is None or (record.minutes or 0) <= standard)


def _said(step: int, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.kind == EXPLAINED and entry.step == step:
            yield f"{entry.data['reason']} ({entry.actor})"


def _not_begun(
    step: int, event: Event, records: Mapping[int, StepRecord], at: datetime
) -> Iterator[str]:
    for number in range(sop.ASSIGN, step):
        earlier = records.get(number)
        if earlier is None or not earlier.done:
            yield _("it waits for step %(number)s") % {"number": number}
            return
    if at < event.starts_at:
        yield _("its time has not come")


def _tries(step: int, entries: Sequence[Entry]) -> list[Entry]:
    """The entries of the step's latest round."""
    whole: list[Entry] = []
    ended = False
    for entry in entries:
        if entry.step != step or entry.kind not in (STEP_STARTED, STEP_FAILED, STEP_FINISHED):
            continue
        if ended and entry.kind == STEP_STARTED:
            whole, ended = [], False
        whole.append(entry)
        ended = entry.kind == STEP_FINISHED
    return whole
