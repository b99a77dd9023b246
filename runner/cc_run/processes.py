"""Running programs for probes: bounded in time, in a process group that can be ended whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _

_DYING_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Outcome:
    """How a program ended and what it said."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Its standard output."""
        return self.stdout.decode(errors="replace")

    @property
    def complaint(self) -> str:
        """The last line of its standard error."""
        lines = self.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def tied(arguments: Sequence[str]) -> list[str]:
    """The command line of a program that is killed when this one is, however that happens."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *arguments]


async def run_program(
    arguments: Sequence[str], *, package: str, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Runs a program to its end; a cancelled one is killed with everything that it started.

    Raises:
        OutsideFailure: the program is not installed; ``package`` is Debian's name for it.
    """
    if shutil.which(arguments[0]) is None:
        raise OutsideFailure(
            _("The program %(program)s is not installed.") % {"program": arguments[0]},
            _("Install it: sudo apt-get install %(package)s") % {"package": package},
        )
    process = await asyncio.create_subprocess_exec(
        *tied(arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=None if environment is None else dict(environment),
        start_new_session=True,
    )
    try:
        stdout, stderr = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # One that a device holds inside the kernel does not even die: it is left to itself.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), _DYING_SECONDS)
        raise
    return Outcome(process.returncode or 0, stdout, stderr)
