"""What a video file holds is judged by its packets; ffmpeg makes the files."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from cc_run.errors import OutsideFailure, Refusal
from cc_run.recording.media import examine, join, streams_of


def test_a_good_file_is_told_by_its_packets_and_its_checksum(tmp_path: Path) -> None:
    file = clip(tmp_path / "good.mkv")
    media = examine(file)
    assert abs(media.seconds - 4) < 0.1
    assert set(media.streams) == {"video", "audio"}
    assert media.size == file.stat().st_size
    assert media.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_packets_with_data_beside_them_are_read_too(tmp_path: Path) -> None:
    """AAC in mp4 says in its first packet how many samples to skip."""
    assert abs(examine(clip(tmp_path / "good.mp4")).seconds - 4) < 0.1


def test_a_file_that_was_cut_off_is_refused_though_its_header_says_otherwise(
    tmp_path: Path,
) -> None:
    file = cut_off(clip(tmp_path / "cut.mkv"))
    assert set(streams_of(file)) == {"video", "audio"}
    assert abs(announced(file) - 4) < 0.1
    with pytest.raises(Refusal, match="File ended prematurely") as refused:
        examine(file)
    assert "Keep the file and tell IT" in refused.value.remedy


def test_joining_a_file_that_was_cut_off_repairs_it(tmp_path: Path) -> None:
    file, repaired = cut_off(clip(tmp_path / "cut.mkv")), tmp_path / "repaired.mkv"
    join([file], repaired)
    assert 1 < examine(repaired).seconds < 3.5


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "missing or empty"), (b"\x1aE\xdf\xa3 no video", "cannot be used"), (None, "missing")],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    file = tmp_path / "bad.mkv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refusal, match=reason):
        examine(file)


@pytest.mark.parametrize(("kind", "missing"), [("-an", "sound"), ("-vn", "picture")])
def test_a_file_without_picture_or_sound_is_refused(
    tmp_path: Path, kind: str, missing: str
) -> None:
    file = clip(tmp_path / "half.mkv", kind)
    with pytest.raises(Refusal, match=f"there is no {missing} in it"):
        examine(file)


def test_more_complaints_than_a_pipe_holds_do_not_stop_the_reading(tmp_path: Path) -> None:
    file = clip(tmp_path / "torn.mkv", "-b:v", "8M", "-minrate", "8M", "-g", "1")
    data = bytearray(file.read_bytes())
    for place in range(5000, len(data), 97):
        data[place] ^= 0xFF
    file.write_bytes(data)
    try:
        assert examine(file).size == len(data)
    except Refusal as refused:
        assert str(file) in refused.message


def test_joined_segments_hold_every_frame_of_both(tmp_path: Path) -> None:
    first = clip(tmp_path / "it's first.mkv")
    second, whole = clip(tmp_path / "second.mkv", seconds=2), tmp_path / "whole.mkv"
    join([first, second], whole)
    assert frames(whole) == frames(first) + frames(second) == 90
    assert abs(examine(whole).seconds - 6) < 0.2
    assert sorted(tmp_path.iterdir()) == sorted([first, second, whole])


def test_what_cannot_be_joined_leaves_nothing_behind(tmp_path: Path) -> None:
    first, second = clip(tmp_path / "first.mkv"), tmp_path / "second.mkv"
    second.write_bytes(b"damaged")
    with pytest.raises(Refusal, match=r"whole\.mkv cannot be used"):
        join([second, first], tmp_path / "whole.mkv")
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_without_ffmpeg_its_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = clip(tmp_path / "good.mkv")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideFailure, match="sudo apt-get install ffmpeg"):
        examine(file)


def clip(file: Path, *words: str, seconds: int = 4) -> Path:
    """A test pattern with a tone, 15 frames a second, in clusters of one second."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=15"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    command += ["-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", "15"]
    command += ["-c:a", "aac"]
    if file.suffix == ".mkv":
        command += ["-cluster_time_limit", "1000"]
    subprocess.run([*command, *words, str(file)], check=True)
    return file


def cut_off(file: Path) -> Path:
    """What a power cut leaves."""
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 6 // 10])
    return file


def announced(file: Path) -> float:
    """The length that the header announces."""
    command = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration"]
    said = subprocess.run([*command, str(file)], check=True, capture_output=True, text=True)
    return float(said.stdout)


def frames(file: Path) -> int:
    command = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-select_streams", "v", "-count_packets"]
    command += ["-show_entries", "stream=nb_read_packets", str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(said.stdout.strip().rstrip(","))
