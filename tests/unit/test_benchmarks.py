"""The benchmarks run, and what they say to programs has its shape; how fast is their own say."""

from __future__ import annotations

import importlib
import json
import os
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


@pytest.mark.parametrize("name", ["converge", "hotplug", "check", "prepare", "fleet"])
def test_a_benchmark_that_needs_a_room_says_what_it_measures(name: str) -> None:
    """And all that it imports is there; the room itself takes minutes."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"--json", "--runs"} <= set(done.stdout.replace(",", " ").split())


def test_the_peers_of_a_converged_room_state_each_fact(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    peers = importlib.import_module("_peers")
    folder, ini, whole = (tmp_path / name for name in ("folder", "a.ini", "b.json"))
    known = peers.Facts(
        [(folder, "0700")],
        [(ini, "Name=It's {{ so }}")],
        [(whole, tmp_path / "copy")],
        [("echo a; echo b", "a\nb")],
    )
    assert known.count == 5
    deploy = peers.pyinfra_deploy(known)
    compile(deploy, "deploy.py", "exec")
    (play,) = json.loads(peers.modules_play(known))
    modules = [next(key for key in task if key.startswith("ansible.")) for task in play["tasks"]]
    assert [name.rpartition(".")[2] for name in modules] == [
        "file",
        "lineinfile",
        "copy",
        "shell",
    ]
    for path in (folder, ini, whole):
        assert repr(str(path)) in deploy


def test_what_is_watched_is_read_to_the_line_that_holds_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    hotplug = importlib.import_module("hotplug")
    told = [
        {"probe": {"id": "camera.present", "status": "pass"}},
        {"changed": "unplugged: cable0"},
        {"probe": {"id": "camera.present", "status": "fail"}},
        {"changed": "plugged in: cable0"},
    ]
    lines = iter(told)
    hotplug.until(lines, {"id": "camera.present", "status": "fail"})
    assert list(lines) == told[3:]
    with pytest.raises(AssertionError, match="never told"):
        hotplug.until(iter(told), {"id": "sound.present"})


def test_what_prepare_adds_ends_with_the_last_role(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    prepare = importlib.import_module("prepare")
    program, read = tmp_path / "cc-run", tmp_path / "read"
    program.write_text(f'#!/bin/sh\necho Laptop\necho "Zoom\'s program  0.1 s"\n: >{read}\n')
    program.chmod(0o755)
    monkeypatch.setattr(prepare, "CC_RUN", program)
    assert prepare.until_the_roles_end() > 0
    assert read.exists()  # it was not broken off


def test_a_fleet_is_brought_about_by_one_task_and_its_memory_is_added_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    fleet = importlib.import_module("fleet")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    environment["ANSIBLE_CONFIG"] = str(BENCHMARKS.parent / "ansible.cfg")
    command = fleet.ours(tmp_path, ["room-1", "room-2"])
    fleet.play(command, environment)
    names = sorted(path.read_text() for path in tmp_path.glob(f"{fleet.OURS}/*/name"))
    assert names == ["room-1\n", "room-2\n"]

    child = [sys.executable, "-c", "a = b'x' * 32 * 2**20; import time; time.sleep(0.7)"]
    parent = f"import subprocess; subprocess.run({child!r})"
    assert 32 < fleet.peak_mib([sys.executable, "-c", parent], environment) < 128
