"""Paths as values: what lies at a path now, and what should lie there.

`Disk` is the real one. `PlannedDisk` answers as the real one would after the writes it was
given, without making them: that is how check mode foresees a run in which one item builds on
another.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLLOWED_LINKS = 20


@dataclass(frozen=True)
class Entry:
    """What lies at a path: ``kind`` is "file", "directory", "link" or "other"."""

    kind: str
    mode: int
    uid: int
    gid: int
    content: bytes = b""
    target: str = ""


@dataclass(frozen=True)
class Write:
    """A path and what should lie there afterwards; None for nothing."""

    path: Path
    entry: Entry | None


class Disk:
    """The file system of this machine."""

    is_planned = False

    def look(self, path: Path) -> Entry | None:
        """What lies at the path itself (a link there is not followed), or None."""
        return self._look(self._place(path))

    def write(self, write: Write) -> None:
        """Makes it so, with the folders on the way; a reader sees the old or the new, whole."""
        place = self._place(write.path)
        if write.entry is not None:
            for folder in reversed(place.parents):
                self._need_folder(folder, write.entry)
        self._put(place, write.entry)

    def _place(self, path: Path) -> Path:
        """The path without links on the way, of which the planned disk has its own."""
        place, names, followed = Path("/"), list(path.parts[1:-1]), 0
        while names:
            name = names.pop(0)
            found = self._look(place / name)
            if name == "..":
                place = place.parent
            elif found is None or found.kind != "link":
                place /= name
            elif followed == FOLLOWED_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            else:
                followed += 1
                target = Path(found.target)
                names = [*target.parts[1 if target.is_absolute() else 0 :], *names]
                place = Path("/") if target.is_absolute() else place
        return place / path.name

    def _need_folder(self, folder: Path, below: Entry) -> None:
        found = self._look(folder)
        if found is None:
            self._put(folder, Entry("directory", _folder_mode(below), below.uid, below.gid))
        elif found.kind != "directory":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))

    def _look(self, place: Path) -> Entry | None:
        try:
            status = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
        if stat.S_ISLNK(status.st_mode):
            return Entry("link", mode, *owner, target=str(place.readlink()))
        if stat.S_ISDIR(status.st_mode):
            return Entry("directory", mode, *owner)
        if stat.S_ISREG(status.st_mode):
            return Entry("file", mode, *owner, content=place.read_bytes())
        return Entry("other", mode, *owner)

    def _put(self, place: Path, entry: Entry | None) -> None:
        found = self._look(place)
        if entry is None:
            _remove(place, found)
        elif entry.kind == "directory":
            if found is None:
                place.mkdir(mode=0o700, exist_ok=True)
            _set_access(place, entry)
        elif entry.kind == "link":
            _replace_link(place, entry)
        elif found is not None and (found.kind, found.content) == ("file", entry.content):
            _set_access(place, entry)
        else:
            _replace_file(place, entry)


class PlannedDisk(Disk):
    """The real disk, with writes on top of it that are only remembered."""

    is_planned = True

    def __init__(self) -> None:
        self._planned: dict[Path, Entry | None] = {}
        self._removed: set[Path] = set()

    def _look(self, place: Path) -> Entry | None:
        if place in self._planned:
            return self._planned[place]
        for folder in place.parents:
            planned = self._planned.get(folder)
            if folder in self._removed or (planned is not None and planned.kind != "directory"):
                return None
        return super()._look(place)

    def _put(self, place: Path, entry: Entry | None) -> None:
        if entry is None:
            self._removed.add(place)
            for below in [path for path in self._planned if place in path.parents]:
                del self._planned[below]
        self._planned[place] = entry


def _folder_mode(entry: Entry) -> int:
    """A folder made on the way to something private is private too."""
    return 0o755 if entry.kind == "link" or entry.mode & 0o077 else 0o700


def _set_access(path: Path, entry: Entry) -> None:
    status = path.stat()
    if (status.st_uid, status.st_gid) != (entry.uid, entry.gid):
        os.chown(path, entry.uid, entry.gid)
    # chown clears setuid and setgid, so the mode comes after it.
    if stat.S_IMODE(path.stat().st_mode) != entry.mode:
        path.chmod(entry.mode)


def _replace_file(path: Path, entry: Entry) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:200]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(entry.content)
            _set_access(temporary, entry)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _replace_link(path: Path, entry: Entry) -> None:
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name[:200]}.", dir=path.parent))
    try:
        temporary = folder / "link"
        temporary.symlink_to(entry.target)
        os.chown(temporary, entry.uid, entry.gid, follow_symlinks=False)
        temporary.replace(path)
    finally:
        shutil.rmtree(folder)
    _sync_folder(path.parent)


def _remove(path: Path, found: Entry | None) -> None:
    if found is None:
        return
    if found.kind == "directory":
        shutil.rmtree(path)
    else:
        path.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
