"""What a video file really holds: judged by its last packet, because a header can lie."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Media:
    """A readable video file; ``seconds`` by its last packet, ``size`` in bytes."""

    file: Path
    seconds: float
    frames: int
    streams: tuple[str, ...]
    size: int
    sha256: str


@dataclass(frozen=True)
class Content:
    """What can be read of a file, even where it is damaged.

    Attributes:
        seconds: Where its last readable packet ends.
        frames: Its pictures, counted.
        complaint: Why it is not whole; empty where it is.
    """

    seconds: float
    frames: int
    complaint: str = ""


def examine(file: Path) -> Media:
    """Reads the whole file: its streams, its true length and its checksum.

    Raises:
        Refusal: it is missing, damaged, or lacks picture or sound.
        OutsideFailure: ffprobe is not installed.
    """
    streams = streams_of(file)
    for kind, name in (("video", _("picture")), ("audio", _("sound"))):
        if kind not in streams:
            raise _unusable(file, _("there is no %(kind)s in it") % {"kind": name})
    found = content_of(file)
    if found.complaint:
        raise _unusable(file, found.complaint)
    return Media(file, found.seconds, found.frames, streams, file.stat().st_size, _sha256(file))


def streams_of(file: Path) -> tuple[str, ...]:
    """The kinds of streams that the file's header announces.

    Raises:
        Refusal: it is missing or empty, or even its header is damaged.
        OutsideFailure: ffprobe is not installed.
    """
    if not file.is_file() or file.stat().st_size == 0:
        raise _unusable(file, _("the file is missing or empty"))
    listed = _run(
        [
            *("ffprobe", "-v", "error", "-of", "csv=p=0"),
            *("-show_entries", "stream=codec_type", str(file)),
        ]
    )
    if listed.returncode != 0:
        raise _unusable(file, _last_line(listed.stderr))
    return tuple(listed.stdout.split())


def join(segments: Sequence[Path], joined: Path) -> None:
    """Joins segments without encoding them anew; the segments stay.

    Of one whose end was cut off, all that can be read is taken; so joining one alone repairs it.

    Raises:
        Refusal: they cannot be joined.
        OutsideFailure: ffmpeg is not installed.
    """
    with tempfile.TemporaryDirectory(prefix=".joining-", dir=joined.parent) as work:
        folder = Path(work)
        lines = []
        for number, segment in enumerate(segments, start=1):
            found = content_of(segment)
            file = segment
            if found.complaint:
                # Its header tells another length than it has, or none, and the next would overlap.
                file = folder / f"{number}{segment.suffix}"
                _copy(["-i", str(segment)], file, joined)
                found = content_of(file)
            quoted = str(file.resolve()).replace("'", r"'\''")
            lines.append(f"file '{quoted}'\nduration {found.seconds:.6f}\n")
        listing, whole = folder / "segments", folder / f"joined{joined.suffix}"
        listing.write_text("".join(lines), encoding="utf-8")
        _copy(["-f", "concat", "-safe", "0", "-i", str(listing)], whole, joined)
        whole.replace(joined)


def _copy(source: Sequence[str], file: Path, wished: Path) -> None:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *source, "-map", "0", "-c", "copy"]
    answer = _run([*command, str(file)])
    if answer.returncode != 0:
        raise _unusable(wished, _last_line(answer.stderr))


def picture_size(file: Path) -> tuple[int, int]:
    """Width and height of the pictures, in points.

    Raises:
        Refusal: there are none.
        OutsideFailure: ffprobe is not installed.
    """
    told = _run(
        [
            *("ffprobe", "-v", "error", "-of", "csv=p=0", "-select_streams", "v:0"),
            *("-show_entries", "stream=width,height", str(file)),
        ]
    )
    width, _comma, height = told.stdout.strip().rstrip(",").partition(",")
    if told.returncode != 0 or not (width.isdigit() and height.isdigit()):
        raise _unusable(file, _("there is no %(kind)s in it") % {"kind": _("picture")})
    return int(width), int(height)


def pictures_at(file: Path, moments: Sequence[float], folder: Path, names: Sequence[str]) -> None:
    """Writes the pictures of these places (seconds) in full size, as JPEG, under these names.

    Raises:
        Refusal: they cannot be read.
        OutsideFailure: ffmpeg is not installed.
    """
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    for moment in moments:
        command += ["-ss", f"{moment:.3f}", "-i", str(file)]
    for number, name in enumerate(names):
        command += ["-map", f"{number}:v:0", "-frames:v", "1", "-q:v", "2", str(folder / name)]
    answer = _run(command)
    if answer.returncode != 0:
        raise _unusable(file, _last_line(answer.stderr))


def _require(program: str) -> None:
    if shutil.which(program) is None:
        raise OutsideFailure(
            _("The program %(program)s is not installed.") % {"program": program},
            _("Install it: sudo apt-get install %(package)s") % {"package": "ffmpeg"},
        )


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    _require(arguments[0])
    return subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # an impatient second Ctrl-C must not make a good file look bad
        check=False,
    )


def content_of(file: Path) -> Content:
    """Reads all packets of a file; as a stream, since hours have many.

    Raises:
        OutsideFailure: ffprobe is not installed.
    """
    command = [
        *("ffprobe", "-v", "error", "-of", "csv=p=0"),
        *("-show_entries", "packet=codec_type,pts_time,duration_time", str(file)),
    ]
    _require(command[0])
    last, frames = 0.0, 0
    # A damaged file can bring more complaints than a pipe holds, so they go to a file.
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            start_new_session=True,
        ) as process,
    ):
        for line in process.stdout or ():
            kind, start, length = [*line.strip().split(","), "", ""][:3]
            frames += kind == "video"
            if start not in ("", "N/A"):
                last = max(last, float(start) + (0 if length in ("", "N/A") else float(length)))
        process.wait()
        complaints.seek(0)
        complaint = complaints.read().decode(errors="replace")
    if process.returncode != 0 or "ended prematurely" in complaint:
        return Content(last, frames, _last_line(complaint))
    return Content(last, frames, "" if last > 0 else _("there is nothing in it"))


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [_("it is damaged")])[-1]


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _unusable(file: Path, reason: str) -> Refusal:
    return Refusal(
        _("The recording %(file)s cannot be used: %(reason)s") % {"file": file, "reason": reason},
        _("Keep the file and tell IT; ffmpeg may still rescue a part of it."),
    )
