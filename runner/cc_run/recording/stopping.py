"""A wish to stop that wakes whoever waits for something else."""

from __future__ import annotations

import os


class StopSignal:
    """Set once, from anywhere (a signal's handler, another thread); a descriptor to wait on."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._times = 0

    def __del__(self) -> None:
        os.close(self._descriptor)

    def set(self) -> None:
        """Wishes it."""
        self._times += 1
        os.eventfd_write(self._descriptor, 1)

    def is_set(self) -> bool:
        """Whether it is wished."""
        return self._times > 0

    @property
    def times(self) -> int:
        """How often it was wished: who wishes it again does not want to wait for the rest."""
        return self._times

    def fileno(self) -> int:
        """Readable as soon as it is set."""
        return self._descriptor
