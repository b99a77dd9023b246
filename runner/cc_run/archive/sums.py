"""Remembers the checksums of files that have not changed since, so that a second run is quick."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections import defaultdict
from pathlib import Path

from cc_run.archive.copying import Advance, Content, hash_file, quietly


class Sums:
    """SHA-256 by path, size and time of change, kept as JSON lines that outlive a kill.

    A remembered sum only saves reading the source again: each copy is read back and compared
    all the same. Threads may ask at once; a file is read by one of them.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[tuple[str, int, int], str] = {}
        self._turn = threading.Lock()
        self._turns: dict[Path, threading.Lock] = defaultdict(threading.Lock)
        if memory.exists():
            for line in memory.read_text(encoding="utf-8", errors="replace").splitlines():
                self._learn(line)

    def known(self, path: Path) -> Content | None:
        """The file's content if it has been read before and is unchanged."""
        status = path.stat()
        sha256 = self._known.get((str(path), status.st_size, status.st_mtime_ns))
        return None if sha256 is None else Content(status.st_size, sha256, "remembered")

    def last(self, path: Path) -> Content | None:
        """What was read of the file last, whether it is still here or not."""
        found = [key for key in self._known if key[0] == str(path)]
        return Content(found[-1][1], self._known[found[-1]], "remembered") if found else None

    def of(self, path: Path, advance: Advance = quietly) -> Content:
        """The file's content, from memory or by reading it.

        Raises:
            OSError: it cannot be read, or is being written (ETXTBSY).
        """
        with self._turn:
            turn = self._turns[path]
        with turn:
            return self.known(path) or self.read(path, advance)

    def read(self, path: Path, advance: Advance = quietly) -> Content:
        """The file's content as it is now, which is then remembered.

        Raises:
            OSError: as ``of``.
        """
        before = path.stat()
        content = hash_file(path, advance)
        after = path.stat()
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise OSError(errno.ETXTBSY, os.strerror(errno.ETXTBSY), str(path))
        line = json.dumps([str(path), after.st_size, after.st_mtime_ns, content.sha256])
        with self._turn, self._memory.open("a", encoding="utf-8") as stream:
            # A line that a kill has cut is ended here, so that it spoils no other.
            stream.write(f"\n{line}\n")
            stream.flush()
            os.fsync(stream.fileno())
        self._learn(line)
        return content

    def _learn(self, line: str) -> None:
        try:
            path, size, changed, sha256 = json.loads(line)
            self._known[str(path), int(size), int(changed)] = str(sha256)
        except (ValueError, TypeError):
            return  # an empty line, or one that was cut: the file is read again
