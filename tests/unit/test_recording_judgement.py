"""What is wrong with a recording and what it lacks, judged from what was seen."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cc_run.journal import Entry
from cc_run.recording.alarms import Alarm, AlarmBook, Cleared
from cc_run.recording.control import EXTENDED, extension
from cc_run.recording.gaps import gaps_between
from cc_run.recording.levels import Level
from cc_run.recording.obs import RecordStatus
from cc_run.recording.observation import Frames, Observation, Setup
from cc_run.recording.picture import HEIGHT, WIDTH, is_black
from cc_run.recording.proof import Proof
from cc_run.recording.segments import Segment, segments_of
from cc_run.recording.stamp import Deadline, Stamp
from cc_run.recording.watch import Watch
from cc_run.settings import Settings

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
FILE = Path("/recordings/VC-0001_a.mkv")
GREY, BLACK = bytes([90]) * (WIDTH * HEIGHT), bytes(WIDTH * HEIGHT)


def seen(settings: Settings, moment: float, **changed: object) -> Observation:
    obs = settings.obs
    usual = Observation(
        moment=moment,
        status=RecordStatus(active=True, paused=False, seconds=moment, size=1, file=FILE),
        setup=Setup(obs.profile, obs.collection, obs.scene),
        frames=Frames(int(moment * 30), 0, 0),
        picture=bytes([90 + int(moment * 2) % 90]) * (WIDTH * HEIGHT),
        levels={"Mikrofon": Level(-20.0, 0.0)},
        muted=frozenset(),
        size=int(moment * 1000) + 1,
        free=2**40,
        left=600.0,
    )
    return dataclasses.replace(usual, **changed)


def alarmed(settings: Settings, seconds: float, **changed: object) -> dict[str, float]:
    """When each alarm first appears, with something changed from the fifth second on."""
    watch, found = Watch(settings, 0.0), {}
    for half in range(int((seconds + 5) * 2)):
        moment = half / 2
        look = seen(settings, moment, **(changed if moment >= 5 else {}))
        if (look.size is not None and "size" not in changed) or moment < 5:
            watch.saw_size(look.size or 0, moment)
        for key in watch.wrong(look):
            found.setdefault(key, moment - 5)
    return found


def test_a_recording_that_is_well_raises_no_alarm(settings: Settings) -> None:
    assert alarmed(settings, 120) == {}


@pytest.mark.parametrize(
    ("changed", "key", "within"),
    [
        ({"picture": BLACK}, "picture.black", 4),
        ({"picture": GREY}, "picture.frozen", 5),
        ({"levels": {}}, "microphone.Mikrofon", 4),
        ({"levels": {"Mikrofon": Level(None, 0.0)}}, "microphone.Mikrofon", 4),
        ({"levels": {"Mikrofon": Level(-math.inf, 0.0)}}, "microphone.Mikrofon", 4),
        ({"levels": {"Mikrofon": Level(-20, 0.0)}, "size": 5000}, "file.still", 3),
        ({"levels": {"Mikrofon": Level(-70, 0.0)}}, "microphone.Mikrofon.low", 31),
        ({"levels": {"Mikrofon": Level(0.0, 0.9)}}, "microphone.Mikrofon.clips", 4),
        ({"free": 60 * 2**20}, "disk.short", 1),
        ({"setup": Setup("Other", "Command Center", "Rekaman Vidcon")}, "setup.profile", 1),
        ({"setup": Setup("Command Center", "Other", "X")}, "setup.collection", 1),
        ({"setup": Setup("Command Center", "Command Center", "X")}, "setup.scene", 1),
    ],
)
def test_each_trouble_has_its_alarm_in_time(
    settings: Settings, changed: dict[str, object], key: str, within: float
) -> None:
    found = alarmed(settings, 40, **changed)
    assert found[key] <= within
    assert set(found) <= {key, "picture.frozen"}


def test_a_pause_is_no_trouble(settings: Settings) -> None:
    status = RecordStatus(active=True, paused=True, seconds=5, size=1, file=FILE)
    quiet = {"Mikrofon": Level(-math.inf, 0.0)}
    assert alarmed(settings, 20, status=status, picture=GREY, levels=quiet, size=5000) == {}


def test_late_frames_are_told_by_their_share(settings: Settings) -> None:
    watch, found = Watch(settings, 0.0), []
    for moment in range(60):
        late = max(0, moment - 30) * 6  # a fifth of the frames from the half minute on
        look = seen(settings, moment, frames=Frames(moment * 30, late, 0))
        watch.saw_size(look.size or 0, moment)
        found += [moment] * ("frames.late" in watch.wrong(look))
    assert 30 < found[0] <= 40


def test_a_mouse_on_black_is_still_black() -> None:
    pointer = bytearray(BLACK)
    pointer[500:520] = bytes([255]) * 20
    assert is_black(bytes(pointer))
    assert not is_black(GREY)


def test_an_alarm_is_raised_once_and_cleared_when_it_is_over() -> None:
    book, wrong = AlarmBook(), {"picture.black": "The picture is black."}
    raised = [news for moment in range(5) for news in book.update(wrong, float(moment))]
    assert raised == [Alarm("picture.black", "The picture is black.", 0.0)]
    assert [alarm.key for alarm in book.standing] == ["picture.black"]
    # What comes back within three seconds is the same one.
    assert book.update({}, 5.0) == []
    assert book.update(wrong, 6.0) == []
    over = [news for moment in range(7, 12) for news in book.update({}, float(moment))]
    assert over == [Cleared(raised[0], 6.0)]
    assert book.standing == ()


def test_what_is_healed_is_over_at_once() -> None:
    book = AlarmBook()
    book.update({"obs.gone": "OBS has ended.", "picture.black": "Black."}, 1.0)
    assert [news.alarm.key for news in book.clear(3.0, ["obs.gone"])] == ["obs.gone"]
    assert [news.alarm.key for news in book.clear(3.0)] == ["picture.black"]


def test_a_proof_needs_file_sound_and_picture(settings: Settings) -> None:
    proof = Proof(["Mikrofon"])
    proof.take(seen(settings, 1.0, levels={}))
    assert len(proof.missing()) == 3
    proof.take(seen(settings, 2.0))
    assert proof.missing() == []
    black = Proof([])
    black.take(seen(settings, 1.0, picture=BLACK))
    black.take(seen(settings, 2.0, picture=BLACK))
    assert black.missing() == ["The picture is black."]


def stamp(seconds: float, boot: str = "this", set_by: float = 0.0) -> Stamp:
    return Stamp(NOON + timedelta(seconds=seconds + set_by), boot, seconds)


def part(seconds: float, paused: float = 0.0, **more: object) -> Segment:
    return Segment(FILE, stamp(seconds, **more), {"text": "OBS has ended."}, paused)


def test_gaps_are_between_the_last_packet_and_the_next_start() -> None:
    gaps = gaps_between([(part(0), 10.0), (part(12), 5.0), (part(17.1), 3.0)], stamp(20.5))
    assert [(gap.start, gap.seconds) for gap in gaps] == [(NOON + timedelta(seconds=10), 2.0)]
    assert gaps[0].because == {"text": "OBS has ended."}


def test_a_pause_is_no_gap_and_an_unreadable_segment_lengthens_one() -> None:
    assert gaps_between([(part(0, paused=30), 10.0), (part(40.1), 5.0)], None) == ()
    gaps = gaps_between([(part(0), 10.0), (part(12), 0.0), (part(20), 5.0)], None)
    assert [gap.seconds for gap in gaps] == [10.0]


def test_an_end_before_its_time_is_a_gap() -> None:
    gaps = gaps_between([(part(0), 10.0)], stamp(60), {"text": "The disk is full."})
    assert [(gap.seconds, gap.because) for gap in gaps] == [(50.0, {"text": "The disk is full."})]


def test_a_clock_that_was_set_lengthens_no_gap_but_a_restart_can_only_be_told_by_it() -> None:
    gaps = gaps_between([(part(0), 10.0), (part(12, set_by=3600), 5.0)], None)
    assert [round(gap.seconds, 3) for gap in gaps] == [2.0]
    restarted = Segment(FILE, Stamp(NOON + timedelta(seconds=100), "next", 3.0))
    assert [gap.seconds for gap in gaps_between([(part(0), 10.0), (restarted, 5.0)], None)] == [90]


def entry(number: int, kind: str, **data: object) -> Entry:
    return Entry(number, NOON, "VC-0001", 5, kind, "Budi", data, "")


def test_segments_are_told_by_the_journal() -> None:
    entries = [
        entry(1, "recording.segment", file="/r/a.mkv", boot="this", ticking=5.0),
        entry(2, "recording.resumed", paused=3.0),
        entry(3, "recording.segment", file="/r/b.mkv", because={"text": "x"}),
        entry(4, "recording.segment", file="/r/a_saved.mkv", instead_of="/r/a.mkv"),
    ]
    first, second = segments_of(entries)
    assert (first.file, first.paused, first.start.seconds) == (Path("/r/a_saved.mkv"), 3.0, 5.0)
    assert (second.file, second.because) == (Path("/r/b.mkv"), {"text": "x"})


def test_an_end_is_moved_by_all_that_was_added_since_the_last_recording() -> None:
    entries = [entry(1, EXTENDED, minutes=15), entry(2, "step.finished")]
    assert extension(entries) == timedelta(0)
    more = [entry(3, EXTENDED, minutes=15), entry(4, EXTENDED, minutes=-5)]
    assert extension(entries + more) == timedelta(minutes=10)


def test_a_deadline_is_moved_by_a_difference() -> None:
    until = datetime.now(UTC) + timedelta(seconds=100)
    deadline = Deadline(until)
    assert deadline.move(until + timedelta(seconds=60)) == 60
    assert 158 < deadline.left <= 160
    assert deadline.move(until - timedelta(seconds=500)) == -560
    assert deadline.left == 0
