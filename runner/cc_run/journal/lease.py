"""A lease on one step of one event: two processes cannot work on it at once.

The holder renews it while it lives. A holder that died on this machine loses it at once (its
process is gone), one on another machine when the lease runs out.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Delete, Engine, Update, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from cc_run import sop
from cc_run.database.engine import writing
from cc_run.database.tables import leases
from cc_run.errors import Refusal
from cc_run.language import _
from cc_run.times import now

Statement = TypeVar("Statement", Update, Delete)
_LIFETIME: Final = timedelta(seconds=90)
_RENEWAL_SECONDS: Final = 30.0


class Busy(Refusal):
    """Another living process works on the same step of the same event."""


@dataclass(frozen=True)
class Holder:
    """A process, told apart from a later one with the same number by its start."""

    host: str
    pid: int
    started: str

    @classmethod
    def this_process(cls) -> Holder:
        """The process that asks."""
        return cls(socket.gethostname(), os.getpid(), _start_of(os.getpid()) or "")

    @classmethod
    def parse(cls, text: str) -> Holder:
        """From ``str(holder)``."""
        host, pid, started = text.rsplit(" ", 2)
        return cls(host, int(pid), started)

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.started}"

    def is_gone(self) -> bool:
        """True where it is certain that the process has ended (only on its own machine)."""
        return self.host == socket.gethostname() and _start_of(self.pid) != self.started


@contextmanager
def lease(engine: Engine, event_id: str, step: int) -> Iterator[None]:
    """Holds the step of the event while the block runs.

    Raises:
        Busy: another living process holds it.
    """
    holder = Holder.this_process()
    _take(engine, event_id, step, holder)
    stop = threading.Event()
    renewal = threading.Thread(
        target=_keep, args=(engine, event_id, step, holder, stop), daemon=True
    )
    renewal.start()
    try:
        yield
    finally:
        stop.set()
        renewal.join()
        with writing(engine) as connection:
            connection.execute(_row(delete(leases), event_id, step, holder))


def _take(engine: Engine, event_id: str, step: int, holder: Holder) -> None:
    with writing(engine) as connection:
        row = connection.execute(
            select(leases.c.holder, leases.c.expires_at).where(
                leases.c.event_id == event_id, leases.c.step == step
            )
        ).first()
        if row is not None:
            other = Holder.parse(row.holder)
            if row.expires_at > now() and not other.is_gone():
                raise Busy(
                    _(
                        "%(event)s: step %(step)s (%(title)s) is being worked on by process "
                        "%(pid)s on %(host)s."
                    )
                    % {
                        "event": event_id,
                        "step": step,
                        "title": _(sop.step(step).title),
                        "pid": other.pid,
                        "host": other.host,
                    },
                    _("Wait until it has finished, or end that process."),
                )
            connection.execute(
                delete(leases).where(leases.c.event_id == event_id, leases.c.step == step)
            )
        connection.execute(
            insert(leases).values(
                event_id=event_id, step=step, holder=str(holder), expires_at=now() + _LIFETIME
            )
        )


def _keep(engine: Engine, event_id: str, step: int, holder: Holder, stop: threading.Event) -> None:
    while not stop.wait(_RENEWAL_SECONDS):
        try:
            with writing(engine) as connection:
                renewed = _row(update(leases), event_id, step, holder)
                connection.execute(renewed.values(expires_at=now() + _LIFETIME))
        except SQLAlchemyError:
            continue  # a busy or absent database: the next round tries again


def _row(statement: Statement, event_id: str, step: int, holder: Holder) -> Statement:
    """The statement on the lease, as long as it is this holder's."""
    return statement.where(
        leases.c.event_id == event_id, leases.c.step == step, leases.c.holder == str(holder)
    )


def _start_of(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
