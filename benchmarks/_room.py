"""A room with a filled database, in a folder of its own, for benchmarks that need one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, insert

from cc_run import content
from cc_run.database import tables
from cc_run.database.engine import open_database, writing
from cc_run.events import Contact, Disposition, Letter, Plan
from cc_run.events.model import event_id
from cc_run.journal.chain import GENESIS, link
from cc_run.journal.entry import STEP_FINISHED, STEP_STARTED
from cc_run.settings import Settings
from cc_run.settings.inventory import load

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers
HOST = "gladi"  # the only room of the rehearsal's inventory
AHEAD = 10  # so many events are ahead in any database, so that a list of ten is full
_STEPS = 3
ENTRIES = 1 + 2 * _STEPS  # an event's


@contextmanager
def on_disk() -> Iterator[Path]:
    """A folder that is gone at the end; in /var/tmp, which is a disk where /tmp may be memory."""
    with TemporaryDirectory(prefix="cc-run-bench-", dir="/var/tmp") as folder:
        yield Path(folder)


def environment(folder: Path) -> dict[str, str]:
    """The variables with which ``cc-run`` finds the room in ``folder``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "LC_ALL": "C.UTF-8",
        "CC_RUN_INVENTORY": str(content.inventory() / "rehearsal"),
        "CC_REHEARSAL_DIR": str(folder),
        "CC_REHEARSAL_ZOOM": NOWHERE,
        "CC_REHEARSAL_MIPP": NOWHERE,
        "CC_REHEARSAL_WALL_PORT": "9",
        "CC_REHEARSAL_OBS_PORT": "9",
        "CC_REHEARSAL_PROGRAMME": str(folder / "programme.mkv"),
    }


def settings_of(folder: Path) -> Settings:
    """The room's settings, as a command in that environment would load them."""
    with patch.dict(os.environ, environment(folder), clear=True):
        return load()


def filled(folder: Path, events: int) -> Engine:
    """The room's database with an event a day at 02:00 UTC, a half of them past, from tomorrow on.

    The rows are written in bulk, yet they are what the program would have written: the journal's
    chain of hashes holds.
    """
    folder.mkdir(parents=True)
    engine = open_database(f"sqlite:///{folder / 'cc-run.db'}")
    first = max(AHEAD, events // 2) - events  # days from tomorrow; negative is past
    plans = [plan(on_day(first + at, 2), at + 1) for at in range(events)]
    with writing(engine) as connection:
        connection.execute(insert(tables.events), [_event_row(each) for each in plans])
        connection.execute(insert(tables.journal), _journal_rows(events))
    return engine


def on_day(day: int, hour: int) -> datetime:
    """That hour, in UTC, of a day counted from tomorrow."""
    today = datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1 + day)


def plan(starts_at: datetime, serial: int) -> Plan:
    """An event of an hour, with the papers that an event has."""
    return Plan(
        room=HOST,
        title=f"Rapat Koordinasi SPBE ke-{serial}",
        agency="Bappeda",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        place="Command Center",
        letter=Letter(number=f"005/{serial}/2026", date=date(2026, 11, 20)),
        disposition=Disposition(leader="Kepala Dinas", date=date(2026, 11, 21)),
        coordinator="Dewi Lestari",
        operator="Budi Santoso",
        contact=Contact(name="Siti", phone="0812-0000-0000", email="siti@example.go.id"),
    )


def _event_row(each: Plan) -> dict[str, Any]:
    columns = {"room", "title", "agency", "starts_at", "ends_at", "place"}
    searched = {name: getattr(each, name) for name in columns}
    return {**searched, "details": each.model_dump(mode="json", exclude=columns), "revision": 1}


def _journal_rows(events: int) -> list[dict[str, Any]]:
    kinds: list[tuple[int | None, str]] = [(None, "event.added")]
    for step in range(1, _STEPS + 1):
        kinds += [(step, STEP_STARTED), (step, STEP_FINISHED)]
    moment = on_day(-1, 0)
    rows: list[dict[str, Any]] = []
    previous = GENESIS
    for number in range(1, events + 1):
        for of_step, kind in kinds:
            facts: dict[str, Any] = {
                "number": len(rows) + 1,
                "at": moment,
                "event_id": event_id(number),
                "step": of_step,
                "kind": kind,
                "actor": "Budi Santoso",
                "data": {"output": {"kept": "as the step left it"}} if of_step else {},
            }
            previous = link(previous, **facts)
            rows.append({**facts, "hash": previous})
    return rows
