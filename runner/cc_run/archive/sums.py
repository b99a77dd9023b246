"""Remembers the checksums of files that have not changed since, so that a second run is quick."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cc_run.archive.copying import Advance, Content, hash_file


class Sums:
    """SHA-256 by path, size and time of change, kept as JSON lines that outlive a kill.

    A remembered sum only saves reading the source again: each copy is read back and compared
    all the same.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[tuple[str, int, int], str] = {}
        if memory.exists():
            for line in memory.read_text(encoding="utf-8", errors="replace").splitlines():
                self._learn(line)

    def known(self, path: Path) -> Content | None:
        """The file's content if it has been read before and is unchanged."""
        status = path.stat()
        sha256 = self._known.get((str(path), status.st_size, status.st_mtime_ns))
        return None if sha256 is None else Content(status.st_size, sha256, "remembered")

    def of(self, path: Path, advance: Advance) -> Content:
        """The file's content, from memory or by reading it."""
        found = self.known(path)
        if found is not None:
            advance(found.bytes)
            return found
        status = path.stat()
        content = hash_file(path, advance)
        self.remember(path, status, content)
        return content

    def remember(self, path: Path, status: os.stat_result, content: Content) -> None:
        """Keeps what was read of a file whose ``status`` was taken before the reading."""
        line = json.dumps([str(path), status.st_size, status.st_mtime_ns, content.sha256])
        with self._memory.open("a", encoding="utf-8") as stream:
            # A line that a kill has cut is ended here, so that it spoils no other.
            stream.write(f"\n{line}\n")
            stream.flush()
            os.fsync(stream.fileno())
        self._learn(line)

    def forget(self) -> None:
        """Remembers nothing any more: every file is read again."""
        self._memory.unlink(missing_ok=True)
        self._known.clear()

    def _learn(self, line: str) -> None:
        try:
            path, size, changed, sha256 = json.loads(line)
            self._known[str(path), int(size), int(changed)] = str(sha256)
        except (ValueError, TypeError):
            return  # an empty line, or one that was cut: the file is read again
