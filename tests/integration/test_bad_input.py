"""What an operator can do wrong, and what can go wrong around one: a message, a remedy, a code."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cc_run import content, sop
from cc_run.cli import main
from cc_run.journal import Journal

_DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
_FORK = multiprocessing.get_context("fork")


# --- What is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"date": "2020-01-06"}, ("in the past", "--date")),
        ({"date": "2126-11-24"}, ("more than three years", "--date")),
        ({"end": "08.00"}, ("is not after the start", "--start and --end")),
        ({"end": "09.00"}, ("is not after the start",)),
        ({"date": "Senin, 1 Januari 2027"}, ("contradicts itself", "Friday")),
        ({"date": "31 Februari 2027"}, ("no day", "Check the day")),
        ({"date": "minggu depan"}, ("is no date", "24 November 2026")),
        ({"start": "25.00"}, ("is no time of day", "09.00")),
        ({"start": "pagi"}, ("is no time of day",)),
        ({"letter_date": "kapan"}, ("is no date",)),
        ({"title": "  "}, ("--title", "empty")),
        ({"title": "a\x07b"}, ("--title", "cannot be shown")),
        ({"agency": "B\udcff"}, ("--agency", "cannot be shown")),
        ({"participants": "0"}, ("--participants",)),
        ({"letter_file": "/nowhere/surat.pdf"}, ("/nowhere/surat.pdf", "scan")),
        ({"letter_file": "/dev/zero"}, ("/dev/zero", "scan")),
    ],
)
def test_an_event_that_cannot_be_is_not_planned(office, changed, words):
    office.add(**changed).refused(2, *words)
    assert office.events() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("event", "show", "--event", "VC-0099"), ("no event VC-0099", "event list")),
        (("event", "show", "--event", "9" * 30), ("no event",)),
        (("event", "show", "--event", "rapat"), ("no event rapat",)),
        (("status", "--event", "next"), ("No event is planned", "event add")),
        (("prepare", "--event", "today"), ("No event is planned today",)),
        (("event", "add"), ("--title", "cc-run event add --help")),
        (("evnt",), ("evnt", "cc-run --help")),
        (("event", "list", "--limit", "0"), ("--limit",)),
        (("recap", "export", "--days", "99999999999"), ("--days",)),
        (("recap", "export", "--output", "/dev/full"), ("/dev/full is no file",)),
        (("report", "--event", "1", "--output", "/tmp"), ("/tmp is no file",)),
        (("record", "--event", "1", "--for", "nan"), ("--for", "seconds")),
        (("record", "--event", "1", "--for", "inf"), ("--for", "seconds")),
        (("record",), ("Which event",)),
        (("archive",), ("Which event", "--due")),
        (("archive", "restore", "--event", "1"), ("--to",)),
        (("check", "lampu"), ("no probe of lampu", "camera")),
        (("simulate", "zoom", "--port", "70000"), ("--port",)),
    ],
)
def test_a_wrong_call_says_what_would_be_right(office, arguments, words):
    office.run(*arguments).refused(2, *words)


def test_a_room_that_is_taken_is_refused_with_who_has_it(office):
    assert office.add().code == 0
    taken = office.add(title="Rapat lain", start="10.59", end="12.00")
    taken.refused(1, "VC-0001", "Rapat Koordinasi SPBE", "event edit --event VC-0001")
    assert office.add(title="Rapat lain", start="11.00", end="12.00").code == 0
    assert [event["id"] for event in office.events()] == ["VC-0001", "VC-0002"]


# --- The inventory --------------------------------------------------------------------------------


def test_settings_that_are_wrong_end_with_four(office, monkeypatch, tmp_path):
    monkeypatch.setenv("CC_RUN_INVENTORY", str(tmp_path / "gone"))
    office.run("event", "list").refused(4, "no inventory at")
    monkeypatch.delenv("CC_RUN_INVENTORY")
    office.run("event", "list").refused(4, "No inventory was found", "cp -r")
    example = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "example", example)
    locked = ("event", "list", "--inventory", str(example))
    office.run(*locked).refused(4, "locked", "--vault-password-file")
    password = tmp_path / "password"
    password.write_text("salah-sekali\n")
    wrong = office.run(*locked, "--vault-password-file", str(password))
    assert "salah-sekali" not in wrong.refused(4, "does not open").err
    rehearsal = str(content.inventory() / "rehearsal")
    office.run("event", "list", "--inventory", rehearsal, "--room", "aula").refused(4, "no room")


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("nonsense", 4, "cc_store_url names no database"),
        ("oracledb://cc:rahasia@127.0.0.1/x", 4, "cc_store_url names no database"),
        ("postgresql+psycopg://cc:rahasia@127.0.0.1:9/x", 3, "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_opened(office, monkeypatch, tmp_path, url, code, words):
    copy = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "rehearsal", copy)
    with (copy / "group_vars/all.yml").open("a") as file:
        file.write(f"cc_store_url: {url}\n")
    told = office.run("event", "list", "--inventory", str(copy)).refused(code, words)
    assert "rahasia" not in told.err


def test_a_damaged_database_is_not_touched(office, rehearsal_environment):
    assert office.add().code == 0
    database = rehearsal_environment / "cc-run.db"
    kept = {path: path.read_bytes() for path in rehearsal_environment.glob("cc-run.db*")}
    for path in kept:
        path.unlink()
    database.write_bytes(b"This is no database at all. " * 400)
    broken = database.read_bytes()
    office.run("event", "list").refused(1, "damaged", "backup")
    office.add().refused(1, "damaged")
    assert database.read_bytes() == broken
    for path, found in kept.items():
        path.write_bytes(found)
    assert [event["id"] for event in office.events()] == ["VC-0001"]


# --- What is closed, locked or full ---------------------------------------------------------------


def test_closed_ports_are_failures_of_the_outside(office, rehearsal_environment):
    (rehearsal_environment / "recordings").mkdir(parents=True)
    assert office.add().code == 0
    office.run("host", "create", "--event", "1").refused(3, "Zoom cannot be reached", "connection")
    office.run("record", "--event", "1", "--for", "3").refused(3, "no display for OBS", "desktop")
    office.run("record", "status").refused(3, "OBS does not answer")
    wall = office.run("check", "wall", "--json")
    assert wall.code == 1
    assert {probe["status"] for probe in wall.json["probes"]} <= {"fail", "skip"}
    assert any("127.0.0.1:9" in probe["found"] for probe in wall.json["probes"])
    assert office.journal_is_whole()


def test_a_register_that_is_open_elsewhere_stops_step_two_only(office, rehearsal_environment):
    lock = rehearsal_environment / ".~lock.Rekap Jadwal Vidcon.xlsx#"
    rehearsal_environment.mkdir()
    lock.touch()
    office.add().refused(1, "open in Excel or LibreOffice", "Close it")
    lock.unlink()
    assert office.add().code == 0
    (event,) = office.events()
    assert (event["id"], event["status"]) == ("VC-0001", "registered")
    assert office.journal_is_whole()


def test_a_full_disk_loses_nothing(office, rehearsal_environment, tmp_path):
    """The state folder is a small disk in a mount namespace of its own, filled to the brim."""
    rehearsal_environment.mkdir()
    scan = tmp_path / "surat.pdf"
    scan.write_bytes(b"%PDF" + bytes(300_000))
    run = f"{sys.executable} -m cc_run.cli"
    day = f"--title Rapat --agency Bappeda --date {_DAY} --letter 1 --letter-date 2026-11-20"
    by = "--disposition-by Kepala --disposition-date 2026-11-21"
    script = textwrap.dedent(f"""
        mount -t tmpfs -o size=4m tmpfs {rehearsal_environment}
        cd {rehearsal_environment}
        {run} event add {day} {by} --start 09.00 --end 10.00 > /dev/null; echo first $?
        dd if=/dev/zero of=ballast bs=64k status=none 2> /dev/null
        {run} event add {day} {by} --start 11.00 --end 12.00 --letter-file {scan}; echo full $?
        rm ballast
        {run} event add {day} {by} --start 11.00 --end 12.00 --letter-file {scan}; echo freed $?
        {run} report verify; echo whole $?
        {run} event list --json > {tmp_path}/events.json; echo list $?
        cmp {scan} events/VC-0002/letters/letter.pdf; echo kept $?
    """)
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-c", script]
    done = subprocess.run(unshare, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    told = done.stdout + done.stderr
    assert "first 0" in lines, told
    assert "full 3" in lines, told
    assert "full" in done.stderr
    assert "→ Free some space" in done.stderr
    assert "Traceback" not in done.stderr
    for line in ("freed 0", "whole 0", "list 0", "kept 0"):
        assert line in lines, told
    events = json.loads((tmp_path / "events.json").read_text())
    assert [event["status"] for event in events] == ["registered", "registered"]


# --- What is interrupted --------------------------------------------------------------------------


def _ended_at(append: int, how: int, arguments: list[str]) -> int:
    """Runs the program in a fork that is ended by a signal at its so manieth journal entry."""

    def child() -> None:
        whole, left = Journal.append, [append]

        def counted(self, *args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                left[0] = 99  # once
                os.kill(os.getpid(), how)
            return whole(self, *args, **kwargs)

        Journal.append = counted
        sys.argv = ["cc-run", *arguments]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            main()
        except SystemExit as end:
            os._exit(end.code or 0)

    process = _FORK.Process(target=child)
    process.start()
    process.join()
    return process.exitcode


_ADD = [
    *("event", "add", "--title", "Rapat", "--agency", "Bappeda", "--date", _DAY),
    *("--start", "09.00", "--end", "11.00", "--letter", "1", "--letter-date", "2026-11-20"),
    *("--disposition-by", "Kepala", "--disposition-date", "2026-11-21"),
]


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_event_add_goes_on_where_it_was_interrupted(office, monkeypatch, tmp_path, how, code):
    scan = tmp_path / "surat.pdf"
    scan.write_bytes(b"%PDF")
    command = [*_ADD, "--letter-file", str(scan)]
    for entry in range(5):  # added, and steps 1 and 2 with start and end
        monkeypatch.setenv("CC_REHEARSAL_DIR", str(tmp_path / f"state-{entry}"))
        assert _ended_at(entry, how, command) == code
        went_on = office.run(*command, "--json")
        assert went_on.code == 0, went_on.err
        (event,) = office.events()
        assert (event["id"], event["status"]) == ("VC-0001", "registered")
        assert event["letter"]["file"] == "letters/letter.pdf"
        kinds = [entry.kind for entry in office.entries()]
        assert kinds.count("event.added") == 1
        assert office.journal_is_whole()
    office.run(*command).refused(1, "The room is taken: VC-0001")  # it is done; no third time


def test_a_killed_prepare_does_not_hold_up_the_next(office):
    """And two at once: the second is refused with who is at it."""
    assert office.add().code == 0
    with office.workspace().journal.step("VC-0001", sop.PREPARE, "Ratna"):
        held = office.finished(office.process("prepare", "--event", "1"))
        held.refused(1, "step 4", str(os.getpid()), "Wait until it has finished")
    assert _ended_at(0, signal.SIGKILL, ["prepare", "--event", "1"]) == -9
    assert _ended_at(1, signal.SIGINT, ["prepare", "--event", "1"]) != 0
    prepared = office.run("prepare", "--event", "1", "--json")
    assert prepared.code == 1  # nothing answers in this room: it is proven, and not ready
    found = prepared.json
    assert (found["event"], found["verdict"]) == ("VC-0001", "not ready")
    assert Path(found["report"]).is_file()
    assert found["todo"]
    assert {role["name"] for role in found["roles"]} >= {"laptop", "obs", "camera", "tv_wall"}
    assert office.journal_is_whole()


def test_two_that_plan_the_same_hour_at_once(office):
    arguments = [[*_ADD, "--agenda", name] for name in ("satu", "dua")]
    processes = [office.process(*one) for one in arguments]
    ended = [office.finished(process) for process in processes]
    assert sorted(one.code for one in ended) == [0, 1]
    next(one for one in ended if one.code == 1).refused(1, "The room is taken: VC-0001")
    assert len(office.events()) == 1
    assert office.journal_is_whole()


# --- What is cancelled ----------------------------------------------------------------------------


def test_a_cancelled_event_is_left_in_peace(office):
    assert office.add().code == 0
    assert office.run("event", "cancel", "--event", "1", "--reason", "Ditunda").code == 0
    assert office.run("event", "cancel", "--event", "1", "--reason", "Ditunda lagi").code == 0
    assert [entry.kind for entry in office.entries()].count("event.cancelled") == 1
    before = len(office.entries())
    files = ("--minutes", "/dev/null", "--photo", "/dev/null")
    for command in (
        ("host", "create"),
        ("host", "sync"),
        ("host", "share"),
        ("host", "start"),
        ("prepare",),
        ("record",),
        ("minutes", "draft"),
        ("document", *files),
        ("archive",),
        ("run",),
        ("event", "edit", "--title", "Baru"),
        ("event", "assign", "--operator", "Ratna"),
    ):
        office.run(*command, "--event", "1").refused(1, "VC-0001 is cancelled", "event add")
    assert len(office.entries()) == before
    office.run("prepare", "--event", "next").refused(2, "No event is planned")
    for command in (("event", "show"), ("status",), ("report",)):
        assert office.run(*command, "--event", "1").code == 0
    assert office.events()[0]["status"] == "cancelled"
    assert office.add(title="Rapat pengganti").code == 0  # its hour is free again


def test_a_held_event_is_not_cancelled(office):
    assert office.add().code == 0
    with office.workspace().journal.step("VC-0001", sop.RECORD, "Bagas") as step:
        step.output = {"file": "/nowhere.mkv"}
    cancelled = office.run("event", "cancel", "--event", "1", "--reason", "Ditunda")
    cancelled.refused(1, "has been held", "cc-run status")
    assert office.events()[0]["status"] == "recorded"


def test_a_home_that_cannot_be_written_is_told(office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/nohome")
    process = office.process("status")
    office.finished(process).refused(3, "/proc/nohome/.ansible/tmp", "Let HOME be a folder")
