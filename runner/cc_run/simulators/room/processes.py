"""The programs of a simulated room: started on a leash, waited for, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from cc_run.errors import OutsideFailure
from cc_run.language import _

LEASH: Final = Path(__file__).with_name("leash.py")
Answer = TypeVar("Answer")

_POLL_SECONDS: Final = 0.01
_GRACE_SECONDS: Final = 3.0


def leashed(program: Sequence[str], *, sweep: Path | None = None) -> list[str]:
    """The command line that runs ``program`` and ends it when this process ends, however it ends.

    Args:
        program: The program and its arguments.
        sweep: A folder to remove if this process ends first.
    """
    options = [] if sweep is None else ["--sweep", str(sweep)]
    return [sys.executable, "-IS", str(LEASH), str(os.getpid()), *options, "--", *program]


@contextmanager
def running(
    program: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    sweep: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program in a session of its own for as long as the block lasts.

    Args:
        program: The program and its arguments.
        environment: The program's whole environment.
        log: Where its standard output and error go.
        sweep: A folder to remove if this process ends first.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            leashed(program, sweep=sweep),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            process.wait()


def wait_until(
    answer: Callable[[], Answer],
    process: subprocess.Popen[bytes],
    *,
    name: str,
    log: Path,
    seconds: float = 20.0,
) -> Answer:
    """Asks until there is an answer that is true, while ``process`` lives.

    Args:
        answer: The question; an empty or false answer means "not yet".
        process: The program that is being started.
        name: The program's name, for the error.
        log: The program's output, whose end the error shows.
        seconds: How long to ask.

    Raises:
        OutsideFailure: The program ended, or the time is over.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := answer():
            return found
        if process.poll() is not None:
            break
        time.sleep(_POLL_SECONDS)
    last_words = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise OutsideFailure(
        _("The simulated room could not start %(program)s: %(words)s")
        % {"program": name, "words": " / ".join(last_words) or _("it said nothing")},
        _("Read %(log)s.") % {"log": log},
    )
