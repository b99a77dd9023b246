"""Ten events beside ten thousand: listing and planning take the same time, entries are on disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from _room import AHEAD, ENTRIES, HOST, environment, filled, on_day, on_disk, plan
from measuring import Peers, Row, arguments, interleaved, process_ms, publish, ratio, seconds
from sqlalchemy import Engine, event

from cc_run.events import EventStore, status_of
from cc_run.journal import Journal

CC_RUN = Path(sys.executable).parent / "cc-run"
FEW = 10
GOAL = 1.2
LIST = ["event", "list", "--limit", str(AHEAD)]
# A process's peak as the system counts it; from outside it would count the parent's too.
PEAK = """\
import pathlib, re, sys
from cc_run.cli import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    print(re.search(r"VmHWM:\\s+(\\d+)", status)[1], file=sys.stderr)
"""


def list_ms(engine: Engine) -> float:
    """What ``event list`` asks of the database, and what it derives from the answers."""

    def ask() -> None:
        events = EventStore(engine).upcoming(datetime.now(UTC), limit=AHEAD, room=HOST)
        entries = Journal(engine).entries_of(each.id for each in events)
        statuses = [status_of(entries[each.id]) for each in events]
        assert len(statuses) == AHEAD

    return seconds(ask) * 1000


def add_ms(engine: Engine, days: Callable[[], int]) -> float:
    """A new event is kept, after its collisions have been looked for."""
    wished = plan(on_day(days(), 4), 1)
    return seconds(lambda: EventStore(engine).add(wished, "Asia/Jakarta")) * 1000


def add_process_ms(folder: Path, days: Callable[[], int]) -> float:
    """``event add`` as an operator types it: steps 1 and 2, the register file included."""
    day = on_day(days(), 6).date().isoformat()
    command: list[str | Path] = [
        CC_RUN,
        "event",
        "add",
        "--title",
        "Rapat",
        "--agency",
        "Bappeda",
        "--date",
        day,
    ]
    command += ["--start", "13.00", "--end", "14.00", "--letter", "005/1/2026"]
    command += ["--letter-date", "2026-11-20", "--disposition-by", "Kepala Dinas"]
    command += ["--disposition-date", "2026-11-21"]
    return process_ms(command, environment(folder))


def full_scans(engine: Engine) -> list[str]:
    """The lines of SQLite's plans, for all that the list asks, in which a table is read whole."""
    lines: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        lines.extend(row[-1] for row in cursor.fetchall())

    event.listen(engine, "before_cursor_execute", explain)
    list_ms(engine)
    event.remove(engine, "before_cursor_execute", explain)
    assert any("USING INDEX" in line for line in lines), lines
    return [line for line in lines if line.startswith("SCAN")]


def peak_mib(folder: Path) -> float:
    """The most memory that the list's process held."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *LIST],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stderr.split()[-1]) / 1024


def append_ms(journal: Journal) -> float:
    """One entry, hashed, chained, and on disk."""
    data = {"event": "VC-0001", "note": "an entry of ordinary length"}
    act = partial(journal.append, "bench.entry", actor="Budi Santoso", event_id="VC-0001")
    return seconds(lambda: act(data=data)) * 1000


def bare_sqlite(path: Path) -> Callable[[], float]:
    """Peer: the same row by the driver alone, without hash or chain, as safely on disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, text TEXT)")
    text = "an entry of ordinary length, with a hash's worth of letters " + "0" * 64
    return lambda: (
        seconds(lambda: connection.execute("INSERT INTO entries (text) VALUES (?)", (text,))) * 1000
    )


def bare_fsync(path: Path) -> Callable[[], float]:
    """Peer: the disk alone, asked to keep a page."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def keep() -> None:
        os.write(handle, b"\0" * 4096)
        os.fsync(handle)

    return lambda: seconds(keep) * 1000


def measured(folder: Path, many: int, runs: int) -> tuple[list[Row], list[Peers]]:
    """All figures."""
    small, large = folder / "few", folder / "many"
    few_engine, many_engine = filled(small, FEW), filled(large, many)
    few, lots = f"{FEW} events", f"{many:,} events"

    def pair(times: int, act: Callable[..., float], *sides: Sequence[Any]) -> list[list[float]]:
        return interleaved(times, *(partial(act, *side) for side in sides))

    listed = pair(runs * 5, list_ms, [few_engine], [many_engine])
    whole = interleaved(
        runs,
        *(partial(process_ms, [CC_RUN, *LIST], environment(room)) for room in (small, large)),
    )
    memory = [peak_mib(small), peak_mib(large)]
    scans = full_scans(many_engine)
    verifying = seconds(Journal(many_engine).verify)
    kept = interleaved(
        runs * 5,
        bare_fsync(folder / "page"),
        bare_sqlite(folder / "bare.db"),
        partial(append_ms, Journal(many_engine)),
    )
    sides = [(engine, count().__next__) for engine in (few_engine, many_engine)]
    added = pair(runs * 5, add_ms, *sides)
    added_whole = pair(
        max(1, runs // 2),
        add_process_ms,
        *((room, count().__next__) for room in (small, large)),
    )

    against = f"{lots} / {few}"
    rows = [
        Row(f"event list, whole process, {against}", ratio(whole[1], whole[0]), GOAL),
        Row(f"event list, its queries and statuses, {against}", ratio(listed[1], listed[0])),
        Row(f"event list, tables read whole at {lots}", len(scans), 0),
        Row(f"event list, peak memory, {against}", memory[1] / memory[0], GOAL),
        Row(f"event list, peak memory at {lots}, MiB", memory[1]),
        Row(f"event add, whole process, {against}", ratio(added_whole[1], added_whole[0]), GOAL),
        Row(f"event add, whole process at {lots}, ms", median(added_whole[1])),
        Row(f"event add, in the database, {against}", ratio(added[1], added[0])),
        Row("journal.append a second, each on disk", 1000 / median(kept[2])),
        Row("journal.append, times the bare driver's insert", ratio(kept[2], kept[1])),
        Row(f"journal.verify, s for {many * ENTRIES:,} entries", verifying),
    ]
    peers = [
        Peers(title, "ms", dict(zip(names, samples, strict=True)))
        for title, names, samples in (
            ("event list: its queries and statuses, in process", (few, lots), listed),
            ("event list: the whole process", (few, lots), whole),
            ("event add: the store's transaction", (few, lots), added),
            ("event add: the whole process, steps 1 and 2", (few, lots), added_whole),
            (
                "One entry on disk",
                ("write and fsync of a page", "bare sqlite3 insert", "journal.append"),
                kept,
            ),
        )
    ]
    return rows, peers


def main() -> None:
    parser = arguments(__doc__ or "", runs=15)
    parser.add_argument("--events", type=int, default=10_000, help="of the larger database")
    options = parser.parse_args()
    with on_disk() as folder:
        rows, peers = measured(folder, options.events, options.runs)
    publish("store", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
