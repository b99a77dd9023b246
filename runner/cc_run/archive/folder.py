"""A target that is a folder of this machine, or of a disk or share that is mounted there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.archive.copying import (
    Advance,
    Content,
    copy_file,
    copy_proven,
    part_of,
    read_back,
    settle,
    sync_folder,
    write_file,
)
from cc_run.archive.line import Line
from cc_run.errors import OutsideFailure
from cc_run.language import _

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


class FolderShelf:
    """The folder, there and writable."""

    renames = True
    keeps_parts = True

    def __init__(self, root: Path, line: Line) -> None:
        self._root, self._line = root, line
        self._tried: set[str] = set()

    def sizes(self, folder: str) -> dict[str, int]:
        """Every file below the folder."""
        top = self._root / folder
        return {
            path.relative_to(top).as_posix(): path.lstat().st_size
            for path in top.rglob("*")
            if not path.is_dir()
        }

    def read(self, name: str) -> bytes | None:
        """A small file."""
        path = self._root / name
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file, synced."""
        write_file(self._place(name), content)

    def send(self, source: Path, name: str, start: int, advance: Advance) -> Content:
        """Copies the file; a second try reads it back when all of it is written."""
        again = name in self._tried
        self._tried.add(name)
        part = part_of(self._place(name))
        return copy_proven(source, part, advance, start=start, following=not again, line=self._line)

    def settle(self, name: str, content: Content) -> None:
        """Renames what was sent."""
        settle(part_of(self._root / name), self._root / name)

    def drop(self, name: str) -> None:
        """Removes what was sent."""
        part_of(self._root / name).unlink(missing_ok=True)

    def check(self, name: str, advance: Advance) -> Content:
        """Reads the medium itself."""
        return read_back(self._root / name, advance)

    def fetch(self, name: str, destination: Path, advance: Advance) -> None:
        """Copies the file from here."""
        copy_file(self._root / name, destination, advance, self._line)

    def rename(self, old: str, new: str) -> None:
        """Renames a folder."""
        if (self._root / new).exists():
            shutil.rmtree(self._root / new)
        settle(self._root / old, self._root / new)

    def remove(self, names: Iterable[str]) -> None:
        """Removes files, and folders that are empty then."""
        for name in names:
            path = self._root / name
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self._root:
                    break
                try:
                    folder.rmdir()
                except OSError:
                    break  # something else is in it

    def sync(self, folder: str) -> None:
        """Brings the names in a folder and in all folders below it to disk."""
        top = self._root / folder
        for path in top.rglob("*"):
            if path.is_dir():
                sync_folder(path)
        sync_folder(top)

    def free_bytes(self) -> int | None:
        """How much this user can still write."""
        status = os.statvfs(self._root)
        return status.f_bavail * status.f_frsize

    def _place(self, name: str) -> Path:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@dataclass(frozen=True)
class Folder:
    """A folder that bags are copied into; ``mounted`` says that it lies on a mount.

    ``mbit_limit`` spares the way there, which may be a network's; 0: as fast as it goes.
    """

    name: str
    url: str
    root: Path
    mounted: bool = False
    mbit_limit: float = 0

    @contextmanager
    def open(self) -> Iterator[FolderShelf]:
        """Looks whether the folder is there and can be written, without changing anything.

        Raises:
            OutsideFailure: it is missing, not mounted, read-only, full, or fails.
        """
        try:
            self._require_ready()
            yield FolderShelf(self.root, Line(self.mbit_limit))
        except OSError as error:
            raise self.failure(error) from error

    def place(self, bag: str) -> str:
        """The bag's folder."""
        return str(self.root / bag)

    def failure(self, error: OSError) -> OutsideFailure:
        """What an operating system's error at this target means to an operator."""
        facts = {"target": self.name, "path": self.root, "reason": error.strerror or str(error)}
        if error.errno in FULL:
            return OutsideFailure(
                _("Archive target %(target)s is full.") % facts,
                _("Free space at %(path)s, then archive again; what has arrived is kept.") % facts,
            )
        if error.errno in _FORBIDDEN:
            return OutsideFailure(
                _("Archive target %(target)s cannot be written: %(reason)s") % facts,
                _("Give this user the right to write in %(path)s, then archive again.") % facts,
            )
        return OutsideFailure(
            _("Archive target %(target)s failed: %(reason)s") % facts,
            _("Check the disk or the network share at %(path)s, then archive again.") % facts,
        )

    def _require_ready(self) -> None:
        if self.mounted and not _is_on_a_mount(self.root):
            raise self._absent(_("The share of archive target %(target)s is not mounted: %(path)s"))
        if not self.root.is_dir():
            raise self._absent(_("Archive target %(target)s has no folder %(path)s."))
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _absent(self, message: str) -> OutsideFailure:
        facts = {"target": self.name, "path": self.root}
        return OutsideFailure(
            message % facts,
            _(
                "Connect the disk or mount the share at %(path)s, then archive again. For a new "
                "target on this machine: mkdir -p %(path)s"
            )
            % facts,
        )


def _is_on_a_mount(path: Path) -> bool:
    return any(place != place.parent and place.is_mount() for place in (path, *path.parents))
