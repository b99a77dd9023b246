"""A room and a world in two network namespaces, and the cable between them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOM, WORLD, ZOOM = "192.0.2.10", "192.0.2.1", "198.51.100.1"
NEEDED = {
    "ip": "iproute2",
    "ethtool": "ethtool",
    "fping": "fping",
    "iperf3": "iperf3",
    "tc": "iproute2",
    "umockdev-run": "umockdev",
}
# What the office would have set, with names that the world's name server knows.
OFFICE = {
    "wired_network_reach": ["zoom.example:443", "api.example:443"],
    "wired_network_portal_url": "http://check.example/",
    "laptop_time_server": "time.example",
}
_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    """The tests' programs are there, and may make namespaces."""
    lacking = sorted({NEEDED[name] for name in NEEDED if shutil.which(name) is None})
    assert not lacking, f"sudo apt-get install {' '.join(lacking)}"
    assert os.geteuid() == 0, "network namespaces need root: sudo .venv/bin/python -m pytest …"
    assert Path("/dev/net/tun").exists(), "the kernel's tun module is missing: modprobe tun"


def run(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, f"{' '.join(command)}: {answer.stderr}"
    return answer.stdout


@dataclass(frozen=True)
class Look:
    """A probe's result as look.py prints it."""

    status: str
    found: str
    expected: str
    remedy: str
    seconds: float
    values: Sequence[float | None]


def look(
    inside: Sequence[str], *only: str, variables: dict[str, Any] | None = None, **wish: Any
) -> dict[str, Look]:
    """What the probes find where the words of ``inside`` run a command."""
    request = {"only": only or ["network"], "variables": OFFICE | (variables or {}), **wish}
    told = run(*inside, sys.executable, str(HERE / "look.py"), json.dumps(request))
    return {name: Look(**result) for name, result in json.loads(told).items()}


@dataclass
class Lan:
    """The room's namespace and the world's; what is not yet laid between them is a cable."""

    folder: Path
    name: str = field(default_factory=lambda: f"cc{os.getpid()}-{next(_numbers)}")
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def room(self) -> str:
        return f"{self.name}-room"

    @property
    def world(self) -> str:
        return f"{self.name}-world"

    def __enter__(self) -> Lan:
        for space in (self.room, self.world):
            run("ip", "netns", "add", space)
            run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", self.world, "address", "add", f"{ZOOM}/32", "dev", "lo")
        names = Path("/etc/netns") / self.room / "resolv.conf"
        names.parent.mkdir(parents=True)
        names.write_text(f"nameserver {WORLD}\n")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        for space in (self.room, self.world):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)
        shutil.rmtree(Path("/etc/netns") / self.room)
        with contextlib.suppress(OSError):
            Path("/etc/netns").rmdir()

    def cable(self, interface: str = "eno1") -> Lan:
        """A good cable from the room's interface to the world's ``uplink``."""
        run(
            *("ip", "link", "add", interface, "netns", self.room, "type", "veth"),
            *("peer", "name", "uplink", "netns", self.world),
        )
        return self.wired(interface)

    def bad_cable(self, *, delay: float = 0, jitter: float = 0, loss: float = 0) -> Lan:
        """One with milliseconds of delay and jitter, and per cent of loss, each way."""
        numbers = [str(number) for number in (delay, jitter, loss)]
        ends = (self.room, "eno1", self.world, "uplink")
        self.start(sys.executable, str(HERE / "bad_cable.py"), *ends, *numbers)
        return self.wired("eno1")

    def wired(self, interface: str) -> Lan:
        """Addresses and the default route over the interface."""
        for space, name, address in (
            (self.room, interface, ROOM),
            (self.world, "uplink", WORLD),
        ):
            run("ip", "-n", space, "address", "add", f"{address}/24", "dev", name)
            run("ip", "-n", space, "link", "set", name, "up")
        run("ip", "-n", self.room, "route", "add", "default", "via", WORLD)
        return self

    def serving(self, **modes: Any) -> Lan:
        """The world's services, see world.py."""
        self.in_world(sys.executable, str(HERE / "world.py"), json.dumps(modes))
        return self

    def in_world(self, *command: str) -> subprocess.Popen[str]:
        return self.start("ip", "netns", "exec", self.world, *command)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A program that goes on until the end; returns when it has said its first line."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        assert process.stdout
        said = process.stdout.readline()
        assert said and process.poll() is None, said + process.stdout.read()
        return process

    def look(self, *only: str, devices: str = "", **wish: Any) -> dict[str, Look]:
        """What the probes find in the room; ``devices`` lie over its ``/sys``."""
        inside = ["ip", "netns", "exec", self.room]
        if devices:
            description = self.folder / f"{self.name}.umockdev"
            description.write_text(devices)
            inside += ["umockdev-run", "-d", str(description), "--"]
        return look(inside, *only, **wish)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    with Lan(tmp_path) as lan:
        yield lan


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    """A room with a good cable into a world that answers; tests change nothing of it."""
    with Lan(tmp_path_factory.mktemp("lan")) as lan:
        yield lan.cable().serving()


@pytest.fixture
def look_inside() -> Callable[..., dict[str, Look]]:
    """The probes in another network than a Lan's."""
    return look
