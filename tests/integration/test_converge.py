"""A playbook under the runner: what it tells, and what is left of it when it is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader

from cc_run import content
from cc_run.errors import OutsideFailure
from cc_run.recording.control import may_be_recording
from cc_run.room.converge import DISRUPTIVE, converge
from cc_run.room.role_lines import DISRUPTIVE_TASKS, RoleLine
from cc_run.sequence import equipment
from cc_run.settings import Settings
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace, open_workspace

CHANGING = {"state", "obs", "wall", "camera_controls"}
_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


def _children(pid: int) -> list[int]:
    """All descendants of a process."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except OSError:
            continue
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(found)


def _wait(seconds: float, condition) -> bool:
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def test_each_role_is_told_when_it_begins_and_when_it_has_ended(settings: Settings) -> None:
    told: list[tuple[str, bool]] = []
    result = converge(
        settings,
        "pre_session",
        check=True,
        on_role=lambda line, done: told.append((line.name, done)),
    )
    names = [role.name for role in result.roles]
    assert {"laptop", "camera", "obs", "tv_wall"} <= set(names)
    assert [name for name, done in told if done] == names
    assert all(isinstance(role, RoleLine) for role in result.roles)
    assert result.changed > 0
    assert all(len(role.changes) == role.changed for role in result.roles)


def test_a_role_that_fails_says_why(settings: Settings) -> None:
    """Nothing answers at the wall's port."""
    result = converge(settings, "pre_session")
    assert not result.ok
    wall = next(role for role in result.roles if role.name == "tv_wall")
    assert not wall.ok
    assert "TV wall" in wall.error


def test_what_could_interrupt_a_meeting_is_held_back_and_told(settings: Settings) -> None:
    files = settings.obs.config_dir
    result = converge(settings, "pre_session", hold_back=True)
    assert result.ok
    obs = next(role for role in result.roles if role.name == "obs")
    assert (obs.held_back, obs.changed) == (True, 0)
    assert "OBS records the room's scene into the room's folder" in obs.waits
    assert not files.exists()
    laptop = next(role for role in result.roles if role.name == "laptop")
    assert (laptop.held_back, laptop.changed) == (False, 1)
    wall = next(role for role in result.roles if role.name == "tv_wall")
    assert "TV wall" in " ".join(wall.waits), "why the wall could not be looked at"


def _inside(task: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The tasks of a block or of another file, else the task itself."""
    kinds = ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
    if file := next((task[kind] for kind in kinds if kind in task), None):
        found = DataLoader().load_from_file(str(folder / file))
    else:
        found = task.get("block", [task])
    return [each for one in found for each in (_inside(one, folder) if one != task else [one])]


def test_each_task_that_is_held_back_can_be_told_in_the_operators_language() -> None:
    tagged = set()
    for path in content.roles().glob("*/tasks/main.yml"):
        for task in DataLoader().load_from_file(str(path)) or []:
            if DISRUPTIVE in task.get("tags", []):
                tagged |= {one["name"] for one in _inside(task, path.parent) if set(one) & CHANGING}
    assert tagged == set(DISRUPTIVE_TASKS)


def test_prepare_says_what_it_held_back(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    office.add()
    monkeypatch.setattr(equipment, "may_be_recording", lambda workspace: True)
    told = " ".join(office.run("prepare", "--event", "VC-0001", "--json").json["todo"])
    assert "A recording is running" in told
    assert "Held back: OBS: " in told
    assert "OBS records the room's scene" in told


def test_what_holds_obss_port_and_is_silent_may_be_recording(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not may_be_recording(workspace)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("CC_REHEARSAL_OBS_PORT", str(silent.getsockname()[1]))
        assert may_be_recording(open_workspace(load()))


def test_a_playbook_that_is_not_there_is_told(settings: Settings) -> None:
    with pytest.raises(OutsideFailure, match="could not be run"):
        converge(settings, "no_such_playbook")


def test_a_cancelled_run_ends_and_leaves_nothing(settings: Settings) -> None:
    stop = threading.Event()
    before, others = set(_MEMORY.glob("cc-run-play-*")), _children(os.getpid())
    result = converge(settings, "pre_session", stop=stop, on_role=lambda line, done: stop.set())
    assert result.status == "canceled"
    assert _wait(5, lambda: set(_children(os.getpid())) <= set(others))
    assert set(_MEMORY.glob("cc-run-play-*")) == before


def test_a_killed_run_leaves_no_process_and_its_folder_goes_with_the_next(
    settings: Settings, rehearsal_environment: Path
) -> None:
    program = (
        "from cc_run.room.converge import converge\n"
        "from cc_run.settings.inventory import load\n"
        "converge(load(), 'pre_session', on_role=lambda line, done: print('role', flush=True))\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "role\n"
    children = _children(run.pid)
    assert children
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert _wait(10, lambda: not any(Path("/proc", str(pid)).exists() for pid in children))
    left = list(_MEMORY.glob(f"cc-run-play-{run.pid}-*"))
    assert left
    converge(settings, "pre_session", check=True)
    assert not any(folder.exists() for folder in left)
