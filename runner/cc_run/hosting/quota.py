"""How many meetings of each host were made or changed today: Zoom allows 100 a UTC day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select, update

from cc_run.database.engine import writing
from cc_run.database.tables import zoom_writes as table
from cc_run.times import now

DAILY_LIMIT: Final = 100


@dataclass(frozen=True)
class Quota:
    """A host's requests of this UTC day."""

    used: int = 0
    allowed: int = DAILY_LIMIT

    @property
    def left(self) -> int:
        """How many are left today."""
        return max(0, self.allowed - self.used)


class Quotas:
    """The counts of all hosts, in the store that the rooms share."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, host: str) -> Quota:
        """The host's count of today."""
        with self._engine.connect() as connection:
            return _read(connection, host)

    def count(self, host: str) -> None:
        """Notes a request that is about to be sent: one too many rather than one too few."""
        with writing(self._engine) as connection:
            known = _read(connection, host)
            _write(connection, host, Quota(known.used + 1, known.allowed))

    def learn(self, host: str, headers: Mapping[str, str]) -> None:
        """Takes over what Zoom itself says of the day, where it says anything."""
        if "daily" not in headers.get("X-RateLimit-Type", "").lower():
            return
        try:
            allowed = int(headers["X-RateLimit-Limit"])
            used = allowed - int(headers["X-RateLimit-Remaining"])
        except (KeyError, ValueError):
            return
        with writing(self._engine) as connection:
            _write(connection, host, Quota(used, allowed))

    def spend(self, host: str) -> None:
        """Notes that Zoom takes nothing more today."""
        with writing(self._engine) as connection:
            allowed = _read(connection, host).allowed
            _write(connection, host, Quota(allowed, allowed))


def _read(connection: Connection, host: str) -> Quota:
    query = select(table.c.used, table.c.allowed).where(
        table.c.host == host.lower(), table.c.day == _today()
    )
    row = connection.execute(query).first()
    return Quota() if row is None else Quota(row.used, row.allowed)


def _write(connection: Connection, host: str, quota: Quota) -> None:
    mine = table.c.host == host.lower()
    connection.execute(delete(table).where(mine, table.c.day != _today()))
    values = {"used": quota.used, "allowed": quota.allowed}
    known = connection.execute(update(table).where(mine).values(**values))
    if not known.rowcount:
        connection.execute(insert(table).values(host=host.lower(), day=_today(), **values))


def _today() -> str:
    return now().date().isoformat()
