"""The benchmarks run, and what they say to programs has its shape; how fast is their own say."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def _told(name: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), "--runs", "1", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("name", "options", "goals"),
    [("cli", [], {1.5}), ("store", ["--events", "20"], {0, 1.2})],
)
def test_a_benchmark_tells_programs_each_measure_with_its_goal(
    name: str, options: list[str], goals: set[float]
) -> None:
    told = _told(name, "--json", *options)
    assert set(told) == {"name", "rows"}
    assert told["name"] == name
    for row in told["rows"]:
        assert list(row) == ["measure", "value", "goal", "met"]
        assert isinstance(row["value"], int | float)
        assert row["met"] is (None if row["goal"] is None else row["value"] <= row["goal"])
    assert {row["goal"] for row in told["rows"]} - {None} == goals
    assert len({row["measure"] for row in told["rows"]}) == len(told["rows"])


def test_a_person_reads_peers_side_by_side(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    measuring = importlib.import_module("measuring")
    rows = [measuring.Row("b to a", 2.0, 1.5), measuring.Row("a", 10.0)]
    peers = measuring.Peers("Both", "ms", {"a": [10.0, 11.0, 90.0], "b": [20.0, 22.0, 99.0]})
    measuring.publish("both", rows, [peers], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    told = {line.split("│")[1].strip(): line for line in lines if line.startswith("│")}
    assert "22 ms" in told["b"]
    assert "2.00" in told["b"]
    assert "≤ 1.5" in told["b to a"]
    assert "✗" in told["b to a"]


def test_one_slow_run_does_not_move_a_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    measuring = importlib.import_module("measuring")
    assert measuring.ratio([2.0, 2.0, 900.0], [1.0, 1.0, 1.0]) == 2.0
    assert not measuring.Row("a", 1.6, 1.5).met
    assert measuring.Row("a", 1.6, 1.5, at_least=True).met
