"""``cc-run prepare`` that is interrupted or killed in mid-playbook, and what is left of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from cc_run import content

SECRETS = {
    "cc_zoom_client_secret": "rahasia-zoom-7Hq2",
    "obs_password": "rahasia-obs-9Xw4",
    "mipp_password": "rahasia-mipp-3Lk8",
}
VAULT_PASSWORD = "pembuka-brankas-5Td1"
PATIENCE = 60.0


@dataclass(frozen=True)
class Site:
    """A room whose wall takes the call and keeps silent, so that the playbook waits there.

    Attributes:
        folder: All that the program may write to is in here, but for memory's own.
        wall: Where the wall takes calls.
    """

    folder: Path
    office: Any
    wall: socket.socket

    def at_the_wall(self) -> bool:
        """Whether the playbook has called the wall."""
        try:
            self.wall.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def processes(self) -> dict[int, bytes]:
        """What was started in this room and still runs: command line and environment."""
        mark, found = str(self.folder).encode(), {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if mark in told and int(process.name) != os.getpid():
                found[int(process.name)] = told
        return found

    def plays(self) -> bool:
        return any(b"ansible-playbook\0" in told for told in self.processes().values())

    def kept(self) -> list[Path]:
        """All files that the program could have written, and memory's of any run."""
        given = {self.folder / "inventory", self.folder / "vault-password"}
        places = [place for place in self.folder.iterdir() if place not in given]
        places += Path("/dev/shm").glob("cc-run-play-*")
        return [path for place in places for path in place.rglob("*") if path.is_file()]

    def left_in_memory(self) -> list[Path]:
        return list((self.folder / "run").glob("cc-run-*"))

    def with_secrets(self) -> list[Path]:
        """The files in which one stands in the clear, but for the one that OBS reads it from."""
        words = [word.encode() for word in (*SECRETS.values(), VAULT_PASSWORD)]
        found = [path for path in self.kept() if _has(path, words)]
        own = [path for path in found if path.match("obs-studio/global.ini")]
        assert all(path.stat().st_mode & 0o077 == 0 for path in own)
        return [path for path in found if path not in own]


def _has(path: Path, words: list[bytes]) -> bool:
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return any(word in text for word in words)


@pytest.fixture
def site(office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    inventory = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "rehearsal", inventory)
    plain = inventory / "group_vars/all.yml"
    kept = [line for line in plain.read_text().splitlines(True) if _key(line) not in SECRETS]
    (inventory / "group_vars/all").mkdir()
    (inventory / "group_vars/all/main.yml").write_text("".join(kept) + "tv_wall_timeout: 20\n")
    plain.unlink()
    text = "".join(f"{name}: {value}\n" for name, value in SECRETS.items())
    locked = VaultLib().encrypt(text, VaultSecret(VAULT_PASSWORD.encode()))
    (inventory / "group_vars/all/vault.yml").write_bytes(locked)
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    for name in ("run", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    with socket.socket() as wall:
        wall.bind(("127.0.0.1", 0))
        wall.listen()
        wall.setblocking(False)
        values = {
            "CC_RUN_INVENTORY": inventory,
            "CC_RUN_VAULT_PASSWORD_FILE": tmp_path / "vault-password",
            "CC_REHEARSAL_WALL_PORT": wall.getsockname()[1],
            "XDG_RUNTIME_DIR": tmp_path / "run",
            "TMPDIR": tmp_path / "tmp",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))
        office.add()
        yield Site(tmp_path, office, wall)


def _key(line: str) -> str:
    return line.partition(":")[0]


@contextmanager
def preparing(*words: str) -> Iterator[subprocess.Popen[str]]:
    """``cc-run prepare`` as from a terminal: in a group of its own, with Ctrl-C in force."""
    command = ["env", "--default-signal=INT", sys.executable, "-m", "cc_run.cli", "prepare"]
    with subprocess.Popen(
        [*command, "--event", "VC-0001", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait(condition: Callable[[], object]) -> None:
    ended = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ended, "it never came to this"
        time.sleep(0.02)


@pytest.mark.parametrize("moment", ["plays", "at_the_wall"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_was_cut_off(
    site: Site, how: signal.Signals, moment: str
) -> None:
    with preparing() as run:
        _wait(getattr(site, moment))
        words = [word.encode() for word in (*SECRETS.values(), VAULT_PASSWORD)]
        assert not any(word in told for told in site.processes().values() for word in words)
        os.killpg(run.pid, how)
        _out, said = run.communicate(timeout=PATIENCE)
    assert run.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    if how == signal.SIGINT:
        assert "Interrupted; run the same command again to go on." in said
        assert site.left_in_memory() == []
    _wait(lambda: not site.processes())
    assert site.with_secrets() == []

    site.wall.close()  # now nobody is there, which is told at once
    with preparing("--json") as again:
        out, said = again.communicate(timeout=PATIENCE)
    assert (again.returncode, json.loads(out)["verdict"]) == (1, "not ready"), said
    assert site.office.journal_is_whole()
    assert site.processes() == {}
    assert site.left_in_memory() == []
    assert list((site.folder / "tmp").iterdir()) == []
    assert site.with_secrets() == []
    assert list((site.folder / "home/.ansible/tmp").iterdir()) == []
