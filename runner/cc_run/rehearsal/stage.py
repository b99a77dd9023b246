"""The stage of a rehearsal: a simulated room and, on loopback, Zoom, MIPP and the TV wall."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run import content
from cc_run.simulators.room import Room, programme, simulated_room
from cc_run.simulators.room.processes import running, wait_until

# Of the machine's own settings nothing may reach a rehearsal, and nothing of it the machine.
_STRANGE: Final = re.compile(r"^(CC_|ANSIBLE_|OBS_|PULSE_|WAYLAND_|XDG_)")
# The archive never makes a target's own folder: it could be a share that is not mounted.
_TARGETS: Final = ("server", "cadangan")
ZOOM_HOST: Final = "vidcon@dinkominfo.example.go.id"


@dataclass(frozen=True)
class Stage:
    """Everything that is needed to act: the room, and the environment of every program in it."""

    folder: Path
    room: Room
    environment: Mapping[str, str]


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Builds the stage in ``folder`` and clears it away; what was made in it stays.

    Raises:
        OutsideFailure: a program is missing or does not start.
    """
    for name in _TARGETS:
        (folder / "state" / "targets" / name).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_at_home_in(folder / "room" / "home"))
        room = stack.enter_context(simulated_room(folder / "room"))
        environment = {
            **os.environ,
            **room.environment,
        }
        zoom = stack.enter_context(_simulator("zoom", folder, environment, "--host", ZOOM_HOST))
        mipp = stack.enter_context(_simulator("mipp", folder, environment))
        wall = stack.enter_context(_simulator("wall", folder, environment))
        environment |= {
            "CC_RUN_INVENTORY": str(content.inventory() / "rehearsal"),
            "CC_REHEARSAL_DIR": str(folder / "state"),
            "CC_REHEARSAL_ZOOM": zoom,
            "CC_REHEARSAL_MIPP": mipp,
            "CC_REHEARSAL_WALL_PORT": wall.rpartition(":")[2],
            "CC_REHEARSAL_OBS_PORT": str(_free_port()),
            "CC_REHEARSAL_PROGRAMME": str(programme(folder / "programme.mkv")),
        }
        yield Stage(folder, room, environment)


@contextmanager
def _at_home_in(home: Path) -> Iterator[None]:
    """Lets this process live in the rehearsal's folder too, and forget the machine's settings.

    Libraries that run inside it (Ansible's, PulseAudio's) leave files in the home folder.
    """
    before = dict(os.environ)
    home.mkdir(parents=True, exist_ok=True)
    for name in before:
        if _STRANGE.match(name):
            del os.environ[name]
    os.environ["HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _simulator(
    name: str, folder: Path, environment: Mapping[str, str], *arguments: str
) -> Iterator[str]:
    """One of cc-run's simulators as a program of its own; its address."""
    log, state = folder / "room" / "log" / f"{name}.log", folder / "simulators" / name
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cc_run.cli", "simulate", name, "--state", str(state)]
    with running([*command, *arguments], environment=environment, log=log) as process:
        yield wait_until(lambda: _announced(log), process, name=name, log=log)


def _announced(log: Path) -> str:
    lines = [line for line in log.read_text().splitlines() if "://127.0.0.1:" in line]
    return lines[0].strip() if lines else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
