"""Where notices wait for the journal: a file each, so that a kill loses none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cc_run.durable import replace_file
from cc_run.hosting.webhook.notice import Notice


@dataclass(frozen=True)
class Waiting:
    """A notice in the box, and when it came (epoch seconds)."""

    notice: Notice
    since: float


class Box:
    """A folder of notices, named by their identity: what is told twice waits once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, notice: Notice) -> None:
        """Keeps a notice; when this returns, it is on disk.

        Raises:
            OutsideFailure: the disk takes nothing.
        """
        content = json.dumps(notice.as_dict()).encode()
        replace_file(self._file(notice), content, mode=0o600)

    def waiting(self) -> list[Waiting]:
        """All notices, in the order in which things happened."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                told = json.loads(path.read_text())
                found.append(Waiting(Notice.from_dict(told), path.stat().st_mtime))
            except (OSError, ValueError, TypeError, KeyError):
                continue  # nothing of ours
        return sorted(found, key=lambda one: (one.notice.at, one.notice.kind))

    def take_out(self, notices: Iterable[Notice]) -> None:
        """Forgets notices that the journal has."""
        for notice in notices:
            self._file(notice).unlink(missing_ok=True)

    def _file(self, notice: Notice) -> Path:
        return self._folder / f"{notice.identity}.json"
