"""How long something has lasted by the clock, pauses left out."""

from __future__ import annotations

import time


class Stopwatch:
    """Begins at rest at zero; may be read in one thread while another starts and pauses it."""

    def __init__(self) -> None:
        # One tuple, so that a reader never sees half of a change: what was counted before, and
        # since when it runs.
        self._state: tuple[float, float | None] = (0.0, None)

    @property
    def seconds(self) -> float:
        """What it shows now."""
        counted, since = self._state
        return counted if since is None else counted + time.monotonic() - since

    def start(self, counted: float = 0.0) -> None:
        """Runs from now, on top of what was counted before."""
        self._state = (counted, time.monotonic())

    def go_on(self) -> None:
        """Runs again after a pause."""
        if self._state[1] is None:
            self.start(self._state[0])

    def pause(self) -> None:
        """Stands still."""
        self._state = (self.seconds, None)
