"""Which programs have the camera's node open, as /proc tells it of those that we may look at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """A program that has a file open."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


def holders(node: str) -> list[Holder]:
    """The programs other than this one that have the node open, by their number.

    Programs of another user are not seen, except by root.
    """
    wanted = Path(node).stat()
    found = []
    for process in _PROC.glob("[0-9]*"):
        pid = int(process.name)
        if pid != os.getpid() and any(os.path.samestat(wanted, one) for one in _files(process)):
            found.append(Holder(pid, _name(process)))
    return sorted(found, key=lambda holder: holder.pid)


def _files(process: Path) -> Iterator[os.stat_result]:
    try:
        entries = list((process / "fd").iterdir())
    except OSError:  # it has ended, or is another user's
        return
    for entry in entries:
        with contextlib.suppress(OSError):
            yield entry.stat()


def _name(process: Path) -> str:
    with contextlib.suppress(OSError):
        return (process / "comm").read_text().strip()
    return "?"
