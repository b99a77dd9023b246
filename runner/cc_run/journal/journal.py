"""Appending to the journal and reading it; running an SOP step under its eye."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Engine, Row, cast, insert, select

from cc_run.database.engine import writing
from cc_run.database.tables import journal as table
from cc_run.errors import CcRunError
from cc_run.journal.chain import GENESIS, Breach, breaches, link
from cc_run.journal.entry import STEP_FAILED, STEP_FINISHED, STEP_STARTED, Entry
from cc_run.journal.lease import lease
from cc_run.journal.progress import StepRecord, progress
from cc_run.language import _
from cc_run.sentences import kept
from cc_run.times import now


@dataclass
class RunningStep:
    """A step at work: set ``output`` before the block ends, ``note`` what happens on the way.

    With ``open`` set, the step has not come to its end with this block; another will finish it.
    """

    journal: Journal
    event_id: str
    number: int
    actor: str
    output: Any = None
    open: bool = False

    def note(self, kind: str, data: Mapping[str, Any] | None = None) -> Entry:
        """Journals something that happened within the step."""
        return self.journal.append(
            kind, event_id=self.event_id, step=self.number, actor=self.actor, data=data
        )


class Journal:
    """The append-only record; every entry carries the hash of the one before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(
        self,
        kind: str,
        *,
        actor: str,
        event_id: str | None = None,
        step: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Adds an entry at the end; when this returns, it is on disk."""
        with writing(self._engine) as connection:
            last = connection.execute(
                select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
            ).first()
            facts: dict[str, Any] = {
                "number": last.number + 1 if last else 1,
                "at": now(),
                "event_id": event_id,
                "step": step,
                "kind": kind,
                "actor": actor,
                "data": dict(data or {}),
            }
            entry = Entry(**facts, hash=link(last.hash if last else GENESIS, **facts))
            connection.execute(insert(table).values(**facts, hash=entry.hash))
        return entry

    def entries(self, event_id: str) -> list[Entry]:
        """An event's entries, oldest first."""
        query = select(table).where(table.c.event_id == event_id).order_by(table.c.number)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def entries_of(self, event_ids: Iterable[str]) -> dict[str, list[Entry]]:
        """The entries of several events, by event, in one query."""
        wanted = list(event_ids)
        found: dict[str, list[Entry]] = {event_id: [] for event_id in wanted}
        query = select(table).where(table.c.event_id.in_(wanted)).order_by(table.c.number)
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                found[row.event_id].append(_entry(row))
        return found

    def latest(self, event_id: str, kind: str) -> Entry | None:
        """The newest entry of that kind for the event."""
        query = (
            select(table)
            .where(table.c.event_id == event_id, table.c.kind == kind)
            .order_by(table.c.number.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _entry(row)

    def events_with(self, kind: str, since: datetime) -> list[str]:
        """The events that have an entry of that kind since then, by their ids."""
        query = select(table.c.event_id).where(table.c.kind == kind, table.c.at > since).distinct()
        with self._engine.connect() as connection:
            return [str(row.event_id) for row in connection.execute(query)]

    def bearing(self, kind: str, name: str, value: int) -> list[Entry]:
        """All events' entries of a kind whose data have that whole number by that name."""
        # Zoom's numbers are longer than PostgreSQL's usual integer.
        found = cast(table.c.data[name].as_string(), BigInteger)
        query = select(table).where(table.c.kind == kind, found == value).order_by(table.c.number)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def progress(self, event_id: str) -> dict[int, StepRecord]:
        """The event's steps that have begun, by number."""
        return progress(self.entries(event_id))

    def output(self, event_id: str, step: int) -> Any:
        """What the step last finished with; None where it has not."""
        record = self.progress(event_id).get(step)
        return record.output if record is not None else None

    def verify(self) -> list[Breach]:
        """Every place where the chain is broken; empty when the journal is as it was written."""
        query = select(table).order_by(table.c.number).execution_options(yield_per=1000)
        with self._engine.connect() as connection:
            return breaches(_entry(row) for row in connection.execute(query))

    @contextmanager
    def touching_up(self, event_id: str, number: int, actor: str) -> Iterator[RunningStep]:
        """Works on a step that may be finished already: then its times and output stay.

        A meeting that is brought to a new hour, or a row that is corrected, is no second round of
        the step. A step that is not finished is run as by ``step``.

        Raises:
            Refusal: another process works on the same step of the same event.
        """
        record = self.progress(event_id).get(number)
        if record is None or not record.done:
            with self.step(event_id, number, actor) as running:
                yield running
            return
        with lease(self._engine, event_id, number):
            yield RunningStep(self, event_id, number, actor)

    @contextmanager
    def holding(self, event_id: str, number: int) -> Iterator[None]:
        """Keeps others off a step while the block runs, without a beginning or an end of it.

        Raises:
            Refusal: another process works on the same step of the same event.
        """
        with lease(self._engine, event_id, number):
            yield

    @contextmanager
    def alone(self, subject: str, number: int) -> Iterator[None]:
        """Holds something that is no event's step, such as a round of the timer (20 letters).

        Raises:
            Refusal: another process holds it.
        """
        with lease(self._engine, subject, number):
            yield

    @contextmanager
    def step(self, event_id: str, number: int, actor: str) -> Iterator[RunningStep]:
        """Runs an SOP step: leased, with its start and its end or failure journalled.

        Raises:
            Refusal: another process works on the same step of the same event.
        """
        with lease(self._engine, event_id, number):
            running = RunningStep(self, event_id, number, actor)
            running.note(STEP_STARTED)
            try:
                yield running
            except BaseException as error:
                running.note(STEP_FAILED, _failure(error))
                raise
            if not running.open:
                running.note(STEP_FINISHED, {"output": running.output})


def _failure(error: BaseException) -> dict[str, Any]:
    """What went wrong, and its sentences so that a document can tell them in its language."""
    if isinstance(error, CcRunError):
        told = [text for text in (error.message, error.remedy) if text]
    elif isinstance(error, KeyboardInterrupt):
        told = [_("It was broken off.")]
    else:
        told = [_("A fault of the program: %(name)s.") % {"name": type(error).__name__}]
    return {"error": " ".join(told), "sentences": [kept(text) for text in told]}


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)
