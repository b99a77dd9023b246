"""Brings waiting notices to the journal, in a thread: a slow database delays no answer to Zoom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from types import TracebackType
from typing import Final, Self

from sqlalchemy.exc import SQLAlchemyError

from cc_run.hosting.webhook.box import Box, Waiting
from cc_run.hosting.webhook.noting import Noted, note
from cc_run.workspace import Workspace

GATHER_SECONDS: Final = 30.0
"""How long arrivals and departures are gathered for one entry; a large meeting has hundreds."""
_TICK_SECONDS: Final = 1.0
_TROUBLE_SECONDS: Final = 5.0


class Keeper:
    """Works as long as its block runs; at the end all that can be is brought home.

    Args:
        workspace: The room, with its journal.
        box: Where notices wait.
        on_noted: Told what became of each; in the thread.
        on_trouble: Told why the journal takes nothing, once until it does again; in the thread.
    """

    def __init__(
        self,
        workspace: Workspace,
        box: Box,
        on_noted: Callable[[Noted], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._box = box
        self._on_noted = on_noted
        self._on_trouble = on_trouble
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._troubled = False
        self._thread = threading.Thread(target=self._keep_on, name="webhook journal")

    def __enter__(self) -> Self:
        self._wake.set()  # what a killed process has left
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._wake.set()
        self._thread.join()

    def hurry(self) -> None:
        """There is something new in the box."""
        self._wake.set()

    def _keep_on(self) -> None:
        pause: float | None = None
        while not self._ended.is_set():
            self._wake.wait(pause)
            self._wake.clear()
            try:
                left = self._round()
                self._troubled = False
                pause = _TICK_SECONDS if left else None
            except (SQLAlchemyError, OSError) as error:
                self._tell(error)
                self._ended.wait(_TROUBLE_SECONDS)
                pause = 0

    def _round(self) -> bool:
        """Notes what is due; whether something is left to be gathered."""
        waiting = self._box.waiting()
        due = list(_due(waiting, everything=self._ended.is_set()))
        for group in due:
            notices = [one.notice for one in group]
            noted = note(self._workspace, notices)
            self._box.take_out(notices)
            self._on_noted(noted)
        return sum(map(len, due)) < len(waiting)

    def _tell(self, error: SQLAlchemyError | OSError) -> None:
        if not self._troubled:
            reason = getattr(error, "orig", None) or error
            self._on_trouble(str(reason).splitlines()[0])
        self._troubled = True


def _due(waiting: Sequence[Waiting], *, everything: bool) -> Iterable[list[Waiting]]:
    """What belongs in one entry each, in order; arrivals and departures once they are gathered.

    They do not wait where their meeting has something else to tell: its entries come in order.
    """
    ripe = time.time() - GATHER_SECONDS
    for _uuid, run in groupby(sorted(waiting, key=_run_of), key=_run_of):
        told = list(run)
        moves_only = all(one.notice.moves for one in told)
        if moves_only and not everything and min(one.since for one in told) > ripe:
            continue
        for moves, group in groupby(told, key=lambda one: one.notice.moves):
            if moves:
                yield list(group)
            else:
                yield from ([one] for one in group)


def _run_of(one: Waiting) -> str:
    return one.notice.uuid
