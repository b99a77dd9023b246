"""Whose turn it is: one program at a time starts a recording in OBS, tests one, or has OBS quit.

The lock lies on OBS's folder for recordings itself: nothing is left of it, and it ends with whoever
holds it. A test recording goes to a hidden folder in there, which tells it from all others.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cc_run.recording.obs import RecordStatus
from cc_run.recording.process import wait
from cc_run.settings.models import Obs

TRIAL: Final = ".cc-run-trial-"
# A test lasts a few seconds; before an OBS that hangs, longer than anybody should wait.
_SECONDS: Final = 20.0


def is_trial(status: RecordStatus) -> bool:
    """Whether what OBS records is a test."""
    return status.active and status.file is not None and status.file.parent.name.startswith(TRIAL)


@contextmanager
def turn(
    obs: Obs,
    *,
    given_up: Callable[[], bool] = lambda: False,
    on_waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Waits until no other program starts or tests a recording, and holds others off meanwhile.

    Args:
        obs: The OBS.
        given_up: Whether to go on without waiting any longer.
        on_waiting: Called once where there is something to wait for.

    After twenty seconds it goes on all the same: what OBS records is to be looked at anyway.
    """
    try:
        folder = os.open(obs.record_dir, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield  # nobody can record there
        return
    try:
        if not _is_taken(folder):
            on_waiting()
            wait(lambda: _is_taken(folder) or given_up(), _SECONDS)
        yield
    finally:
        os.close(folder)


def _is_taken(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # some network file systems have no such locks
    return True
