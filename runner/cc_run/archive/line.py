"""The way to a target, which the office may want to be spared."""

from __future__ import annotations

import threading
import time
from typing import Final

_BYTES_PER_MBIT: Final = 125_000


class Line:
    """Carries no more than so many Mbit/s, of what is sent and fetched together; 0: no limit."""

    def __init__(self, mbit: float = 0) -> None:
        self._rate = mbit * _BYTES_PER_MBIT
        self._free_at = 0.0
        self._turn = threading.Lock()

    def carried(self, count: int) -> None:
        """So many bytes have gone over the line: waits until it may carry more."""
        if not self._rate:
            return
        with self._turn:
            # What was not used before is not made up for.
            self._free_at = max(self._free_at, time.monotonic()) + count / self._rate
            free_at = self._free_at
        time.sleep(max(0.0, free_at - time.monotonic()))
