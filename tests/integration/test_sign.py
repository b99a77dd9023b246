"""``cc-run sign``: what no probe can see, signed by name, in the journal and in the report."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from cc_run.probe import Result, Status
from cc_run.reports.judgement import Judgement
from cc_run.sequence.checklist import SIGNED, checklist, readiness_dir

ITEMS = ("Extender mic terpasang dan menyala", "Ruangan rapi, lampu menyala, AC berfungsi")
SIGN = ("sign", "--event", "VC-0001")


@pytest.fixture
def prepared(office):
    """VC-0001, for which the room was found to be ready."""
    assert office.add().code == 0
    workspace = office.workspace()
    event = workspace.events.get("VC-0001")
    found = Result("camera.present", "Kamera", Status.PASS, "BRIO", "", "", (), 0.1)
    judgement = Judgement(verdict="ready", at=datetime.now(UTC), results=(found,))
    folder = readiness_dir(workspace, event)
    folder.mkdir(parents=True)
    judgement.keep(folder / "readiness.json")
    return folder / "readiness.html"


def test_everything_is_signed_at_once_in_the_persons_name(office, prepared):
    ran = office.run(*SIGN, "--all", "--as", "Ratna Kusumaningrum")
    assert ran.code == 0
    assert str(prepared) in ran.out
    text = prepared.read_text()
    assert text.count("Ratna Kusumaningrum<br>") == 2
    assert "BELUM SIAP" not in text
    entry = office.workspace().journal.latest("VC-0001", SIGNED)
    assert (entry.actor, entry.step) == ("Ratna Kusumaningrum", 4)
    assert [answer["item"] for answer in entry.data["answers"]] == list(ITEMS)


def test_a_line_that_is_not_so_makes_the_room_not_ready_until_it_is(office, prepared):
    ran = office.run(*SIGN, "--ok", "1", "--no", "2", "lampu depan mati")
    assert ran.code == 1
    assert "lampu depan mati" in ran.out
    assert "BELUM SIAP" in prepared.read_text()
    assert office.run(*SIGN, "--ok", "2").code == 0
    assert "BELUM SIAP" not in prepared.read_text()
    assert office.run("report", "verify").code == 0


def test_what_is_open_is_shown_and_nothing_is_signed_without_an_answer(office, prepared):
    ran = office.run(*SIGN)
    assert ran.code == 1
    assert ran.out.count("not signed yet") == 2
    assert office.workspace().journal.latest("VC-0001", SIGNED) is None
    told = office.run(*SIGN, "--ok", "2", "--json").json
    assert [line["ok"] for line in told["checklist"]] == [None, True]


def test_signing_before_the_room_was_prepared_is_kept_for_the_report(office):
    assert office.add().code == 0
    told = office.run(*SIGN, "--all", "--json").json
    assert told["report"] is None
    workspace = office.workspace()
    lines = checklist(workspace, workspace.events.get("VC-0001"))
    assert [line.ok for line in lines] == [True, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--ok", "3"), "no line 3"),
        (("--no", "0", "mati"), "no line 0"),
        (("--ok", "1", "--no", "1", "mati"), "cannot be both"),
    ],
)
def test_answers_that_make_no_sense_sign_nothing(office, prepared, options, words):
    office.run(*SIGN, *options).refused(2, words)
    assert office.workspace().journal.latest("VC-0001", SIGNED) is None


def test_at_a_terminal_each_line_is_asked_for(office, prepared):
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cc_run.cli", *SIGN],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "LC_ALL": "C.UTF-8", "CC_RUN_LANGUAGE": "id"},
    )
    os.close(terminal)
    os.write(keyboard, b"mungkin\ny\nn\nAC mati\n")
    shown = b""
    try:
        while piece := os.read(keyboard, 4096):
            shown += piece
    except OSError:  # the terminal was closed: the program has ended
        pass
    os.close(keyboard)
    assert process.wait(timeout=60) == 1
    assert ITEMS[0] in shown.decode()
    entry = office.workspace().journal.latest("VC-0001", SIGNED)
    assert [(one["ok"], one["note"]) for one in entry.data["answers"]] == [
        (True, ""),
        (False, "AC mati"),
    ]
