"""Runs the programs that know the state of a Debian machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .faults import N_, StateError


def run(item: str, command: Sequence[str], *, timeout: float) -> subprocess.CompletedProcess[str]:
    """The finished program, whatever its exit code; its messages are in English.

    Raises:
        StateError: it is not installed, or took longer than `timeout` seconds.
    """
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise StateError(
            item,
            N_("The program %(program)s is not installed."),
            N_("These roles are made for Debian with systemd."),
            program=command[0],
        ) from error
    except subprocess.TimeoutExpired as error:
        raise StateError(
            item,
            N_("%(program)s did not finish within %(seconds)s seconds."),
            program=command[0],
            seconds=timeout,
        ) from error


def is_open(item: str, program: str) -> bool:
    """Whether a program runs, by its name or path; anybody's counts."""
    name = Path(program).name[:15]  # the kernel knows no more of it
    done = run(item, ["pgrep", "--exact", "--", name], timeout=10.0)
    if done.returncode > 1:
        raise StateError(item, N_("%(command)s failed: %(reason)s"), command="pgrep", reason=name)
    return done.returncode == 0


def require(
    item: str, command: Sequence[str], *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Like `run`, for a program that has to succeed.

    Raises:
        StateError: it did not; with the last line that it wrote.
    """
    done = run(item, command, timeout=timeout)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        raise StateError(
            item,
            N_("%(command)s failed: %(reason)s"),
            command=" ".join(command),
            reason=said.splitlines()[-1],
        )
    return done
