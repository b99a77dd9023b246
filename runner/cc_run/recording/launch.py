"""OBS as a program: started with the room's profile, asked to quit, and ended where it hangs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.language import _
from cc_run.recording.obs import ObsConnection, ObsGone
from cc_run.recording.process import age, is_alive, kill, muxer_of, running_obs, wait
from cc_run.recording.turn import is_trial, turn
from cc_run.settings.models import Obs

_START_SECONDS: Final = 30.0
_QUIT_SECONDS: Final = 10.0
# An INT within the first second of OBS's life is lost.
_SETTLE_SECONDS: Final = 1.5
# A muxer that outlives its OBS finishes the file, and meanwhile holds the port open.
_PORT_SECONDS: Final = 5.0


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
    if not wait(lambda: not _port_is_taken(obs), _PORT_SECONDS):
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
                "--disable-shutdown-check",  # OBS 30 and 31; others ignore it
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
    """Asks OBS to quit and waits, first for the end of a test; True if one was running.

    Raises:
        Refusal: it is recording.
        OutsideFailure: it does not quit.
    """
    if running_obs(obs) is None:
        return False
    with turn(obs):
        pid = running_obs(obs)
        if pid is not None:
            _quit(obs, pid)
    return True


def _quit(obs: Obs, pid: int) -> None:
    if _is_recording(obs, pid):
        raise Refusal(
            _("OBS is recording; it is not restarted now."),
            _("Try again after the recording."),
        )
    wait(lambda: age(pid) > _SETTLE_SECONDS, _SETTLE_SECONDS)
    os.kill(pid, signal.SIGINT)
    if not wait(lambda: not is_alive(pid), _QUIT_SECONDS):
        kill_obs(pid)


def kill_obs(pid: int) -> None:
    """Ends an OBS that hangs; what it has recorded is kept.

    Raises:
        OutsideFailure: it does not end.
    """
    if not kill(pid, _QUIT_SECONDS):
        raise OutsideFailure(
            _("OBS (process %(pid)s) does not end.") % {"pid": pid},
            _("Close it by hand, then run the same command again."),
        )


def _is_recording(obs: Obs, pid: int) -> bool:
    try:
        with ObsConnection(obs) as connection:
            status = connection.record_status()
            return status.active and not is_trial(status)
    except (ObsGone, Refusal, SettingsFault):
        # It hangs, is still starting, or has another password; but its muxer is to be seen.
        return muxer_of(pid) is not None


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
    """Whether OBS, which listens everywhere, could not listen on its port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", obs.port))
            probe.listen()
        except OSError:
            return True
    return False


def _forget_unclean_exit(config_dir: Path) -> None:
    """OBS 30 and later ask about a crash before the websocket is up; nobody would answer."""
    (config_dir / "safe_mode").unlink(missing_ok=True)
    for sentinel in config_dir.glob(".sentinel/run_*"):
        sentinel.unlink(missing_ok=True)
