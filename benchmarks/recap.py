"""An office's register of ten thousand rows: read and compared, taken over, written."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

from _room import environment, filled, on_day, on_disk
from babel.dates import format_date
from measuring import Peers, Row, arguments, interleaved, publish, seconds
from openpyxl import Workbook, load_workbook

from cc_run.events.columns import TITLES
from cc_run.events.recap_reading import read_register

SECONDS, MIB = 3.0, 200.0
A_DAY = 10
# A process's peak as the system counts it; from outside it would count the parent's too.
PEAK = """\
import pathlib, re, sys, time
started = time.perf_counter()
from cc_run.cli import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    took = time.perf_counter() - started, time.process_time()
    print(*took, re.search(r"VmHWM:\\s+(\\d+)", status)[1], file=sys.stderr)
"""


def an_offices_register(path: Path, rows: int) -> Path:
    """Ten events a day, from the day after tomorrow on, as an office writes them: no codes."""
    book = Workbook(write_only=True)
    titles = list(TITLES.values())[:-1]
    sheets = {}
    for number in range(rows):
        start = on_day(1 + number // A_DAY, 1 + number % A_DAY)
        day = start.date()
        month = str(format_date(day, "MMMM y", locale="id_ID"))
        if month not in sheets:
            sheets[month] = book.create_sheet(month)
            for head in (["REKAP JADWAL VIDEO CONFERENCE"], [month], titles):
                sheets[month].append(head)
        clock = f"{start.hour + 7:02}.00–{start.hour + 7:02}.50 WIB"
        texts = {
            "number": number + 1,
            "day": str(format_date(day, "EEEE, d MMMM y", locale="id_ID")),
            "clock": clock,
            "title": f"Rapat Koordinasi SPBE ke-{number}",
            "agency": "Badan Perencanaan Pembangunan Daerah",
            "letter": f"005/{number}/2026 / 20 Nov 2026",
            "disposition": "Kepala Dinkominfo, 21 Nov 2026: fasilitasi",
            "place": "Command Center",
            "participants": 40,
            "contact": "Siti Rahmawati / 0812-0000-0000",
            "operator": "Bagas Prasetyo",
        }
        sheets[month].append([texts.get(key, "–") for key in list(TITLES)[:-1]])
    book.save(path)
    return path


def measured_process(folder: Path, *words: str) -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and peak MiB of a whole ``cc-run``."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    taken, busy, kib = done.stderr.split()[-3:]
    return float(taken), float(busy), int(kib) / 1024


def by_openpyxl(path: Path) -> int:
    """Peer: the same values by openpyxl's reader for large files."""
    book = load_workbook(path, read_only=True, data_only=True)
    rows = sum(1 for sheet in book.worksheets for _row in sheet.iter_rows(values_only=True))
    book.close()
    return rows


def measured(folder: Path, count: int, runs: int) -> tuple[list[Row], list[Peers]]:
    """All figures."""
    office = an_offices_register(folder / "rekap kantor.xlsx", count)
    assert len(read_register(office).rows) == count
    (folder / "empty").mkdir()
    filled(folder / "full", count).dispose()
    exported = folder / "ekspor.xlsx"
    export = measured_process(
        folder / "full", "recap", "export", "--days", "20000", "--output", str(exported)
    )
    assert len(read_register(exported).rows) == count
    samples = {
        "10,000 new rows": [
            measured_process(folder / "empty", "recap", "import", str(office)) for _ in range(runs)
        ],
        "10,000 known rows": [
            measured_process(folder / "full", "recap", "import", str(exported)) for _ in range(runs)
        ],
    }
    small = an_offices_register(folder / "kecil.xlsx", count // 100)
    applied = measured_process(folder / "empty", "recap", "import", str(small), "--apply")
    reading = interleaved(
        runs,
        partial(seconds, partial(by_openpyxl, office)),
        partial(seconds, partial(read_register, office)),
    )
    rows = []
    for name, taken in samples.items():
        times, busy, peaks = zip(*taken, strict=True)
        rows.append(Row(f"recap import, {name}, whole process, s", median(times), SECONDS))
        rows.append(Row(f"recap import, {name}, of these the processor's, s", median(busy)))
        rows.append(Row(f"recap import, {name}, peak memory, MiB", max(peaks), MIB))
    rows += [
        Row(f"recap import --apply, {count // 100} new rows, s", applied[0]),
        Row(f"recap export, {count:,} events into a new file, s", export[0]),
        Row(f"recap export, {count:,} events into a new file, peak memory, MiB", export[2]),
    ]
    names = ("openpyxl, read-only: values alone", "read_register: values, merged cells, meaning")
    peers = [Peers("Reading the file", "s", dict(zip(names, reading, strict=True)))]
    return rows, peers


def main() -> None:
    parser = arguments(__doc__ or "", runs=5)
    parser.add_argument("--rows", type=int, default=10_000, help="of the register")
    options = parser.parse_args()
    with on_disk() as folder:
        rows, peers = measured(folder, options.rows, options.runs)
    publish("recap", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
