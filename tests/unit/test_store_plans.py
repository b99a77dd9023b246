"""No question to the database reads a whole table: each is answered through an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from cc_run.database.engine import open_database
from cc_run.events import EventStore, Plan
from cc_run.journal import Journal
from cc_run.workspace import Workspace

MOMENT = datetime(2026, 11, 23, 2, tzinfo=UTC)
LATER = MOMENT + timedelta(days=1)
BY_ROOM_AND_END = "SEARCH events USING INDEX events_by_end (room=? AND "
BY_END = "SEARCH events USING INDEX events_of_all_rooms_by_end ("
BY_EVENT = "SEARCH journal USING INDEX journal_by_event (event_id=?"
BY_KIND = "SEARCH journal USING INDEX journal_by_kind (kind=?"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'cc-run.db'}")


@contextmanager
def plans_of(engine: Engine) -> Iterator[list[str]]:
    """SQLite's plan of each SELECT that the block sends, as it is sent."""
    lines: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def explain(
        _connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any
    ) -> None:
        if statement.startswith("SELECT"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines.extend(row[-1] for row in cursor.fetchall())

    try:
        yield lines
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _scans(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("SCAN events", "SCAN journal"))]


EVENT_QUERIES: list[tuple[Callable[[EventStore], object], str]] = [
    (lambda store: store.upcoming(MOMENT, limit=20, room="a"), f"{BY_ROOM_AND_END}ends_at>?)"),
    (lambda store: store.upcoming(MOMENT, limit=20), f"{BY_END}ends_at>?)"),
    (lambda store: store.ended(MOMENT, limit=20, room="a"), f"{BY_ROOM_AND_END}ends_at<?)"),
    (lambda store: store.ended(MOMENT, limit=20), f"{BY_END}ends_at<?)"),
    (lambda store: store.between(MOMENT, LATER, room="a"), f"{BY_ROOM_AND_END}ends_at>?)"),
    (lambda store: store.between(MOMENT, LATER), f"{BY_END}ends_at>?)"),
    (lambda store: store.cancelled([1, 2, 3]), "journal_by_event (event_id=? AND kind=?)"),
]
JOURNAL_QUERIES: list[tuple[Callable[[Journal], object], str]] = [
    (lambda journal: journal.entries("VC-0001"), f"{BY_EVENT})"),
    (lambda journal: journal.entries_of(["VC-0001", "VC-0002"]), f"{BY_EVENT})"),
    (lambda journal: journal.latest("VC-0001", "a"), f"{BY_EVENT} AND kind=?)"),
    (lambda journal: journal.events_with("a", MOMENT), f"{BY_KIND})"),
    (lambda journal: journal.bearing("a", "b", 81234567890), f"{BY_KIND})"),
]


@pytest.mark.parametrize(("ask", "expected"), EVENT_QUERIES)
def test_events_are_found_through_an_index(
    engine: Engine, ask: Callable[[EventStore], object], expected: str
) -> None:
    with plans_of(engine) as lines:
        ask(EventStore(engine))
    assert not _scans(lines)
    assert expected in "\n".join(lines)


@pytest.mark.parametrize(("ask", "expected"), JOURNAL_QUERIES)
def test_entries_are_found_through_an_index(
    engine: Engine, ask: Callable[[Journal], object], expected: str
) -> None:
    with plans_of(engine) as lines:
        ask(Journal(engine))
    assert not _scans(lines)
    assert expected in "\n".join(lines)


def test_a_list_is_read_in_the_order_of_its_index(engine: Engine) -> None:
    with plans_of(engine) as lines:
        EventStore(engine).upcoming(MOMENT, limit=20, room="a")
        EventStore(engine).ended(MOMENT, limit=20, room="a")
    assert not [line for line in lines if "TEMP B-TREE" in line]


def test_a_new_event_looks_for_its_collisions_through_an_index(
    workspace: Workspace, plan: Plan
) -> None:
    engine = open_database(workspace.settings.room.database_url)
    with plans_of(engine) as lines:
        EventStore(engine).add(plan, workspace.zone)
    assert not _scans(lines)
    assert f"{BY_ROOM_AND_END}ends_at>?)" in lines


def test_the_journal_finds_its_end_without_sorting_itself(engine: Engine) -> None:
    """SQLite calls it a scan; read backwards by its own key, it ends with the first row."""
    with plans_of(engine) as lines:
        Journal(engine).append("event.added", actor="a")
    assert lines == ["SCAN journal"]
