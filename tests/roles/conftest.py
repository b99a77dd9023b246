"""A room of the rehearsal's inventory with a home of its own, and the real ansible-playbook."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cc_run.simulators.room import Room, simulated_room

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
# Of whoever runs the tests: another room's settings, and a desktop with sound and a screen.
FOREIGN = re.compile(r"^(CC_|PULSE_|PIPEWIRE_|XDG_|WAYLAND_|DBUS_|DISPLAY$|XAUTHORITY$)")
RECAP = re.compile(r"^gladi\s.*", re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """How a play went, by its recap."""

    ok: int
    changed: int
    failed: int
    rescued: int
    output: str

    @classmethod
    def from_output(cls, output: str) -> "Played":
        lines = RECAP.findall(output)
        assert lines, output
        counts = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", lines[-1])}
        return cls(counts["ok"], counts["changed"], counts["failed"], counts["rescued"], output)


@dataclass
class Site:
    """Where roles are played; ``variables`` override the inventory's."""

    folder: Path
    environment: dict[str, str]
    variables: dict[str, object] = field(default_factory=dict)
    prefix: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return Path(self.environment["HOME"])

    def play(self, what: str, *words: str) -> Played:
        """Plays a role by its name, or a playbook of the project by its file's."""
        playbook = ROOT / "playbooks" / what
        if not what.endswith(".yml"):
            playbook = self.folder / f"{what}.yml"
            playbook.write_text(
                f"- hosts: all\n  gather_facts: false\n  roles: [{{role: {what}}}]\n"
            )
        command = [*self.prefix, str(PROGRAM), str(playbook)]
        command += ["-i", str(ROOT / "inventory/rehearsal"), "-e", json.dumps(self.variables)]
        done = subprocess.run(
            [*command, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Played.from_output(done.stdout + done.stderr)


def site_in(folder: Path, environment: Mapping[str, str]) -> Site:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    free = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    return Site(
        folder,
        {
            **free,
            **environment,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "ansible"),
            "LC_ALL": "C.UTF-8",
            "CC_REHEARSAL_DIR": str(folder / "state"),
            "CC_REHEARSAL_ZOOM": "http://127.0.0.1:9",
            "CC_REHEARSAL_MIPP": "http://127.0.0.1:9",
            "CC_REHEARSAL_WALL_PORT": "9",
            "CC_REHEARSAL_OBS_PORT": "9",
            "CC_REHEARSAL_PROGRAMME": str(folder / "programme.mkv"),
        },
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site without sound, screen and devices."""
    return site_in(tmp_path, {})


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with simulated_room(tmp_path_factory.mktemp("room")) as room:
        yield room


@pytest.fixture
def room_site(tmp_path: Path, room: Room) -> Site:
    """A site in the simulated room: with a desktop, sound, a camera and a conference phone."""
    site = site_in(tmp_path, room.environment)
    site.prefix = room.under_devices([])
    return site
