"""What is made of a finished recording: real ffmpeg on films whose content is known."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from programme import TONE_LUFS, Scene, film

from cc_run import sop
from cc_run.archive.contents import gather
from cc_run.archive.filing import archive_event
from cc_run.archive.retention import prunable_event, prune
from cc_run.archive.sums import Sums
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.journal import journal as journalling
from cc_run.recording.media import content_of
from cc_run.recording.products import FINISHED, MADE, make_products
from cc_run.recording.second import TAKEN_IN
from cc_run.room.converge import Convergence
from cc_run.sequence import documentation
from cc_run.sequence.documents import offered_photos
from cc_run.sequence.recording import stop_event
from cc_run.times import now
from cc_run.workspace import Workspace

FIRST = [Scene("room", 0, 12), Scene("black", 0, 3), Scene("room", 3, 20)]
SECOND = [Scene("page", 1, 32, silent=(5, 17)), Scene("room", 1, 13), Scene("page", 2, 10)]
SHORT = [Scene("room", 1, 3), Scene("page", 1, 3)]
PAUSE, BREAK = 60, 5  # at 20 s of the first; between the two
MEETING = 82345678901


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for name, scenes in (("first", FIRST), ("second", SECOND), ("short", SHORT)):
        film(folder / f"{name}.mkv", scenes)
    return folder


@dataclass(frozen=True)
class Recorder:
    """Puts films in the place of what OBS would have recorded."""

    workspace: Workspace
    event: Event
    films: Path
    folder: Path
    began: datetime
    note: Callable[..., None]

    def segment(self, name: str, after: float) -> Path:
        file = self.folder / f"{self.event.id}_{name}.mkv"
        shutil.copyfile(self.films / f"{name}.mkv", file)
        self.note(after, "recording.segment", file=str(file))
        return file

    def finish(self) -> Any:
        _stopped, recorded = stop_event(self.workspace, self.event)
        assert recorded is not None
        return recorded

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.workspace.journal.entries(self.event.id)]

    @property
    def papers(self) -> Path:
        return self.workspace.event_dir(self.event) / "recording"


@pytest.fixture
def recorder(workspace, event, films, tmp_path, monkeypatch) -> Recorder:
    began = (now() - timedelta(hours=1)).replace(microsecond=0)

    def note(after: float, kind: str, **data: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(journalling, "now", lambda: began + timedelta(seconds=after))
            workspace.journal.append(
                kind, event_id=event.id, step=sop.RECORD, actor="Budi", data=data
            )

    folder = tmp_path / "recordings"
    folder.mkdir()
    return Recorder(workspace, event, films, folder, began, note)


@pytest.fixture
def long_one(recorder: Recorder) -> Recorder:
    """Two segments and a pause, as a supervisor that was killed has left them."""
    recorder.segment("first", 0)
    recorder.note(20, "recording.paused")
    recorder.note(20 + PAUSE, "recording.resumed", paused=float(PAUSE))
    recorder.segment("second", 35 + PAUSE + BREAK)
    return recorder


@pytest.fixture
def short_one(recorder: Recorder) -> Recorder:
    recorder.segment("short", 0)
    return recorder


def test_all_of_it_is_made_and_true(long_one: Recorder) -> None:
    result = long_one.finish()
    products = result.products
    assert products.not_made == ()

    # The same packets, to the last one.
    assert products.mp4 == result.media.file.with_suffix(".mp4")
    whole = content_of(products.mp4)
    assert (whole.frames, whole.complaint) == (result.media.frames, "")
    assert abs(whole.seconds - result.media.seconds) < 0.15

    # Each finding at its time on the wall, behind the pause and the gap.
    def after(seconds: float) -> datetime:
        return long_one.began + timedelta(seconds=seconds)

    second = 35 + PAUSE + BREAK
    wished = {
        "black": (after(12), after(15)),
        "freeze": (after(second), after(second + 32)),
        "silence": (after(second + 5), after(second + 17)),
    }
    assert {one.kind: (one.start, one.end) for one in products.findings} == {
        kind: pytest.approx(times, abs=timedelta(seconds=0.5)) for kind, times in wished.items()
    }
    assert products.loudness is not None
    assert abs(products.loudness.lufs - TONE_LUFS) < 1
    assert products.loudness.verdict == "good"

    # Photos of people and of pages, none of the black, apart in time.
    candidates = products.candidates
    assert 4 <= len(candidates) <= 6
    assert offered_photos(long_one.workspace, long_one.event) == [one.file for one in candidates]
    assert {one.kind for one in candidates} == {"room", "screen"}
    assert max(one.faces for one in candidates) == 3
    places = [one.at for one in candidates]
    assert places == sorted(places)
    for one in candidates:
        with Image.open(one.file) as picture:
            assert picture.size == (640, 360)
            assert ImageStat.Stat(picture.convert("L")).mean[0] > 40
    with Image.open(products.contact_sheet) as sheet:
        assert sheet.size[0] > 1500

    # People read it all in one place, and in the procedure's evidence.
    report = result.report.read_text()
    assert "LUFS" in report
    zone = long_one.workspace.settings.room.zone
    silence = next(one for one in products.findings if one.kind == "silence")
    assert f"  {silence.start.astimezone(zone):%H.%M.%S}–" in report
    made = long_one.workspace.journal.latest(long_one.event.id, MADE)
    assert made is not None
    assert len(made.data["sentences"]) == 2
    assert made.data["of"] == result.media.sha256


def test_killed_in_the_middle_nothing_is_lost_and_the_archive_makes_the_rest(
    long_one: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "cc_run.cli", "record", "stop", "--event", long_one.event.id]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(command, **quiet, text=True)
    mp4 = long_one.folder / f"{long_one.event.id}_joined.mp4"
    deadline = time.monotonic() + 120
    while not mp4.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # The result stood in the journal before any of this began.
    assert "recording.finished" in long_one.kinds()
    assert long_one.kinds()[-1] == "step.finished"
    output = long_one.workspace.journal.output(long_one.event.id, sop.RECORD)
    assert content_of(Path(output["file"])).complaint == ""

    monkeypatch.setattr(documentation, "converge", lambda *_words, **_more: Convergence())
    told: list[str] = []
    documentation.archive(
        long_one.workspace, long_one.event, on_progress=lambda one: told.append(one.text)
    )
    made = long_one.workspace.journal.latest(long_one.event.id, MADE)
    assert made is not None
    assert (made.data["mp4"], made.data["not_made"]) == (str(mp4), [])
    assert all(Path(one["file"]).is_file() for one in made.data["candidates"])
    assert "Looking through the recording" in told
    hidden = [path.name for path in long_one.papers.iterdir() if path.name.startswith(".")]
    assert (hidden, list(long_one.folder.glob(".*"))) == ([".products.lock"], [])


def test_who_does_not_want_to_wait_leaves_it(short_one: Recorder, monkeypatch) -> None:
    short_one.finish()
    shutil.rmtree(short_one.papers / "candidates")
    before = short_one.kinds()
    left = make_products(short_one.workspace, short_one.event, put_off=lambda: True)
    assert left.left
    assert short_one.kinds() == before
    whole = make_products(short_one.workspace, short_one.event)
    assert all(path.is_file() for path in whole.files)
    # What is there and right is not made again.
    stamps = {path: path.stat().st_mtime_ns for path in whole.files}
    assert make_products(short_one.workspace, short_one.event) == whole
    assert {path: path.stat().st_mtime_ns for path in whole.files} == stamps


def test_what_cannot_be_made_is_said_and_the_recording_stands(
    short_one: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    broken = programs / "ffmpeg"
    broken.write_text("#!/bin/sh\necho 'No such filter: ebur128' >&2\nexit 1\n")
    broken.chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{programs}:{path}")
    result = short_one.finish()
    assert len(result.products.not_made) == 2
    assert all("No such filter: ebur128" in text for text in result.products.not_made)
    assert short_one.workspace.journal.progress(short_one.event.id)[sop.RECORD].done

    monkeypatch.setenv("PATH", path)
    again = make_products(short_one.workspace, short_one.event, again=False)
    assert again.not_made == result.products.not_made  # a timer does not try it every night
    assert make_products(short_one.workspace, short_one.event).not_made == ()


def zoom_folder(recorder: Recorder, name: str, after: float, *files: str) -> Path:
    """A folder as Zoom makes it; its files have been whole for a while."""
    began = recorder.began + timedelta(seconds=after)
    local = began.astimezone(recorder.workspace.settings.room.zone)
    zooms = recorder.workspace.settings.recording.zoom_dir
    assert zooms is not None
    folder = zooms / f"{local:%Y-%m-%d %H.%M.%S} {name}"
    folder.mkdir(parents=True)
    for file in files:
        shutil.copyfile(recorder.films / "short.mkv", folder / file)
        if file.endswith(".mp4"):
            command = ["ffmpeg", "-v", "error", "-y", "-i", str(recorder.films / "second.mkv")]
            subprocess.run([*command, "-c", "copy", str(folder / file)], check=True)
        os.utime(folder / file, (began.timestamp(), began.timestamp()))
    return folder


def test_zooms_own_recording_is_taken_in_once_and_covers_the_gap(recorder: Recorder) -> None:
    recorder.segment("short", 0)
    recorder.segment("second", 20)
    with recorder.workspace.journal.step(recorder.event.id, sop.HOST, "Budi") as step:
        step.output = {"meeting_id": MEETING}
    topic = "Rapat Koordinasi SPBE"
    mine = zoom_folder(recorder, f"{topic} {MEETING}", 5, "video1.mp4", "audio1.m4a", "chat.txt")
    nameless = zoom_folder(recorder, "Rapat Koordinasi SPBE", 40, "double_click_to_convert_01.zoom")
    zoom_folder(recorder, f"{topic} 99999999999", 6, "video1.mp4")
    zoom_folder(recorder, "Rapat lain", 7, "video1.mp4")
    zoom_folder(recorder, f"{topic} {MEETING} ", -90000, "video1.mp4")
    before = sorted(mine.iterdir())

    result = recorder.finish()
    [second] = result.products.seconds
    assert second.file.parent == recorder.papers / "zoom"
    assert (second.kind, second.exact) == ("local", False)
    assert second.start == recorder.began + timedelta(seconds=5)
    assert sorted(mine.iterdir()) == before  # copied, not moved
    [waiting] = result.products.waiting
    assert str(nameless) in waiting
    assert json.loads(Path(f"{second.file}.json").read_text())["type"] == "local"
    report = result.report.read_text()
    assert report.count(second.file.name) == 2  # beside the gap, and among the second recordings

    # What Zoom's cloud has lies in the same folder, with its exact start.
    cloud = recorder.papers / "zoom" / "GMT_Recording_gallery_view.mp4"
    shutil.copyfile(second.file, cloud)
    facts = {"type": "gallery_view", "recording_start": "2026-11-24T02:00:00+00:00"}
    Path(f"{cloud}.json").write_text(json.dumps(facts))
    both = make_products(recorder.workspace, recorder.event, again=False).seconds
    assert {one.kind: one.exact for one in both} == {"local": False, "gallery_view": True}
    make_products(recorder.workspace, recorder.event)
    assert recorder.kinds().count(TAKEN_IN) == 2


def test_one_that_zoom_still_writes_is_left_until_it_is_whole(short_one: Recorder) -> None:
    folder = zoom_folder(short_one, "Rapat Koordinasi SPBE", 0, "video1.mp4")
    (folder / "video1.mp4").touch()
    products = short_one.finish().products
    assert products.seconds == ()
    assert "Zoom is still writing" in products.waiting[0]
    os.utime(folder / "video1.mp4", (1, 1))
    assert len(make_products(short_one.workspace, short_one.event).seconds) == 1


def test_the_bag_has_what_belongs_to_it_and_the_parts_stay_until_it_is_safe(
    recorder: Recorder,
) -> None:
    workspace = recorder.workspace
    parts = [recorder.segment("short", 0), recorder.segment("second", 20)]
    zoom_folder(recorder, "Rapat Koordinasi SPBE", 5, "video1.mp4")
    result = recorder.finish()
    entries = workspace.journal.entries(recorder.event.id)
    names = {one.place for one in gather(workspace, recorder.event, entries, Sums(Path("/nil")))}
    prefix = f"data/recording/{recorder.event.id}"
    assert {f"{prefix}_joined.mkv", f"{prefix}_contact-sheet.jpg", f"{prefix}_gaps.txt"} <= names
    assert sum(name.startswith("data/recording/candidates/") for name in names) >= 2
    assert sum(name.startswith("data/recording/zoom/") for name in names) == 2
    assert not any(name.endswith(("_joined.mp4", *(part.name for part in parts))) for name in names)

    def leave() -> None:
        prunable = prunable_event(workspace, recorder.event, now() + timedelta(days=9), 0)
        prune(workspace, prunable, approved_by="Sekar")

    with pytest.raises(Refusal, match="stays"):
        leave()
    for target in workspace.settings.archive.targets:
        Path(target.url.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
    archive_event(workspace, recorder.event)
    with workspace.journal.step(recorder.event.id, sop.CLOSE, "Siti") as step:
        step.output = {}
    assert all(part.is_file() for part in parts)
    leave()
    gone = [*parts, result.media.file, result.products.mp4, result.products.seconds[0].file]
    assert [path for path in gone if path.exists()] == []
    # Nothing of it is taken in, made or sent once more.
    made = make_products(workspace, recorder.event)
    assert not made.seconds[0].file.exists()
    assert archive_event(workspace, recorder.event).delivered == ()
    assert FINISHED in recorder.kinds()
