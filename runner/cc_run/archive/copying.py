"""Copies a file while hashing it, and reads it back past the page cache.

The kernel copies; a thread hashes the same blocks, which are still in memory then. Nothing counts
as written before it is synced, and nothing as copied before the medium itself has been read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Called with the number of bytes that have been worked on since the last call.
Advance = Callable[[int], None]

_BLOCK: Final = 1 << 20
_STRIDE: Final = 8 << 20  # how much the kernel copies between two reports
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


def copy_file(source: Path, destination: Path, advance: Advance) -> Content:
    """Writes ``source`` to ``destination``, synced, and gives what was read of the source.

    A destination that could not be written whole is removed.

    Raises:
        OSError: the source cannot be read, or the destination cannot be written.
    """
    try:
        return _copied(source, destination, advance)
    except OSError:
        with contextlib.suppress(OSError):
            destination.unlink()
        raise


def _copied(source: Path, destination: Path, advance: Advance) -> Content:
    stop = threading.Event()
    with (
        source.open("rb", buffering=0) as reading,
        destination.open("wb", buffering=0) as writing,
        ThreadPoolExecutor(1) as aside,
    ):
        stamp = os.fstat(reading.fileno())
        hashing = aside.submit(_hash_of, source, stop)
        try:
            _pour(reading.fileno(), writing.fileno(), advance)
            os.fsync(writing.fileno())
        except BaseException:
            stop.set()
            raise
        content = hashing.result()
        # Not every share keeps times; the copy is as good without.
        with contextlib.suppress(OSError):
            os.utime(writing.fileno(), ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    return content


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
        return _read_direct(path, advance)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    with path.open("rb", buffering=0) as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return _hashed(stream.fileno(), advance, "posix_fadvise")


def _read_direct(path: Path, advance: Advance) -> Content:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        return _hashed(descriptor, advance, "O_DIRECT")
    finally:
        os.close(descriptor)


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


def _pour(reading: int, writing: int, advance: Advance) -> None:
    try:
        while count := os.copy_file_range(reading, writing, _STRIDE):
            advance(count)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    # What is left, which is everything where the kernel cannot copy between these two.
    offset = os.lseek(writing, 0, os.SEEK_CUR)
    os.lseek(reading, offset, os.SEEK_SET)
    for block in _blocks(reading):
        written = 0
        while written < len(block):
            written += os.write(writing, block[written:])
        advance(len(block))


def _hash_of(path: Path, stop: threading.Event) -> Content:
    def look_up(_count: int) -> None:
        if stop.is_set():
            raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))

    return hash_file(path, look_up)


def _hashed(descriptor: int, advance: Advance, means: str) -> Content:
    digest = hashlib.sha256()
    size = 0
    for block in _blocks(descriptor):
        digest.update(block)
        size += len(block)
        advance(len(block))
    return Content(size, digest.hexdigest(), means)


def _blocks(descriptor: int) -> Iterator[memoryview]:
    """The rest of a file, block by block in one buffer, which is page-aligned for O_DIRECT."""
    # Not closed by hand: whoever was interrupted while working on a block still holds it.
    view = memoryview(mmap.mmap(-1, _BLOCK))
    while count := os.readv(descriptor, [view]):
        yield view[:count]
