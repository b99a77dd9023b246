"""The tables. Whoever changes them adds a migration and moves ``REVISION`` with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

REVISION: Final = "0003_hosting"


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC without a zone, as SQLite and PostgreSQL both sort it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("room", String(120), nullable=False),
    Column("title", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("place", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("events_by_end", "room", "ends_at"),
    Index("events_of_all_rooms_by_end", "ends_at"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("event_id", String(20)),
    Column("step", Integer),
    Column("kind", String(60), nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("journal_by_event", "event_id", "kind"),
    Index("journal_by_kind", "kind"),
)

leases = Table(
    "leases",
    metadata,
    Column("event_id", String(20), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

zoom_writes = Table(
    "zoom_writes",
    metadata,
    Column("host", String(320), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("used", Integer, nullable=False),
    Column("allowed", Integer, nullable=False),
)
