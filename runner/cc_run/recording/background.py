"""Programs that work behind: they give way to OBS and to people, and end when this one does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.processes import tied

# A tenth of what OBS gets where both want the processor, and the disk after everybody else.
_GENTLY: Final = ("nice", "-n", "10", "ionice", "-c", "2", "-n", "7")
PutOff = Callable[[], bool]


class LeftForLater(Exception):
    """A person does not want to wait now."""


def never() -> bool:
    """Nobody puts it off."""
    return False


@contextmanager
def behind(
    arguments: Sequence[str], complaints: IO[bytes], stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A program at low priority while the block lasts; its standard error goes to a file.

    Raises:
        OutsideFailure: ffmpeg, whose programs these are, is not installed.
    """
    if shutil.which(arguments[0]) is None:
        raise OutsideFailure(
            _("The program %(program)s is not installed.") % {"program": arguments[0]},
            _("Install it: sudo apt-get install %(package)s") % {"package": "ffmpeg"},
        )
    with subprocess.Popen(
        tied([*_GENTLY, *arguments]),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=complaints,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
