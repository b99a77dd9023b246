"""The whole procedure, as a newcomer runs it: ``cc-run rehearse`` on the real parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import bagit
import pytest
from docx import Document
from openpyxl import load_workbook
from PIL import Image

SECONDS = 5


@dataclass(frozen=True)
class Played:
    """A rehearsal that was played: its JSON, its folder, and the home folder it was played from."""

    said: Mapping[str, Any]
    folder: Path
    home: Path

    def path(self, name: str) -> Path:
        return Path(self.said[name])


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8"}


def _command(folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "cc_run.cli", "rehearse", "--json"),
        *("--for", str(SECONDS), "--state", str(folder)),
    ]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("rehearsal")
    answer = subprocess.run(
        _command(folder),
        env=_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    return Played(json.loads(answer.stdout), folder, home)


def test_it_ends_ready(played: Played) -> None:
    assert played.said["verdict"] == "ready"
    assert played.said["event"] == "VC-0001"


def test_the_seven_steps_are_evidenced(played: Played) -> None:
    steps = played.said["steps"]
    assert [step["step"] for step in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert [step["standard_minutes"] for step in steps] == [5, 10, 30, 120, None, 10, None]
    for step in steps:
        assert step["performer"]
        assert step["output"]
        started = datetime.fromisoformat(step["started"])
        finished = datetime.fromisoformat(step["finished"])
        assert started.tzinfo is not None
        assert started <= finished


def test_the_recording_has_picture_and_sound_and_its_length(played: Played) -> None:
    recording = played.path("recording")
    streams = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-show_entries",
            "stream=codec_type",
            "-of",
            "csv=p=0",
            recording,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {"video", "audio"} <= set(streams)
    decoded = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", recording, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert decoded.stderr == ""
    assert played.said["steps"][4]["output"]["seconds"] == pytest.approx(SECONDS, abs=1.5)


def test_the_register_has_the_event(played: Played) -> None:
    book = load_workbook(played.path("recap"))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "VC-0001" in cells


def test_the_invitation_is_for_its_owner_and_has_what_people_need(played: Played) -> None:
    invitation = played.path("invitation")
    text = invitation.read_text()
    assert "Kode Sandi" in text
    assert "WIB" in text
    assert invitation.stat().st_mode & 0o077 == 0


def test_the_agency_is_noted_as_told_and_the_probe_knows(played: Played) -> None:
    judged = json.loads((played.path("readiness_report").parent / "readiness.json").read_text())
    [shared] = [one for one in judged["results"] if one["id"] == "event.shared"]
    assert (shared["status"], "Bappeda" in shared["found"]) == ("pass", True)
    assert "Bappeda" in played.path("sop_report").read_text()


def test_the_readiness_report_shows_the_cameras_picture(played: Played) -> None:
    page = played.path("readiness_report").read_text()
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert 'src="http' not in page


def test_minutes_and_photos_can_be_opened(played: Played) -> None:
    text = "\n".join(
        paragraph.text for paragraph in Document(str(played.path("minutes"))).paragraphs
    )
    assert "«" not in text
    assert len(played.said["photos"]) == 2
    for photo in played.said["photos"]:
        with Image.open(photo) as picture:
            assert picture.size == (640, 360)


def test_two_valid_bags_hold_the_same_recording(played: Played) -> None:
    bags = [bagit.Bag(path) for path in played.said["bags"]]
    assert len(bags) == 2
    recordings = set()
    for bag in bags:
        bag.validate()
        assert bag.info["External-Identifier"] == "VC-0001"
        recordings |= {
            sums["sha256"]
            for name, sums in bag.entries.items()
            if name.startswith("data/recording/") and name.endswith(".mkv")
        }
    assert recordings == {played.said["steps"][4]["output"]["sha256"]}


def test_mipp_gave_a_receipt(played: Played) -> None:
    receipt = json.loads(played.path("mipp_receipt").read_text())
    assert receipt["event_id"] == "VC-0001"
    assert receipt["url"].startswith("http://127.0.0.1:")
    listed = json.loads((played.folder / "simulators/mipp/mipp.json").read_text())
    assert "VC-0001" in json.dumps(listed)


def test_the_sop_report_names_every_step(played: Played) -> None:
    page = played.path("sop_report").read_text()
    for activity in ("menugaskan Operator", "Merekap jadwal", "Host Zoom", "Selesai"):
        assert activity in page


def test_no_passcode_is_kept_where_others_look(played: Played) -> None:
    passcode = next(
        line.split(":", 1)[1].strip(" *")
        for line in played.path("invitation").read_text().splitlines()
        if "Kode Sandi" in line
    )
    assert len(passcode) >= 6
    state = played.folder / "state"
    kept = [
        path
        for path in state.rglob("*")
        if path.is_file() and path != played.path("invitation")
        if passcode.encode() in path.read_bytes()
    ]
    assert kept == []


def test_nothing_is_left_running_and_nothing_outside_is_touched(played: Played) -> None:
    assert list(played.home.rglob("*")) == []
    folder = str(played.folder).encode()
    left = [
        process
        for process in Path("/proc").glob("[0-9]*")
        if folder in _read(process / "cmdline") + _read(process / "environ")
    ]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_second_and_a_third_run_work_side_by_side(played: Played, tmp_path: Path) -> None:
    """One in the first one's folder, one in a folder of its own, at the same time."""
    environment = _environment(played.home)
    runs = [
        subprocess.Popen(
            _command(folder),
            env=environment,
            cwd=played.home,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / f"{number}.log").open("w"),
            text=True,
        )
        for number, folder in enumerate((played.folder, tmp_path / "other"))
    ]
    said = [run.communicate()[0] for run in runs]
    logs = [(tmp_path / f"{number}.log").read_text()[-2000:] for number in (0, 1)]
    assert [run.returncode for run in runs] == [0, 0], logs
    assert [json.loads(text)["event"] for text in said] == ["VC-0002", "VC-0001"]
