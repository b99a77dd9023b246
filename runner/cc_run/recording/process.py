"""OBS and its muxer as processes: found, looked at, and ended.

OBS is known by its configuration folder, so that two rooms on one machine (a rehearsal beside the
real one) never touch each other's.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cc_run.settings.models import Obs

_PROC: Final = Path("/proc")
# OBS writes its file through this program (the kernel keeps 15 letters of a name).
_MUXER: Final = "obs-ffmpeg-mux"
_PARENT, _STARTED = 1, 19  # fields of /proc/PID/stat, counted after the name


def running_obs(obs: Obs) -> int | None:
    """The process id of the OBS that uses this configuration; None where none runs."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and _is_ours(folder, obs.config_dir):
            return int(folder.name)
    return None


def muxer_of(pid: int) -> int | None:
    """The process id of the program that writes this OBS's file; None where it writes none."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and _is_muxer_of(pid, int(folder.name)):
            return int(folder.name)
    return None


def is_held(pid: int) -> bool:
    """Whether the process was stopped (SIGSTOP) and does nothing."""
    return _state(pid) in ("T", "t")


def is_alive(pid: int) -> bool:
    """Whether the process is still there and not only waited for."""
    return _state(pid) not in ("", "Z", "X")


def age(pid: int) -> float:
    """Seconds since the process was started; infinite where there is none."""
    fields = _fields(pid)
    if not fields:
        return float("inf")
    uptime = float((_PROC / "uptime").read_text().split()[0])
    return uptime - int(fields[_STARTED]) / os.sysconf("SC_CLK_TCK")


def kill(pid: int, seconds: float) -> bool:
    """Ends the process at once; whether it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return wait(lambda: not is_alive(pid), seconds)


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for the condition, at most so long; whether it came."""
    ended = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ended:
            return condition()
        select.select([], [], [], 0.02)  # a sleep that also lasts under libfaketime
    return True


def _is_muxer_of(pid: int, candidate: int) -> bool:
    try:
        name = (_PROC / str(candidate) / "comm").read_text().strip()
    except OSError:
        return False
    # Between the two there is a shell.
    parent = _parent(candidate)
    return name == _MUXER and pid in (parent, _parent(parent)) and is_alive(candidate)


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[_PARENT]) if fields else 0


def _state(pid: int) -> str:
    fields = _fields(pid)
    return fields[0] if fields else ""


def _fields(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` from the state on; none where there is no such process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def _is_ours(folder: Path, config_dir: Path) -> bool:
    try:
        if folder.stat().st_uid != os.getuid():
            return False
        if (folder / "exe").readlink().name != "obs":
            return False
        variables = dict(
            item.split("=", 1)
            for item in (folder / "environ").read_text(errors="replace").split("\0")
            if "=" in item
        )
    except OSError:
        return False
    home = Path(variables.get("HOME", str(Path("~").expanduser())))
    config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    return config / "obs-studio" == config_dir
