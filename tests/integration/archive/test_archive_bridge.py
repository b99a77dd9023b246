"""The role, as plain ansible-playbook runs it: the same archive, its progress as JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from cc_run import content

_PLAY = """
- name: After the session
  hosts: all
  connection: local
  gather_facts: false
  roles:
    - role: archive
"""


@pytest.fixture
def play(site, tmp_path):
    """Runs the role for the site's event; gives ansible-playbook's exit code and words."""
    settings = site.workspace.settings
    variables = {
        "cc_room_name": settings.room.room_name,
        "cc_office": settings.room.office,
        "cc_state_dir": str(settings.room.state_dir),
        "cc_coordinator": settings.room.coordinator,
        "cc_operators": list(settings.room.operators),
        "obs_password": "rahasia",
        "archive_targets": [
            target.model_dump(exclude_defaults=True) for target in settings.archive.targets
        ],
    }
    inventory = tmp_path / "room" / "hosts.yml"
    inventory.parent.mkdir()
    inventory.write_text(json.dumps({"all": {"hosts": {settings.host: variables}}}))
    (tmp_path / "play.yml").write_text(_PLAY)

    def run(*options: str) -> tuple[int, str]:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("ansible-playbook"),
                *("-i", inventory, tmp_path / "play.yml"),
                *("-e", "cc_event=VC-0001", "-e", "cc_actor=Rina", *options),
            ],
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(content.root() / "ansible.cfg"),
                "ANSIBLE_LOCAL_TEMP": str(tmp_path / "ansible"),
                "CC_RUN_PROGRESS": str(tmp_path / "progress"),
                "LC_ALL": "C.UTF-8",
            },
            cwd=content.root(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_role_archives_once_and_tells_how_far_it_is(site, play, tmp_path):
    code, said = play("--check")
    assert (code, "changed=1" in said) == (0, True), said
    assert site.bags() == []

    code, said = play()
    assert (code, "changed=1" in said) == (0, True), said
    assert len(site.bags()) == 2
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()
    entry = site.workspace.journal.latest("VC-0001", "archive.delivered")
    assert entry.actor == "Rina"
    last = json.loads((tmp_path / "progress").read_text().splitlines()[-1])
    assert last["role"] == "archive"
    assert last["done"] == last["total"] > 3 << 20

    code, said = play()
    assert (code, "changed=0" in said) == (0, True), said
    assert "rahasia" not in said


def test_a_missing_share_fails_the_task_with_its_remedy(site, play):
    site.targets[0].rmdir()

    code, said = play()

    assert code != 0
    assert f"mkdir -p {site.targets[0]}" in said
    assert "Traceback" not in said


def test_under_become_the_task_says_that_it_needs_the_operator(site, play):
    code, said = play("--become")

    assert code != 0
    assert "without become" in said
    assert site.bags() == []
