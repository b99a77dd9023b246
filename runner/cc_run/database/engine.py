"""Opens the database: SQLite in WAL mode or PostgreSQL, brought to the newest tables."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cc_run.database.tables import REVISION
from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.language import _

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 30


def open_database(url: str) -> Engine:
    """An engine on the database at ``url``, whose tables are the newest.

    Raises:
        SettingsFault: the URL names no database that can be opened from here.
        OutsideFailure: it cannot be reached or written.
        Refusal: the file is damaged, or is of a newer cc-run.
    """
    try:
        engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _server(url)
        _bring_up_to_date(engine)
    except (ArgumentError, ImportError) as error:
        raise SettingsFault(
            _("cc_store_url names no database that can be opened: %(reason)s")
            % {"reason": str(error).splitlines()[0]},
            _(
                "PostgreSQL: postgresql+psycopg://USER@SERVER/DATABASE, with cc-run[postgresql] "
                "installed. SQLite needs no cc_store_url."
            ),
        ) from error
    except OSError as error:
        raise OutsideFailure(
            _("The database's folder %(path)s cannot be made: %(reason)s")
            % {"path": error.filename, "reason": error.strerror},
            _("Free space on the disk, or set cc_state_dir to a folder that can be written."),
        ) from error
    except SQLAlchemyError as error:
        raise explained(error) from error
    return engine


def _sqlite(url: str) -> Engine:
    path = make_url(url).database or ""
    if path not in ("", ":memory:"):
        folder = Path(path).parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _tune(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin too late (at the first write): ours begin at once.
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turns the write-ahead log on; SQLite does not wait here where two open a new file at once."""
    ended = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ended:
                raise
            time.sleep(0.02)
        else:
            return


def _server(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is alone in writing from its beginning, on SQLite and PostgreSQL."""
    with (
        engine.connect().execution_options(writing=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(4188)"))
        yield connection


def _bring_up_to_date(engine: Engine) -> None:
    found = _revision(engine)
    if found == REVISION:
        return
    if found is not None and found > REVISION:
        raise Refusal(
            _("The database was written by a newer cc-run (tables %(found)s, known: %(known)s).")
            % {"found": found, "known": REVISION},
            _("Update cc-run on this machine."),
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def explained(error: SQLAlchemyError) -> OutsideFailure | Refusal:
    """What a database error means to an operator."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    if any(word in reason for word in ("malformed", "not a database", "corrupt")):
        return Refusal(
            _("The database of events and journal is damaged (%(reason)s).") % {"reason": reason},
            _(
                "Move the file in cc_state_dir away and keep it, put the newest backup in its "
                "place, or begin a new one; recordings and bags are untouched."
            ),
        )
    # On a disk without a free byte SQLite cannot even open its log, and tells an I/O error.
    if "full" in reason or "disk I/O error" in reason:
        return OutsideFailure(
            _("The disk that holds the database is full or failing (%(reason)s).")
            % {"reason": reason},
            _("Free some space in cc_state_dir and run the same command again."),
        )
    return OutsideFailure(
        _("The database of events and journal cannot be used: %(reason)s") % {"reason": reason},
        _("Check cc_state_dir or cc_store_url, then run the same command again."),
    )
