"""The database: migrated, and its troubles told in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from cc_run.database.engine import open_database, writing
from cc_run.database.tables import REVISION, metadata
from cc_run.errors import OutsideFailure, Refusal
from cc_run.journal import Journal


def test_migrations_make_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/cc.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert found == REVISION


def test_a_file_that_is_no_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "cc.db").write_bytes(b"this is no database, but it is long enough" * 100)
    with pytest.raises(Refusal, match="damaged") as caught:
        open_database(f"sqlite:///{tmp_path}/cc.db")
    assert "Move the file" in caught.value.remedy


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/cc.db")
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refusal, match="newer cc-run"):
        open_database(f"sqlite:///{tmp_path}/cc.db")


def test_a_folder_that_cannot_be_made_is_an_outside_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideFailure):
        open_database(f"sqlite:///{tmp_path}/file/below/cc.db")


def test_many_that_open_a_new_database_at_once_all_find_it_whole(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from cc_run.database.engine import open_database\n"
        "from cc_run.journal import Journal\n"
        "Journal(open_database(sys.argv[1])).append('noted', actor='a', event_id='VC-0001')\n"
    )
    url = f"sqlite:///{tmp_path}/cc.db"
    opened = [subprocess.Popen([sys.executable, "-c", program, url]) for _number in range(6)]
    assert [process.wait() for process in opened] == [0] * 6
    journal = Journal(open_database(url))
    assert len(journal.entries("VC-0001")) == 6
    assert journal.verify() == []
