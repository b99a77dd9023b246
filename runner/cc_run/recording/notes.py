"""The journal's entries of a running recording; a database that fails for a while loses none."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from cc_run.errors import OutsideFailure
from cc_run.journal import RunningStep
from cc_run.language import _


class Notes:
    """Writes entries in their order; what cannot be written now is tried again with the next."""

    def __init__(self, step: RunningStep) -> None:
        self._step = step
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return len(self._waiting)

    def note(self, kind: str, data: Mapping[str, Any] | None = None) -> None:
        """Adds an entry, now or when the database takes it."""
        with self._lock:
            self._waiting.append((kind, dict(data or {})))
        self.flush()

    def flush(self) -> None:
        """Writes what waits, as far as the database takes it."""
        with self._lock:
            while self._waiting:
                try:
                    self._step.note(*self._waiting[0])
                except (SQLAlchemyError, OSError):
                    return
                self._waiting.popleft()

    def close(self) -> None:
        """Writes what waits.

        Raises:
            OutsideFailure: the database still takes nothing.
        """
        self.flush()
        if self._waiting:
            raise OutsideFailure(
                _("The journal cannot be written, so the recording is not finished."),
                _("Free space on the disk, then run the same command again: OBS's files are kept."),
            )
