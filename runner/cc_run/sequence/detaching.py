"""A recording in the background: a service of the user's manager, else a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run import sop
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.journal.entry import STEP_FAILED
from cc_run.language import _
from cc_run.recording.segments import SEGMENT_STARTED
from cc_run.workspace import Workspace

_PATIENCE: Final = 60.0
# What a program needs to find the room, the desktop and its sound.
_HANDED_ON: Final = (
    *("CC_", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_", "PULSE_", "PIPEWIRE_"),
    *("DBUS_SESSION_BUS_ADDRESS", "HOME", "PATH", "LANG", "LC_", "LANGUAGE", "PYTHONPATH"),
    *("ANSIBLE_", "GDK_", "QT_"),
)


@dataclass(frozen=True)
class Detached:
    """How the recording runs, in words, and where its output goes."""

    how: str
    log: Path


def detach_recording(workspace: Workspace, event: Event, arguments: Sequence[str]) -> Detached:
    """Starts ``cc-run`` with the arguments, without ``--detach``, and waits until it records.

    Raises:
        OutsideFailure: it ended at once; its own words are told.
    """
    log = workspace.state_dir / "logs" / f"record-{event.id}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    program = [sys.executable, "-m", "cc_run.cli"]
    program += [argument for argument in arguments if argument != "--detach"]
    before = _newest(workspace, event)
    if _has_user_manager():
        # A name of its own each time: the one before stays loaded as long as its OBS runs.
        unit = f"cc-run-record-{event.id}-{before}"
        _as_service(program, unit, log)
        started = Detached(_("the service %(unit)s") % {"unit": unit}, log)
        alive = None
    else:
        alive = _as_process(program, log)
        words = {"pid": alive.pid}
        how = _("process %(pid)s, for this login has no service manager") % words
        started = Detached(how, log)
    _await_start(workspace, event, before, log, alive)
    return started


def _as_service(program: Sequence[str], unit: str, log: Path) -> None:
    names = [name for name in os.environ if name.startswith(_HANDED_ON)]
    command = [
        *("systemd-run", "--user", "--collect", "--quiet", f"--unit={unit}"),
        # OBS is started by the service and must outlive it.
        *("--property=KillMode=process", "--property=KillSignal=SIGINT"),
        *(f"--property=Standard{stream}=append:{log}" for stream in ("Output", "Error")),
        *(f"--setenv={name}" for name in names),
        *("--working-directory=/", "--", *program),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OutsideFailure(
            _("The service could not be started: %(reason)s") % {"reason": done.stderr.strip()},
            _("Record in a terminal, without --detach."),
        )


def _as_process(program: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )


def _has_user_manager() -> bool:
    try:
        asked = subprocess.run(
            ["systemctl", "--user", "is-system-running"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.stdout.strip() in ("running", "degraded", "starting", "initializing")


def _newest(workspace: Workspace, event: Event) -> int:
    entries = workspace.journal.entries(event.id)
    return entries[-1].number if entries else 0


def _await_start(
    workspace: Workspace,
    event: Event,
    before: int,
    log: Path,
    process: subprocess.Popen[bytes] | None,
) -> None:
    """Waits until the journal tells that it records, or that it does not."""
    ended = time.monotonic() + _PATIENCE
    while time.monotonic() < ended:
        entries = workspace.journal.entries(event.id)
        new = [entry for entry in entries if entry.number > before and entry.step == sop.RECORD]
        kinds = {entry.kind for entry in new}
        if SEGMENT_STARTED in kinds or kinds & _TAKEN_OVER:
            return
        if STEP_FAILED in kinds or (process is not None and process.poll() is not None):
            break
        time.sleep(0.2)
    words = log.read_text(errors="replace").strip().splitlines()[-2:]
    raise OutsideFailure(
        _("The recording did not start: %(words)s") % {"words": " ".join(words)},
        _("All that it said is in %(log)s.") % {"log": log},
    )


_TAKEN_OVER: Final = frozenset({"recording.proven", "recording.unproven"})
