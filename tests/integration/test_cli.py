"""The command line for people, for programs, and for pipes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cc_run import sop
from cc_run.cli.program import COMMANDS
from cc_run.sop import STEPS

_YEAR = datetime.now(UTC).year + 1
_WEEKDAY = date(_YEAR, 11, 24).weekday()
_DAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BOXES = re.compile("[─-╿]")  # box drawing


@pytest.fixture
def recorded(office, rehearsal_environment):
    """VC-0001, planned and recorded; its archive targets are there."""
    assert office.add().code == 0
    recording = rehearsal_environment / "recordings" / "VC-0001.mkv"
    recording.parent.mkdir()
    recording.write_bytes(os.urandom(200_000))
    with office.workspace().journal.step("VC-0001", sop.RECORD, "Bagas") as step:
        step.output = {"file": str(recording), "seconds": 60.0}
    for name in ("server", "cadangan"):
        (rehearsal_environment / "targets" / name).mkdir(parents=True)
    return recording


# --- Help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_what_it_takes(office, command):
    told = office.run(command, "--help")
    assert told.code == 0
    assert told.out.startswith(f"Usage: cc-run {command}")


def test_help_lists_the_commands_in_the_procedures_order(office):
    told = office.run("--help").out
    places = [told.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert office.run("--version").out.startswith("cc-run, version ")


# --- For programs ---------------------------------------------------------------------------------


def test_an_event_as_json(office):
    added = office.add("--json", participants="30", phone="0812", date=f"24 Nov {_YEAR}").json
    assert added["id"] == "VC-0001"
    assert added["starts_at"] == f"{_YEAR}-11-24T02:00:00Z"
    assert added["letter"] == {"number": "005/123/2026", "date": "2026-11-20", "file": None}
    assert (added["operator"], added["coordinator"]) == ("Bagas Prasetyo", "Sekar Wulandari")
    assert added["status"] == "registered"
    assert office.run("event", "show", "--event", "vc-1", "--json").json == added
    assert office.events() == [added]


def test_status_and_report_as_json(office):
    office.add()
    status = office.run("status", "--json").json
    assert status["event"] == "VC-0001"
    assert len(status["steps"]) == len(STEPS)
    report = office.run("report", "--event", "VC-0001", "--json").json
    assert Path(report["sop_report"]).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert office.run("report", "verify", "--json").json == {"whole": True, "breaches": []}


def test_a_check_as_json(office):
    checked = office.run("check", "archive", "zoom", "--json")
    assert checked.code == 1
    assert checked.json["verdict"] == "not ready"
    for probe in checked.json["probes"]:
        assert probe["id"].split(".")[0] in ("archive", "zoom")
        assert probe["status"] in ("pass", "warn", "fail", "skip")
        assert probe["remedy"] or probe["status"] != "fail"


def test_an_archive_as_json_verified_and_restored(office, recorded, tmp_path):
    shutil.rmtree(recorded.parents[1] / "targets" / "cadangan")
    office.run("archive", "--event", "1").refused(3, "cadangan", "mkdir -p")
    (recorded.parents[1] / "targets" / "cadangan").mkdir()
    archived = office.run("archive", "--event", "1", "--json")
    assert archived.code == 0, archived.err
    found = archived.json
    assert [bag["target"] for bag in found["bags"]] == ["server", "cadangan"]
    assert len({bag["manifest"] for bag in found["bags"]}) == 1
    assert found["receipt"] is None  # minutes and photos are still to come
    verified = office.run("archive", "verify", "--event", "1", "--json")
    assert [check["problems"] for check in verified.json] == [[], []]

    bag = Path(found["bags"][0]["bag"])
    (copy,) = bag.rglob("*.mkv")
    copy.write_bytes(os.urandom(copy.stat().st_size))  # damaged: the other copy must be taken
    command = ("archive", "restore", "--event", "1", "--to", str(tmp_path / "back"), "--json")
    restored = office.run(*command).json
    assert restored["target"] == "cadangan"
    (again,) = Path(restored["bag"]).rglob("*.mkv")
    assert again.read_bytes() == recorded.read_bytes()
    assert [path.name for path in (tmp_path / "back").iterdir()] == [bag.name]
    office.run(*command).refused(2, "is there already", "--to")
    verified = office.run("archive", "verify", "--event", "1")
    assert verified.code == 1
    shutil.rmtree(restored["bag"])
    shutil.rmtree(found["bags"][1]["bag"])
    office.run(*command).refused(3, "No archive target gives back a whole copy", "cadangan")
    assert list((tmp_path / "back").iterdir()) == []


def test_an_archive_that_was_killed_ends_with_a_bag_a_target(office, recorded):
    before = len(office.entries())
    process = office.process("archive", "--event", "1", start_new_session=True)
    while len(office.entries()) == before:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    office.finished(process)
    archived = office.run("archive", "--event", "1", "--json")
    assert archived.code == 0, archived.err
    for name in ("server", "cadangan"):
        (bag,) = (recorded.parents[1] / "targets" / name).iterdir()
        assert bag.name.startswith("VC-0001")
    assert office.journal_is_whole()
    assert office.run("archive", "--due").out == ""


# --- For pipes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("event", "list"), ("status",), ("doctor",), ("event", "show", "--event", "1")]
)
def test_a_pipe_gets_plain_text(office, arguments):
    office.add()
    told = office.run(*arguments)
    assert told.out
    assert "\x1b" not in told.out
    assert not _BOXES.search(told.out)
    assert all(line == line.rstrip() for line in told.out.splitlines())


def test_no_event_yet(office):
    nothing = office.run("event", "list")
    assert nothing.code == 0
    assert "No event is planned" in nothing.out
    assert office.events() == []
    assert office.run("recap", "export", "--json").json["events"] == 0


def test_an_output_that_is_full_is_no_traceback(office):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cc_run.cli", "event", "list"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    assert "full" in ended.stderr


# --- Languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id_ID.UTF-8", "en_US.UTF-8", "C", "xx_YY"])
def test_any_locale_will_do(office, monkeypatch, language):
    monkeypatch.setenv("LC_ALL", language)
    assert office.add(date=f"24 November {_YEAR}").code == 0
    for arguments in (("event", "list"), ("status",), ("--help",), ("event", "add", "--help")):
        assert office.run(*arguments).code == 0
    refused = office.run("event", "show", "--event", "9")
    assert refused.code == 2
    assert "→" in refused.err


# --- Changes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day",
    [
        f"{_YEAR}-11-24",
        f"24/11/{_YEAR}",
        f"{_DAYS_ID[_WEEKDAY]}, 24 November {_YEAR}",
        f"{_DAYS_EN[_WEEKDAY]}, Nov 24, {_YEAR}",
        f"24 Nop {_YEAR}",
    ],
)
def test_a_date_as_the_letter_has_it(office, day):
    added = office.add("--json", date=day, start="pukul 9 WIB", end="11:30").json
    assert (added["starts_at"], added["ends_at"]) == (
        f"{_YEAR}-11-24T02:00:00Z",
        f"{_YEAR}-11-24T04:30:00Z",
    )


def test_edit_changes_only_what_is_named(office, tmp_path, rehearsal_environment):
    scan = tmp_path / "Surat.PDF"
    scan.write_bytes(b"%PDF")
    before = office.add("--json", "--letter-file", str(scan), agenda="satu\ndua").json
    edited = office.run("event", "edit", "--event", "1", "--end", "12.00", "--json").json
    changed = {name for name in before if before[name] != edited[name]}
    assert changed == {"ends_at", "revision"}
    edited = office.run("event", "edit", "--event", "1", "--letter", "005/9", "--json").json
    assert edited["letter"] == {**before["letter"], "number": "005/9"}
    assert edited["agenda"] == "satu\ndua"
    kept = rehearsal_environment / "events" / "VC-0001" / edited["letter"]["file"]
    assert kept.read_bytes() == b"%PDF"
    same = office.run("event", "edit", "--event", "1", "--letter", "005/9", "--json").json
    assert same == edited
    office.run("event", "edit", "--event", "1", "--end", "08.00").refused(2, "not after the start")
    assert office.events() == [edited]


def test_next_and_today(office):
    office.add(date=f"{_YEAR}-11-24")
    office.add(title="Yang pertama", date=f"{_YEAR}-11-23")
    assert office.run("event", "show", "--event", "next", "--json").json["id"] == "VC-0002"
    office.run("event", "show", "--event", "today").refused(2, "No event is planned today")


def test_an_archive_before_the_recording_is_refused_and_is_no_failed_step(office):
    office.add()
    office.run("archive", "--event", "1").refused(1, "has no recording yet", "cc-run record")
    steps = office.run("status", "--event", "1", "--json").json["steps"]
    assert steps[5]["started"] is None


def test_a_kept_draft_is_not_said_to_be_new_and_is_no_minutes(office, tmp_path):
    office.add()
    path = tmp_path / "notulen.docx"
    draft = ("minutes", "draft", "--event", "1", "--output", str(path))
    assert "The draft is in" in office.run(*draft).out
    again = office.run(*draft).out
    assert "kept as it is" in again
    assert "--output" in again
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(b"picture")
    refused = office.run("document", "--event", "1", "--minutes", str(path), "--photo", str(photo))
    refused.refused(1, "are not finished")
    assert refused.err.count("\n    • «") == 7
    assert office.run(*draft, "--json").json == {"minutes": str(path), "made": False}


def test_a_cancelled_event_tells_why(office):
    office.add()
    office.run("event", "cancel", "--event", "1", "--reason", "Pimpinan berhalangan")
    shown = office.run("event", "show", "--event", "1").out
    assert "Pimpinan berhalangan (" in shown


def test_each_command_names_the_next_one(office):
    host = "Next: cc-run host create --event VC-0001"
    assert host in office.add().out
    assert host in office.run("event", "edit", "--event", "1", "--place", "Aula").out
    assert host in office.run("event", "edit", "--event", "1", "--place", "Aula").out
    assert host in office.run("event", "assign", "--event", "1", "--operator", "Budi").out
    assert host in office.run("report", "--event", "1").out
    assert host in office.run("status", "--event", "1").out
    office.run("event", "cancel", "--event", "1", "--reason", "Ditunda")
    assert "Next:" not in office.run("status", "--event", "1").out


def test_status_says_why_a_step_failed(office):
    office.add()
    failed = office.run("host", "create", "--event", "1")
    assert failed.code != 0
    told = office.run("status", "--event", "1").out
    assert "✗ 3. Zoom meeting: Zoom cannot be reached" in told
    assert "10 min" in told
    assert "2 h" in told


# --- This machine ---------------------------------------------------------------------------------


def test_doctor_on_a_bare_machine(office, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    bare = office.run("doctor", "--json")
    assert bare.code == 1
    missing = {one["command"]: " ".join(one["missing"]) for one in bare.json}
    assert "a display" in missing["record"]
    assert "obs" in missing["prepare"]
    assert "ansible-playbook" not in missing["prepare"]  # it is beside this Python
    assert missing["event"] == ""
    assert "Install: sudo apt-get install" in office.run("doctor").out
    monkeypatch.setenv("CC_RUN_INVENTORY", str(tmp_path / "gone"))
    unset = office.run("doctor")
    assert unset.code == 1
    assert "no inventory at" in unset.out


def test_provision_without_root_tells_how(office, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    office.run("provision").refused(1, "needs root", "sudo cc-run provision --inventory")


@pytest.mark.parametrize("name", ["zoom", "mipp", "wall"])
def test_a_simulator_tells_its_address_and_ends_on_ctrl_c(office, tmp_path, name):
    process = office.process("simulate", name, "--state", str(tmp_path / "simulated"))
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert re.fullmatch(r"[a-z]+://127\.0\.0\.1:\d+|127\.0\.0\.1:\d+", address)
    if address.startswith("http"):
        with pytest.raises(urllib.error.HTTPError), urllib.request.urlopen(address + "/nowhere"):
            pass
    port = address.rpartition(":")[2]
    taken = office.finished(office.process("simulate", name, "--port", port))
    taken.refused(1, port)
    process.send_signal(signal.SIGINT)
    ended = office.finished(process)
    assert ended.code == 0
    assert "Traceback" not in ended.err


def test_the_register_is_exported_where_it_is_wished(office, tmp_path):
    office.add()
    path = tmp_path / "rekap.xlsx"
    assert office.run("recap", "export", "--output", str(path), "--json").json == {
        "recap": str(path),
        "events": 1,
    }
    kept = path.read_bytes()
    assert office.run("recap", "export", "--output", str(path)).code == 0
    assert path.read_bytes() == kept
    path.write_bytes(b"no workbook")
    office.run("recap", "export", "--output", str(path)).refused(1, "no Excel workbook")
    assert path.read_bytes() == b"no workbook"
