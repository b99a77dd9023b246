"""Adds up what several threads have done."""

from __future__ import annotations

import threading

from cc_run.archive.copying import Advance
from cc_run.progress import Report


class Tally:
    """How far a work of so many bytes is, each of which passes by so many times."""

    def __init__(self, report: Report, total: int, *, passes: int = 1) -> None:
        self._tell, self._total, self._passes = report, max(total, 1), passes
        self._done = 0
        self._turn = threading.Lock()

    def saying(self, text: str) -> Advance:
        """An ``advance`` that counts under this text."""
        return lambda count: self._add(count, text)

    def finish(self, text: str) -> None:
        """The work is at its end, whatever was skipped or failed on the way."""
        with self._turn:
            self._tell(self._total, self._total, text)

    def _add(self, count: int, text: str) -> None:
        with self._turn:
            self._done += count
            done = min(max(self._done // self._passes, 0), self._total)
            self._tell(done, self._total, text)
