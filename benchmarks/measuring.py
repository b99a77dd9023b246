"""What every benchmark shares: interleaved runs, medians, ratios, a table, and JSON.

Two things are compared by running them in turns (A B A B …), so that whatever else the machine
does at a moment falls on both, and by the median of the ratios of neighbours, which one slow run
cannot move.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure; ``goal`` is the most that it may be, or the least with ``at_least``.

    A row without a goal informs only, and its ``met`` is None.
    """

    measure: str
    value: float
    goal: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


@dataclass(frozen=True)
class Peers:
    """Things that were measured side by side: a name and its samples, in ``unit``."""

    title: str
    unit: str
    samples: Mapping[str, Sequence[float]]


def arguments(about: str, *, runs: int) -> argparse.ArgumentParser:
    """The options that all benchmarks have: ``--json`` and ``--runs``."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    parser.add_argument("--runs", type=int, default=runs, help=f"of each thing (here {runs})")
    return parser


def seconds(act: Callable[[], object]) -> float:
    """How long ``act`` takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def process_ms(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> float:
    """The milliseconds of a whole process, from its start until it has ended well."""

    def run() -> None:
        # No timeout: with one, Python polls for the end and the times become multiples of 50 ms.
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

    return seconds(run) * 1000


def interleaved(runs: int, *acts: Callable[[], float]) -> list[list[float]]:
    """The samples of each act, taken in turns, after one of each that does not count."""
    for act in acts:
        act()
    rounds = [[act() for act in acts] for _ in range(runs)]
    return [list(samples) for samples in zip(*rounds, strict=True)]


def ratio(samples: Sequence[float], peer: Sequence[float]) -> float:
    """The median of how many times its peer's neighbouring sample each sample is."""
    return median(one / other for one, other in zip(samples, peer, strict=True))


def publish(name: str, rows: Sequence[Row], peers: Sequence[Peers] = (), *, as_json: bool) -> None:
    """The benchmark's result on standard output: tables to read, or one JSON object."""
    if as_json:
        print(json.dumps({"name": name, "rows": [_plain(row) for row in rows]}, indent=2))
        return
    console = Console(highlight=False)
    for group in peers:
        console.print(_side_by_side(group))
    console.print(_figures(name, rows))


def _plain(row: Row) -> dict[str, Any]:
    value = float(f"{row.value:.4g}")
    return {"measure": row.measure, "value": value, "goal": row.goal, "met": row.met}


def _side_by_side(group: Peers) -> Table:
    table = Table(title=group.title, title_justify="left")
    table.add_column("")
    for heading in ("runs", "median", "fastest", "slowest", "ratio to the first"):
        table.add_column(heading, justify="right")
    first = next(iter(group.samples.values()))
    for name, samples in group.samples.items():
        figures = (median(samples), min(samples), max(samples))
        times = "" if samples is first else f"{ratio(samples, first):.2f}"
        texts = [f"{_short(figure)} {group.unit}" for figure in figures]
        table.add_row(name, str(len(samples)), *texts, times)
    return table


def _figures(name: str, rows: Sequence[Row]) -> Table:
    table = Table(title=name, title_justify="left")
    table.add_column("measure")
    for heading in ("value", "goal", "met"):
        table.add_column(heading, justify="right")
    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        goal = "" if row.goal is None else f"{sign} {row.goal:g}"
        table.add_row(row.measure, _short(row.value), goal, marks[row.met])
    return table


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
