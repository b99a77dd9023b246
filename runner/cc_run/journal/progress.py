"""How far an event has come: derived from its entries, stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cc_run.journal.entry import STEP_FAILED, STEP_FINISHED, STEP_STARTED, Entry
from cc_run.language import spoken
from cc_run.sentences import revived


@dataclass(frozen=True)
class StepRecord:
    """One step of an event in its latest round: from its first start there to its end.

    A round ends when the step is finished; doing it once more begins another. What failed, or was
    broken off, goes on in the same round.
    """

    step: int
    performer: str
    started: datetime
    finished: datetime | None = None
    output: Any = None
    error: str | None = None

    @property
    def done(self) -> bool:
        """Whether the step has been finished, and nothing failed since."""
        return self.finished is not None and self.error is None

    @property
    def minutes(self) -> float | None:
        """Minutes from the round's start to its end."""
        if self.finished is None:
            return None
        return (self.finished - self.started).total_seconds() / 60


def progress(entries: Iterable[Entry]) -> dict[int, StepRecord]:
    """The steps that have begun, by number."""
    records: dict[int, StepRecord] = {}
    for entry in entries:
        if entry.step is None:
            continue
        record = records.get(entry.step)
        if entry.kind == STEP_STARTED:
            if record is None or record.finished is not None:
                output = record.output if record is not None else None
                record = StepRecord(entry.step, entry.actor, entry.at, output=output)
            # What failed and goes on has not failed; why it was tried again is in the entries.
            records[entry.step] = replace(record, performer=entry.actor, error=None)
        elif record is not None and entry.kind == STEP_FINISHED:
            output = entry.data.get("output")
            records[entry.step] = replace(
                record, performer=entry.actor, finished=entry.at, output=output, error=None
            )
        elif record is not None and entry.kind == STEP_FAILED:
            records[entry.step] = replace(record, error=failure_told(entry.data))
    return records


def failure_told(data: Mapping[str, Any]) -> str:
    """What went wrong, in the language in force where the entry kept its sentences."""
    sentences = [revived(sentence, spoken()) for sentence in data.get("sentences", ())]
    return " ".join(sentences) or str(data.get("error", ""))
