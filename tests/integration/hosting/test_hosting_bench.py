"""The benchmark of hosting: what it counts comes out as it has to; its times are their own say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "hosting.py"


@pytest.mark.timeout(600)
def test_eight_processes_lose_and_double_nothing_with_and_without_faults() -> None:
    options = ["--json", "--runs", "1", "--events", "30", "--meetings", "400"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["name"] == "hosting"
    counted = [row for row in told["rows"] if row["goal"] is not None and row["goal"] != 1.2]
    assert len(counted) == 10
    assert [row for row in counted if not row["met"]] == []
    assert len({row["measure"] for row in told["rows"]}) == len(told["rows"])
