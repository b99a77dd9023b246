"""What is made of a finished recording: real ffmpeg on films whose content is known."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from programme import TONE_LUFS, Scene, film

from cc_run import sop
from cc_run.journal import journal as journalling
from cc_run.recording.media import content_of
from cc_run.sequence.documents import offered_photos
from cc_run.sequence.recording import stop_event
from cc_run.times import now

FIRST = [Scene("room", 0, 12), Scene("black", 0, 3), Scene("room", 3, 20)]
SECOND = [Scene("page", 1, 32, silent=(5, 17)), Scene("room", 1, 13), Scene("page", 2, 10)]
PAUSE, BREAK = 60, 5  # at 20 s of the first; between the two


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    film(folder / "first.mkv", FIRST)
    film(folder / "second.mkv", SECOND)
    return folder


@pytest.fixture
def began() -> datetime:
    return (now() - timedelta(hours=1)).replace(microsecond=0)


@pytest.fixture
def recorded(workspace, event, films, began, tmp_path, monkeypatch) -> list[Path]:
    """Both films as OBS's segments, as a supervisor that was killed at the end has left them."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    files = [folder / f"{event.id}_1.mkv", folder / f"{event.id}_2.mkv"]
    for film_, file in zip(("first", "second"), files, strict=True):
        shutil.copyfile(films / f"{film_}.mkv", file)

    def note(after: float, kind: str, **data: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(journalling, "now", lambda: began + timedelta(seconds=after))
            workspace.journal.append(
                kind, event_id=event.id, step=sop.RECORD, actor="Budi", data=data
            )

    note(0, "recording.segment", file=str(files[0]))
    note(20, "recording.paused")
    note(20 + PAUSE, "recording.resumed", paused=float(PAUSE))
    note(35 + PAUSE + BREAK, "recording.segment", file=str(files[1]))
    return files


def test_all_of_it_is_made_and_true(workspace, event, recorded, began) -> None:
    _stopped, result = stop_event(workspace, event)
    assert result is not None
    products = result.products
    assert products.not_made == ()

    def after(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    # The same packets, to the last one.
    assert products.mp4 == result.media.file.with_suffix(".mp4")
    whole = content_of(products.mp4)
    assert (whole.frames, whole.complaint) == (result.media.frames, "")
    assert abs(whole.seconds - result.media.seconds) < 0.15
    # Each finding at its time on the wall, behind the pause and the gap.
    second = after(35 + PAUSE + BREAK)
    wished = {
        "black": (after(12), after(15)),
        "freeze": (second, second + timedelta(seconds=32)),
        "silence": (second + timedelta(seconds=5), second + timedelta(seconds=17)),
    }
    assert {one.kind: (one.start, one.end) for one in products.findings} == {
        kind: pytest.approx(times, abs=timedelta(seconds=0.5)) for kind, times in wished.items()
    }
    assert products.loudness is not None
    assert abs(products.loudness.lufs - TONE_LUFS) < 1
    assert products.loudness.verdict == "good"


def test_photos_are_of_people_and_pages_and_apart(workspace, event, recorded) -> None:
    _stopped, result = stop_event(workspace, event)
    assert result is not None
    candidates = result.products.candidates
    assert 4 <= len(candidates) <= 6
    assert offered_photos(workspace, event) == [one.file for one in candidates]
    kinds = [one.kind for one in candidates]
    assert set(kinds) == {"room", "screen"}
    assert max(one.faces for one in candidates) == 3
    places = [one.at for one in candidates]
    assert places == sorted(places)
    for one in candidates:
        with Image.open(one.file) as picture:
            assert picture.size == (640, 360)
            assert ImageStat.Stat(picture.convert("L")).mean[0] > 40
    with Image.open(result.products.contact_sheet) as sheet:
        assert sheet.size[0] > 1500
