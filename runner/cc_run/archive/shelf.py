"""What the archive asks of a target, wherever it is: a folder, a server, a bucket.

Names are relative to the target's root, with slashes. Until a file is settled it has a hidden
name there, or none; whoever looks at a bag under its own name sees whole files only.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Protocol

from cc_run.archive.copying import Advance, Content


class Shelf(Protocol):
    """A target that is connected; what goes wrong is explained where it was opened.

    Attributes:
        renames: Whether a folder there can be given another name at once.
        keeps_parts: Whether what an interrupted ``send`` has left can be gone on with.
    """

    renames: bool
    keeps_parts: bool

    def sizes(self, folder: str) -> dict[str, int]:
        """Every file below the folder, by its name relative to it; empty where there is none."""

    def read(self, name: str) -> bytes | None:
        """A small file, or None where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file whole or not at all."""

    def send(self, source: Path, name: str, start: int, advance: Advance) -> Content:
        """Brings a file there, not yet under its name, from byte ``start`` on.

        Tells what the target then holds, all of it, by the strongest means that it has;
        ``advance`` hears of twice the size, for what is sent and for what is proven.
        """

    def settle(self, name: str, content: Content) -> None:
        """Gives what was sent its name, for good."""

    def drop(self, name: str) -> None:
        """Forgets what was sent."""

    def check(self, name: str, advance: Advance) -> Content:
        """Reads a file there, past caches where that can be."""

    def fetch(self, name: str, destination: Path, advance: Advance) -> None:
        """Brings a file to this machine, synced."""

    def rename(self, old: str, new: str) -> None:
        """Gives a folder another name, for good; a folder of that name gives way."""

    def remove(self, names: Iterable[str]) -> None:
        """Removes files, and folders that are empty then."""

    def sync(self, folder: str) -> None:
        """Brings the names below a folder to disk."""

    def free_bytes(self) -> int | None:
        """How much can still be written there; None where nobody tells."""


class Target(Protocol):
    """A place that bags are copied to."""

    @property
    def name(self) -> str:
        """The office's own name of it."""

    @property
    def url(self) -> str:
        """Where it is, without a user or a password."""

    def open(self) -> AbstractContextManager[Shelf]:
        """Connects; every failure from here to the end comes out as one of this target.

        Raises:
            OutsideFailure: it is away, full, read-only, or refuses.
        """

    def place(self, bag: str) -> str:
        """Where a bag is, for people."""


def unfinished(name: str) -> str:
    """The hidden name that something has until it is whole."""
    path = PurePosixPath(name)
    return str(path.with_name(f".{path.name}.part"))
