"""Copies a file and reads it back from the medium while it is still being written.

The kernel copies; a thread follows behind it and reads, past the page cache, what the disk gives
back. Nothing counts as written before it is synced.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cc_run.archive.line import Line
from cc_run.language import N_

# Called with the number of bytes that have been worked on since the last call.
Advance = Callable[[int], None]

BLOCK: Final = 1 << 20
_STRIDE: Final = 8 << 20  # how much the kernel copies between two reports
_GULP: Final = 4 << 20  # how much is read back at a time
_LAG: Final = 32 << 20  # how far the reader stays behind: the disk needs a moment to write
_DIRECTLY: Final = N_("read back, O_DIRECT, sha256")
_FORGOTTEN: Final = N_("read back, posix_fadvise, sha256")
# What file systems answer where they cannot copy inside the kernel, or cannot read directly.
_UNABLE: Final = {
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.ENOTTY,
}


@dataclass(frozen=True)
class Content:
    """A file's size and SHA-256 (hex); ``means`` tells how it was read."""

    bytes: int
    sha256: str
    means: str


def quietly(_count: int) -> None:
    """An ``Advance`` that tells nobody."""


def copy_proven(
    source: Path,
    part: Path,
    advance: Advance,
    *,
    start: int = 0,
    following: bool = True,
    line: Line | None = None,
) -> Content:
    """Writes ``source`` to ``part``, synced, and gives what the medium gave back of it.

    Args:
        source: What is copied.
        part: Where to; what is there before ``start`` is kept, and read back with the rest.
        advance: Told of twice the size: what is written, and what is read back.
        start: From which byte on.
        following: Whether to read back while the rest is being written.
        line: The way to the part, where it may not be used up.

    Raises:
        OSError: the source cannot be read, or the part cannot be written or read.
    """
    flags = os.O_WRONLY | os.O_CREAT
    with (
        source.open("rb", buffering=0) as reading,
        os.fdopen(os.open(part, flags, 0o666), "wb", buffering=0) as writing,
    ):
        stamp = os.fstat(reading.fileno())
        start -= start % BLOCK
        start = min(start, os.fstat(writing.fileno()).st_size, stamp.st_size)
        os.ftruncate(writing.fileno(), start)
        advance(start)
        pouring = _Pouring(reading.fileno(), writing.fileno(), advance, line or Line())
        if following:
            content = _pour_and_follow(pouring, part, start)
        else:
            content = None
            pouring.run(start)
            os.fsync(writing.fileno())
        # Not every share keeps times; the copy is as good without.
        with contextlib.suppress(OSError):
            os.utime(writing.fileno(), ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    return read_back(part, advance) if content is None else content


def copy_file(source: Path, destination: Path, advance: Advance, line: Line | None = None) -> None:
    """Writes ``source`` to ``destination``, synced.

    Raises:
        OSError: the source cannot be read, or the destination cannot be written.
    """
    with (
        source.open("rb", buffering=0) as reading,
        destination.open("wb", buffering=0) as writing,
    ):
        _Pouring(reading.fileno(), writing.fileno(), advance, line or Line()).run(0)
        os.fsync(writing.fileno())


def hash_file(path: Path, advance: Advance) -> Content:
    """The file's content as it is now, by way of the page cache."""
    with path.open("rb", buffering=0) as stream:
        return _hashed(stream.fileno(), advance, "page cache")


def read_back(path: Path, advance: Advance) -> Content:
    """What the medium gives back: ``O_DIRECT``, else after asking the kernel to forget the file.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with _direct(path) as descriptor:
            return _hashed(descriptor, advance, _DIRECTLY)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    with path.open("rb", buffering=0) as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return _hashed(stream.fileno(), advance, _FORGOTTEN)


def sync_folder(folder: Path) -> None:
    """Brings the folder's names to disk; a share that cannot sync folders does so by itself."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    finally:
        os.close(descriptor)


def settle(part: Path, final: Path) -> None:
    """Gives a synced file or folder its final name, for good."""
    part.replace(final)
    sync_folder(final.parent)


def write_file(path: Path, content: bytes) -> None:
    """Writes a small file whole or not at all."""
    part = part_of(path)
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    settle(part, path)


def part_of(path: Path) -> Path:
    """The hidden name that something has until it is whole."""
    return path.with_name(f".{path.name}.part")


class _Trail:
    """How far a file has been written, for whoever reads behind."""

    def __init__(self, written: int) -> None:
        self._written = written
        self._ended = self._broken = False
        self._news = threading.Condition()

    def wrote(self, written: int) -> None:
        with self._news:
            self._written = written
            self._news.notify()

    def end(self, *, broken: bool = False) -> None:
        with self._news:
            self._ended, self._broken = True, broken
            self._news.notify()

    def limit(self, position: int) -> tuple[int, bool]:
        """How far may be read, and whether that is all; waits until it is worth the while.

        Raises:
            InterruptedError: nothing more is written.
        """
        with self._news:
            self._news.wait_for(lambda: self._ended or self._written - position > _LAG)
            if self._broken:
                raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))
            whole = self._written - self._written % BLOCK
            return (self._written, True) if self._ended else (whole, False)


def _pour_and_follow(pouring: _Pouring, part: Path, start: int) -> Content | None:
    trail = _Trail(start)
    with ThreadPoolExecutor(1) as aside:
        behind = aside.submit(_follow, part, trail, pouring.advance)
        broken = True
        try:
            pouring.run(start, trail.wrote)
            os.fsync(pouring.writing)
            broken = False
        finally:
            trail.end(broken=broken)
        return behind.result()


def _follow(part: Path, trail: _Trail, advance: Advance) -> Content | None:
    """What the medium gives back of a growing file; None where it cannot be read directly."""
    position, last = 0, False
    # One is hashed while the other is read; not closed by hand, like that of ``blocks``.
    buffers = cycle([memoryview(mmap.mmap(-1, _GULP)) for _each in range(2)])
    try:
        with _direct(part) as descriptor, _Digest() as digest:
            while not last:
                limit, last = trail.limit(position)
                while position < limit:
                    # Only what is whole may be read, or the next read would not be aligned.
                    view = next(buffers)[: None if last else limit - position]
                    count = os.preadv(descriptor, [view], position)
                    if count == 0:
                        return None
                    digest.update(view[:count])
                    position += count
                    advance(count)
            return Content(position, digest.hexdigest(), _DIRECTLY)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
        advance(-position)
        return None


@dataclass(frozen=True)
class _Pouring:
    """One open file poured into another."""

    reading: int
    writing: int
    advance: Advance
    line: Line

    def run(self, start: int, wrote: Callable[[int], None] = lambda written: None) -> None:
        """Pours from ``start`` on; ``wrote`` hears how far it is."""
        position = start
        self._go_to(position)
        try:
            while count := os.copy_file_range(self.reading, self.writing, _STRIDE):
                # The kernel takes this as a wish to have it on the disk now.
                os.posix_fadvise(self.writing, position, count, os.POSIX_FADV_DONTNEED)
                position += count
                wrote(position)
                self._tell(count)
        except OSError as error:
            if error.errno not in _UNABLE:
                raise
        # What is left, which is everything where the kernel cannot copy between these two.
        self._go_to(position)
        for block in blocks(self.reading):
            written = 0
            while written < len(block):
                written += os.write(self.writing, block[written:])
            position += len(block)
            wrote(position)
            self._tell(len(block))

    def _go_to(self, position: int) -> None:
        os.lseek(self.reading, position, os.SEEK_SET)
        os.lseek(self.writing, position, os.SEEK_SET)

    def _tell(self, count: int) -> None:
        self.advance(count)
        self.line.carried(count)


@contextlib.contextmanager
def _direct(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class _Digest:
    """SHA-256 by a thread of its own, so that the next block can be read meanwhile."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._aside = ThreadPoolExecutor(1)
        self._working: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._aside.shutdown()

    def update(self, block: memoryview) -> None:
        """Takes the next block, which must stay as it is until one more has been taken."""
        self._wait()
        self._working = self._aside.submit(self._sha256.update, block)

    def hexdigest(self) -> str:
        """Of all that was taken."""
        self._wait()
        return self._sha256.hexdigest()

    def _wait(self) -> None:
        if self._working is not None:
            self._working.result()


def _hashed(descriptor: int, advance: Advance, means: str) -> Content:
    digest = hashlib.sha256()
    size = 0
    for block in blocks(descriptor):
        digest.update(block)
        size += len(block)
        advance(len(block))
    return Content(size, digest.hexdigest(), means)


def blocks(descriptor: int) -> Iterator[memoryview]:
    """The rest of a file, block by block in one buffer, which is page-aligned for O_DIRECT."""
    # Not closed by hand: whoever was interrupted while working on a block still holds it.
    view = memoryview(mmap.mmap(-1, BLOCK))
    while count := os.readv(descriptor, [view]):
        yield view[:count]
