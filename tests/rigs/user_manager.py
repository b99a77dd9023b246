"""A service manager of the user's, as a desktop session has one: a real one, on a machine without.

What it needs of a booted system is made for it alone: a folder in a mount namespace, by which it
knows that systemd is there, and a control group.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path("/lib/systemd/systemd")
ALONE = """
for group; do mkdir -p "$group" && echo $$ > "$group/cgroup.procs" || exit; done
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system || exit
exec "$PROGRAM" --user
"""
SECONDS = 30


@contextmanager
def user_manager(environment: Mapping[str, str], log: Path) -> Iterator[tuple[str, ...]]:
    """Yields the words before a command that is to find the manager; it ends with the block.

    Args:
        environment: The session's; the manager answers in its XDG_RUNTIME_DIR.
        log: Where the manager's own words go.
    """
    assert os.geteuid() == 0, "Only root can make a namespace and a control group: run it as root."
    assert PROGRAM.exists() and shutil.which("systemd-run"), "The Debian package systemd is missing"
    groups = [top / f"cc-run-test-{os.getpid()}" for top in _hierarchies()]
    with log.open("w") as output:
        process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", ALONE, "sh", *map(str, groups)],
            env={**environment, "PROGRAM": str(PROGRAM)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        socket = Path(environment["XDG_RUNTIME_DIR"], "systemd/private")
        _wait(lambda: process.poll() is not None or socket.is_socket(), "the manager answers")
        assert process.poll() is None, log.read_text()
        yield ("nsenter", f"--mount=/proc/{process.pid}/ns/mnt", "--")
    finally:
        process.terminate()
        process.wait(SECONDS)
        for group in groups:
            _wait(lambda group=group: _removed(group), f"{group} is empty")


def _hierarchies() -> list[Path]:
    top = Path("/sys/fs/cgroup")
    return [path for path in (top / "systemd", top / "unified") if path.is_dir()] or [top]


def _removed(group: Path) -> bool:
    """Whether the group is gone; its last processes may take a moment to end."""
    for path in sorted(group.rglob("*/"), reverse=True):
        _rmdir(path)
    return _rmdir(group)


def _rmdir(path: Path) -> bool:
    try:
        path.rmdir()
    except OSError:
        return not path.exists()
    return True


def _wait(holds, what: str) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {SECONDS} s"
        time.sleep(0.05)
