"""What products are made from: what ffmpeg says, times on the wall, the best of the stills."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from programme import SIZE, black, page, room

from cc_run.archive.due import is_due
from cc_run.archive.receipts import Receipt
from cc_run.journal import Entry
from cc_run.recording.contact_sheet import evenly
from cc_run.recording.faces import face_counter
from cc_run.recording.findings import Span, findings_of, spans_in, summed
from cc_run.recording.loudness import Loudness, loudness_in
from cc_run.recording.second import SecondRecording, coverage
from cc_run.recording.stills import Still, chosen, still_of
from cc_run.recording.timeline import timeline_of

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)

SAID = """\
[silencedetect @ 0x1] silence_start: 3.5
[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 10.0
[blackdetect @ 0x3] black_start:10.2 black_end:14.8 black_duration:4.6
[freezedetect @ 0x2] lavfi.freezedetect.freeze_duration: 5
[freezedetect @ 0x2] lavfi.freezedetect.freeze_end: 15
[silencedetect @ 0x1] silence_end: 8.5 | silence_duration: 5
[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 40
[Parsed_ebur128_6 @ 0x4] Summary:

  Integrated loudness:
    I:         {lufs} LUFS
    Threshold: -31.8 LUFS

  Loudness range:
    LRA:         2.5 LU
    Threshold: -41.8 LUFS

  True peak:
    Peak:      {peak} dBFS
"""


def test_what_stands_out_is_read_out_of_what_ffmpeg_says() -> None:
    """A black picture stands still too; what has no end lasts to the file's."""
    assert spans_in(SAID, 60.0) == (
        Span("silence", 3.5, 8.5),
        Span("black", 10.2, 14.8),
        Span("freeze", 40.0, 60.0),
    )
    assert spans_in("nothing of the kind", 60.0) == ()


@pytest.mark.parametrize(
    ("lufs", "peak", "verdict", "words"),
    [
        ("-21.8", "-3.0", "good", "−21.8 LUFS, peak −3.0 dBTP, good to listen to"),
        ("-41.0", "-20.0", "quiet", "too quiet"),
        ("-8.0", "-0.5", "loud", "too loud"),
        ("-15.0", "1.2", "distorted", "distorted where it is loudest"),
        ("-60.0", "-40.0", "silent", "nobody can be heard"),
        ("-70.0", "-inf", "silent", "there is no sound"),
    ],
)
def test_loudness_has_a_verdict_in_plain_words(
    lufs: str, peak: str, verdict: str, words: str
) -> None:
    loudness = loudness_in(SAID.format(lufs=lufs, peak=peak))
    assert loudness is not None
    assert (loudness.verdict, loudness.range) == (verdict, 2.5)
    assert words in loudness.sentence
    assert Loudness.from_data(loudness.as_data()) == loudness
    assert loudness_in("") is None


def entry(number: int, kind: str, after: float = 0, **data: object) -> Entry:
    at = NOON + timedelta(seconds=after)
    return Entry(number, at, "VC-0001", 5, kind, "Budi", data, "")


def test_places_in_the_file_are_told_by_the_wall_clock() -> None:
    """A pause and a gap lie between; what begins at the gap is after it, what ends there before."""
    entries = [
        entry(1, "recording.segment", file="/v/a.mkv"),
        entry(2, "recording.paused", 20),
        entry(3, "recording.resumed", 80, paused=60.0),
        entry(4, "recording.segment", 100, file="/v/b.mkv"),
    ]
    parts = [
        {"file": "a.mkv", "from": NOON.isoformat(), "seconds": 35},
        {"file": "b.mkv", "from": (NOON + timedelta(seconds=100)).isoformat(), "seconds": 10},
    ]
    timeline = timeline_of(parts, entries)
    for place, moment in ((0, 0), (19.9, 19.9), (21, 81), (34, 94), (36, 101)):
        assert timeline.at(place) == NOON + timedelta(seconds=moment)
    before, behind = findings_of([Span("silence", 30.0, 35.0), Span("black", 35.0, 37.0)], timeline)
    assert [(one - NOON).total_seconds() for one in (before.start, before.end)] == [90, 95]
    assert [(one - NOON).total_seconds() for one in (behind.start, behind.end)] == [100, 102]
    assert summed([before, before, behind]) == (
        "What stands out: nothing is heard (2 ×, 0:10), the picture is black (1 ×, 0:02)"
    )
    assert summed([]) == ""
    # An older journal does not tell of parts.
    assert timeline_of([], entries).at(7) == NOON + timedelta(seconds=7)


def still(picture: Image.Image, seconds: float) -> Still:
    return still_of(picture.tobytes(), *SIZE, seconds)


def seen(people: int) -> Image.Image:
    """The room with the noise that every camera has."""
    noise = Image.effect_noise(SIZE, 30).convert("RGB")
    return Image.blend(room(people), noise, 0.12)


def test_stills_are_weighed_by_what_they_show() -> None:
    people, paper, nothing = still(seen(3), 0), still(page(1), 1), still(black(0), 2)
    assert (people.kind, paper.kind) == ("room", "screen")
    assert (people.is_fit, paper.is_fit, nothing.is_fit) == (True, True, False)
    blurred = still(room(3).resize((40, 22)).resize(SIZE), 3)
    assert blurred.sharpness < people.sharpness


def test_faces_count_where_something_finds_them() -> None:
    faces_in = face_counter()
    assert faces_in is not None
    assert [faces_in(still(seen(number), 0).jpeg) for number in (0, 1, 3)] == [0, 1, 3]
    assert faces_in(still(page(1), 0).jpeg) == 0
    assert faces_in(b"no picture") == 0
    scenes = [seen(0), seen(3), seen(0), seen(0)]
    stills = [still(scene, 10.0 * place) for place, scene in enumerate(scenes)]
    assert [one.seconds for one in chosen(stills, 1, 40, faces_in)] == [10.0]


def test_a_page_that_stays_is_offered_once_and_the_room_beside_it() -> None:
    stills = [still(page(1), float(second)) for second in range(50)]
    stills += [still(seen(2), float(second)) for second in range(50, 60)]
    best = chosen(stills, 6, 60)
    assert [one.kind for one in best] == ["screen", "room"]
    assert chosen([still(black(0), 1.0)], 6, 60) == []


def test_the_sheet_has_pictures_of_all_of_it() -> None:
    stills = [still(black(0), float(second)) for second in range(100)]
    assert [one.seconds for one in evenly(stills, 4)] == [12, 37, 62, 87]
    assert len(evenly(stills[:3], 4)) == 3


def test_a_second_recording_covers_a_gap_or_a_part_of_it() -> None:
    second = SecondRecording(Path("zoom.mp4"), "local", NOON, True, 60.0, 1, "")
    assert SecondRecording.from_data(second.as_data()) == second

    def covers(start: float, end: float) -> list[str]:
        times = (NOON + timedelta(seconds=seconds) for seconds in (start, end))
        return [str(text) for text in coverage(*times, [second])]

    assert covers(5, 10) == ["Zoom's own recording has it: zoom.mp4"]
    assert covers(50, 70) == ["Zoom's own recording has a part of it: zoom.mp4"]
    assert covers(60, 70) == covers(-10, 0) == []


def test_what_came_from_zoom_after_the_delivery_is_due() -> None:
    receipt = Receipt("disk", "file:///d", "/d/VC-0001", "0", 1, 1, NOON, "read back")
    done = [
        entry(1, "step.started"),
        entry(2, "step.finished", output={"file": "/v/a.mkv"}),
        entry(3, "recording.second", file="/e/zoom/a.mp4"),
        entry(4, "archive.delivered", **receipt.facts()),
    ]
    assert not is_due(done, {"disk"})
    assert not is_due([*done, entry(5, "zoom.fetched", file="/e/zoom/a.mp4")], {"disk"})
    assert is_due([*done, entry(5, "zoom.fetched", file="/e/zoom/b.mp4")], {"disk"})
    assert is_due([*done, entry(5, "recording.second", file="/e/zoom/c.mp4")], {"disk"})


def test_a_picture_that_is_none_has_no_faces() -> None:
    broken = io.BytesIO()
    Image.new("RGB", (8, 8)).save(broken, "JPEG")
    faces_in = face_counter()
    assert faces_in is not None
    assert faces_in(broken.getvalue()[:40]) == 0
