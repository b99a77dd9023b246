"""Another machine than the room's: it has inventory and Ansible, and reaches the room by SSH."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import Machine

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
TASK = re.compile(r"^TASK \[(.*?)\] \*+$")


@dataclass(frozen=True)
class Played:
    """The names of the tasks that changed something, and all that Ansible said."""

    changed: list[str]
    output: str


@dataclass
class Controller:
    """Another machine than the room's, with the inventory and Ansible."""

    folder: Path
    wheel: Path
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def password(self) -> Path:
        return self.folder / "vault-password"

    def reaches(self, machine: Machine) -> None:
        """Writes the inventory: the example's office, and this machine as its room."""
        if not self.inventory.exists():
            shutil.copytree(ROOT / "inventory/example", self.inventory)
        self.password.write_text("contoh\n")
        self.password.chmod(0o600)
        no_questions = (
            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        )
        way = {
            "ansible_host": "127.0.0.1",
            "ansible_port": machine.port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(machine.key),
            "ansible_ssh_common_args": no_questions,
            "cc_run_package": str(self.wheel),
        }
        hosts = {"all": {"hosts": {"command-center": {**way, **self.variables}}}}
        (self.inventory / "hosts.yml").write_text(json.dumps(hosts))

    def provision(self, *words: str) -> Played:
        """Plays provision.yml over SSH as IT would; it has to succeed."""
        command = [str(PROGRAM), str(ROOT / "playbooks/provision.yml"), "-i", str(self.inventory)]
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CC_RUN")},
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible"),
            "CC_RUN_VAULT_PASSWORD_FILE": str(self.password),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.password),
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [*command, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return Played(list(_changed(said)), said)


def _changed(output: str) -> Iterator[str]:
    task = ""
    for line in output.splitlines():
        if found := TASK.match(line):
            task = found[1]
        elif line.startswith("changed: [command-center]"):
            yield task
