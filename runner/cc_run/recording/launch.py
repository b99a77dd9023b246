"""OBS as a program: found, started with the room's profile, and asked to quit.

The process is known by its configuration folder, so that two rooms on one machine (a rehearsal
beside the real one) never touch each other's OBS.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.language import _
from cc_run.recording.obs import ObsConnection, ObsGone
from cc_run.settings.models import Obs

_START_SECONDS: Final = 30.0
_QUIT_SECONDS: Final = 10.0
# An INT within the first second of OBS's life is lost.
_SETTLE_SECONDS: Final = 1.5
_PROC: Final = Path("/proc")
# OBS writes its file through this program (the kernel keeps 15 letters of a name).
_MUXER: Final = "obs-ffmpeg-mux"


def running_obs(obs: Obs) -> int | None:
    """The process id of the OBS that uses this configuration; None where none runs."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and _is_ours(folder, obs.config_dir):
            return int(folder.name)
    return None


def ensure_obs(obs: Obs, log: Path) -> bool:
    """Has OBS running and answering; True if it had to be started.

    Raises:
        OutsideFailure: OBS is not installed, there is no display, or it never answers.
        SettingsFault: OBS refuses the password.
    """
    if running_obs(obs) is not None:
        _await_answer(obs, _START_SECONDS)
        return False
    if shutil.which("obs") is None:
        raise OutsideFailure(
            _("OBS Studio is not installed."), _("Install it: sudo apt-get install obs-studio")
        )
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise OutsideFailure(
            _("There is no display for OBS here."),
            _("Run this in the room's desktop session, not over a bare terminal."),
        )
    if _port_is_taken(obs):
        raise OutsideFailure(
            _("Port %(port)s, which OBS needs, is taken by another program.") % {"port": obs.port},
            _("Close that program (a second OBS?), or set obs_port to a free port."),
        )
    _forget_unclean_exit(obs.config_dir)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                "obs",
                "--multi",
                "--minimize-to-tray",
                "--disable-missing-files-check",
                "--profile",
                obs.profile,
                "--collection",
                obs.collection,
                "--scene",
                obs.scene,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            env={**os.environ, "XDG_CONFIG_HOME": str(obs.config_dir.parent)},
        )
    _await_answer(obs, _START_SECONDS, while_alive=process, log=log)
    return True


def quit_obs(obs: Obs) -> bool:
    """Asks OBS to quit and waits; True if one was running.

    Raises:
        Refusal: it is recording.
        OutsideFailure: it does not quit.
    """
    pid = running_obs(obs)
    if pid is None:
        return False
    if _is_recording(obs, pid):
        raise Refusal(
            _("OBS is recording; it is not restarted now."),
            _("Try again after the recording."),
        )
    _wait(lambda: _age(pid) > _SETTLE_SECONDS, _SETTLE_SECONDS)
    os.kill(pid, signal.SIGINT)
    if not _wait(lambda: not (_PROC / str(pid) / "exe").exists(), _QUIT_SECONDS):
        os.kill(pid, signal.SIGKILL)
        if not _wait(lambda: not (_PROC / str(pid) / "exe").exists(), _QUIT_SECONDS):
            raise OutsideFailure(
                _("OBS (process %(pid)s) does not end.") % {"pid": pid},
                _("Close it by hand, then run the same command again."),
            )
    return True


def _is_recording(obs: Obs, pid: int) -> bool:
    try:
        with ObsConnection(obs) as connection:
            return connection.record_status().active
    except (ObsGone, Refusal, SettingsFault):
        # It hangs, is still starting, or has another password; but its muxer is to be seen.
        return any(_is_muxer_of(pid, folder) for folder in _PROC.iterdir())


def _is_muxer_of(pid: int, folder: Path) -> bool:
    name, parent = _name_and_parent(folder)
    # Between the two there is a shell.
    return name == _MUXER and pid in (parent, _name_and_parent(_PROC / str(parent))[1])


def _name_and_parent(folder: Path) -> tuple[str, int]:
    try:
        head, _bracket, fields = (folder / "stat").read_text().rpartition(")")
    except OSError:
        return "", 0
    return head.partition("(")[2], int(fields.split()[1])


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


def _await_answer(
    obs: Obs,
    seconds: float,
    *,
    while_alive: subprocess.Popen[bytes] | None = None,
    log: Path | None = None,
) -> None:
    ended = time.monotonic() + seconds
    while True:
        try:
            with ObsConnection(obs) as connection:
                connection.version()
                return
        except (ObsGone, Refusal) as error:  # Refusal: OBS is not ready to answer yet
            if while_alive is not None and while_alive.poll() is not None:
                raise OutsideFailure(
                    _("OBS ended as soon as it was started."),
                    _("Its own words are in %(log)s.") % {"log": log},
                ) from error
            if time.monotonic() > ended:
                raise OutsideFailure(
                    _("OBS runs but does not answer on port %(port)s.") % {"port": obs.port},
                    _("Look at the OBS window: a dialog may wait for an answer there."),
                ) from error
            time.sleep(0.1)


def _port_is_taken(obs: Obs) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((obs.host, obs.port)) == 0


def _forget_unclean_exit(config_dir: Path) -> None:
    """OBS 30 and later ask about a crash before the websocket is up; nobody would answer."""
    (config_dir / "safe_mode").unlink(missing_ok=True)
    for sentinel in config_dir.glob(".sentinel/run_*"):
        sentinel.unlink(missing_ok=True)


def _age(pid: int) -> float:
    try:
        ticks = int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19])
        uptime = float((_PROC / "uptime").read_text().split()[0])
    except OSError:
        return _SETTLE_SECONDS * 2
    return uptime - ticks / os.sysconf("SC_CLK_TCK")


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    ended = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ended:
            return condition()
        time.sleep(0.05)
    return True
