"""The journal: appended, chained, derived from, leased."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cc_run import sop
from cc_run.database.engine import open_database
from cc_run.errors import Refusal
from cc_run.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(open_database(f"sqlite:///{tmp_path}/j.db"))


def _edit(tmp_path: Path, statement: str) -> None:
    with create_engine(f"sqlite:///{tmp_path}/j.db").begin() as connection:
        connection.execute(text(statement))


def test_an_untouched_journal_is_whole(journal: Journal) -> None:
    for number in range(5):
        journal.append("noted", actor="a", event_id="VC-0001", data={"n": number, "é": "ö"})
    assert journal.verify() == []
    assert [entry.number for entry in journal.entries("VC-0001")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("statement", "number", "reason"),
    [
        ("UPDATE journal SET actor = 'b' WHERE number = 2", 2, "edited"),
        ("UPDATE journal SET data = '{}' WHERE number = 3", 3, "edited"),
        ("DELETE FROM journal WHERE number = 2", 2, "missing"),
    ],
)
def test_an_edit_is_seen(
    journal: Journal, tmp_path: Path, statement: str, number: int, reason: str
) -> None:
    for value in range(4):
        journal.append("noted", actor="a", data={"n": value})
    _edit(tmp_path, statement)
    assert (number, reason) in {(breach.number, breach.reason) for breach in journal.verify()}


_APPEND_MANY = """
import sys
from cc_run.database.engine import open_database
from cc_run.journal import Journal

journal = Journal(open_database(sys.argv[1]))
for number in range(20):
    journal.append("noted", actor="a", event_id="VC-0001", data={"n": number})
"""


def test_processes_that_append_at_once_keep_one_chain(tmp_path: Path, journal: Journal) -> None:
    command = [sys.executable, "-c", _APPEND_MANY, f"sqlite:///{tmp_path}/j.db"]
    workers = [subprocess.Popen(command) for _number in range(4)]
    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    assert len(journal.entries("VC-0001")) == 80
    assert journal.verify() == []


def test_a_step_is_journalled_with_its_output(journal: Journal) -> None:
    with journal.step("VC-0001", sop.HOST, "Budi") as step:
        step.output = {"meeting_id": 1}
    record = journal.progress("VC-0001")[sop.HOST]
    assert record.done
    assert (record.performer, record.output) == ("Budi", {"meeting_id": 1})
    assert record.started <= record.finished  # type: ignore[operator]


def test_a_step_that_fails_is_not_done_until_it_is_done_again(journal: Journal) -> None:
    with pytest.raises(Refusal), journal.step("VC-0001", sop.HOST, "Budi"):
        raise Refusal("no host is free")
    record = journal.progress("VC-0001")[sop.HOST]
    assert not record.done
    assert record.error == "no host is free"
    with journal.step("VC-0001", sop.HOST, "Budi"):
        assert journal.progress("VC-0001")[sop.HOST].error is None  # it goes on
    again = journal.progress("VC-0001")[sop.HOST]
    assert again.done
    assert again.started == record.started


@pytest.mark.parametrize(
    ("error", "told"),
    [(KeyboardInterrupt, "It was broken off."), (KeyError, "A fault of the program: KeyError.")],
)
def test_a_document_never_tells_a_failure_in_pythons_words_alone(
    journal: Journal, error: type[BaseException], told: str
) -> None:
    with pytest.raises(error), journal.step("VC-0001", sop.HOST, "Budi"):
        raise error
    assert journal.progress("VC-0001")[sop.HOST].error == told


def test_a_step_that_is_worked_on_is_refused_to_others(journal: Journal) -> None:
    with journal.step("VC-0001", sop.RECORD, "Budi"):
        with pytest.raises(Refusal, match="being worked on"), journal.step("VC-0001", 5, "Ani"):
            pass
        with journal.step("VC-0001", sop.DOCUMENT, "Ani"), journal.step("VC-0002", 5, "Ani"):
            pass


def test_a_dead_holder_loses_its_lease_at_once(journal: Journal, tmp_path: Path) -> None:
    dying = (
        "import os, sys\n"
        "from cc_run.database.engine import open_database\n"
        "from cc_run.journal import Journal\n"
        "with Journal(open_database(sys.argv[1])).step('VC-0001', 5, 'Budi'):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    url = f"sqlite:///{tmp_path}/j.db"
    assert subprocess.run([sys.executable, "-c", dying, url], check=False).returncode == -9
    with journal.step("VC-0001", sop.RECORD, "Ani"):
        pass
    assert journal.progress("VC-0001")[sop.RECORD].done


def test_a_step_left_open_is_finished_by_a_later_block(journal: Journal) -> None:
    with journal.step("VC-0001", sop.DOCUMENT, "Budi") as step:
        step.open = True
    opened = journal.progress("VC-0001")[sop.DOCUMENT]
    assert opened.finished is None
    with journal.step("VC-0001", sop.DOCUMENT, "cron") as step:
        step.output = {"bags": []}
    record = journal.progress("VC-0001")[sop.DOCUMENT]
    assert record.done
    assert record.started == opened.started


def test_doing_a_finished_step_once_more_begins_a_new_round(journal: Journal) -> None:
    with journal.step("VC-0001", sop.RECAP, "Budi"):
        pass
    first = journal.progress("VC-0001")[sop.RECAP]
    with journal.step("VC-0001", sop.RECAP, "Budi"):
        pass
    again = journal.progress("VC-0001")[sop.RECAP]
    assert first.finished is not None
    assert again.started > first.finished


def test_touching_up_a_finished_step_keeps_its_times_and_output(journal: Journal) -> None:
    with journal.touching_up("VC-0001", sop.HOST, "Budi") as step:
        step.output = {"meeting_id": 1}
    before = journal.progress("VC-0001")[sop.HOST]
    assert before.done
    with journal.touching_up("VC-0001", sop.HOST, "Ani") as step:
        step.output = {"meeting_id": 1}
        step.note("meeting.changed", {"fields": ["start_time"]})
    assert journal.progress("VC-0001")[sop.HOST] == before
    assert journal.latest("VC-0001", "meeting.changed") is not None
