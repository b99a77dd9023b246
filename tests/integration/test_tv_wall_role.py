"""The role tv_wall through ansible-playbook: changed, diff, check mode, and a failure's words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cc_run import content

SERVER = """
from cc_run.simulators.wall import serve_wall

serve_wall(port=0, announce=lambda url: print(url, flush=True))
"""

# What a room has to say before its settings are whole; for the rest the roles have defaults.
ROOM: dict[str, Any] = {
    "ansible_connection": "local",
    "cc_room_name": "Command Center",
    "cc_office": "Diskominfo",
    "cc_coordinator": "Coordinator",
    "cc_operators": ["Operator"],
}


@pytest.fixture
def wall() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield int(process.stdout.readline().rpartition(":")[2])
    process.send_signal(signal.SIGTERM)
    process.communicate()


def play(folder: Path, port: int, *options: str, **variables: Any) -> dict[str, Any]:
    """What the role's task returned."""
    inventory, playbook = folder / "hosts.yml", folder / "play.yml"
    room = ROOM | {"cc_state_dir": str(folder / "state")}
    room |= {"tv_wall_driver": "samsung_mdc", "tv_wall_host": "127.0.0.1", "tv_wall_port": port}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"room": room | variables}}}))
    playbook.write_text(
        yaml.safe_dump(
            [{"name": "Test", "hosts": "all", "gather_facts": False, "roles": ["tv_wall"]}]
        )
    )
    program = Path(sys.executable).with_name("ansible-playbook")
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(content.playbooks().parent / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_NOCOLOR": "1",
    }
    ran = subprocess.run(
        [program, "-i", inventory, playbook, "-vv", *options],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    heading = "TASK [tv_wall : The panels are on and show the laptop]"
    assert heading in ran.stdout, ran.stdout + ran.stderr
    told = ran.stdout.partition(heading)[2].partition("PLAY RECAP")[0]
    shown, _arrow, rest = told.partition("=> {")
    result, _end = json.JSONDecoder().raw_decode("{" + rest)
    return {**result, "code": ran.returncode, "shown": shown}


def test_the_role_converges_and_then_changes_nothing(wall: int, tmp_path: Path) -> None:
    would = play(tmp_path, wall, "--check", "--diff")
    assert would["changed"] is True
    assert {"panel": 2, "what": "power", "before": "off", "after": "on"} in would["changes"]
    assert "-panel 2 power: off" in would["shown"]
    assert "+panel 2 power: on" in would["shown"]
    did = play(tmp_path, wall)
    assert (did["code"], did["changed"], len(did["changes"])) == (0, True, 20)
    again = play(tmp_path, wall)
    assert (again["code"], again["changed"], again["changes"]) == (0, False, [])


def test_a_failure_is_told_with_its_remedy_and_the_driver_none_is_skipped(tmp_path: Path) -> None:
    failed = play(tmp_path, 9)
    assert (failed["code"], failed["exit_code"]) == (2, 3)
    assert "refuses the connection" in failed["msg"]
    assert failed["remedy"] in failed["msg"]
    assert "Traceback" not in json.dumps(failed)
    skipped = play(tmp_path, 9, tv_wall_driver="none")
    assert (skipped["code"], skipped["skip_reason"]) == (0, "Conditional result was False")
