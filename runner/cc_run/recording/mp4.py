"""The recording as .mp4, for players that take nothing else: the same packets, wrapped anew."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.progress import Report
from cc_run.recording.background import LeftForLater, PutOff, behind
from cc_run.recording.media import content_of
from cc_run.recording.space import free_in

_GLANCE_SECONDS: Final = 0.2
# Sound in mp4 may begin with samples that are skipped, so its end is told a little differently.
_TOLERANCE: Final = 0.15
# The next recording begins on the same disk, and a copy is not worth its space.
_LEFT_FREE: Final = 2 * 2**30


def remux(file: Path, seconds: float, frames: int, on_progress: Report, put_off: PutOff) -> Path:
    """Writes it beside the recording and proves it by its last packet; one that is right stays.

    Args:
        file: The recording; one that is mp4 already is the answer itself.
        seconds: Its length, by its last packet.
        frames: Its pictures.
        on_progress: Told of bytes.
        put_off: Asked whether a person wants it later.

    Raises:
        Refusal: there is no space to spare, or what was written is not as long as the recording.
        OutsideFailure: ffmpeg is not installed.
        LeftForLater: as ``put_off`` says.
    """
    if file.suffix == ".mp4":
        return file
    wished = file.with_suffix(".mp4")
    if wished.is_file() and not _difference(wished, seconds, frames):
        return wished
    size = file.stat().st_size
    if free_in(file.parent) < size + _LEFT_FREE:
        raise _not_made(_("%(needed)s GiB have to be free") % {"needed": _gib(size + _LEFT_FREE)})
    partial = file.with_name(f".{wished.name}.part")
    try:
        _write(file, partial, size, on_progress, put_off)
        difference = _difference(partial, seconds, frames)
        if difference:
            raise _not_made(difference)
        with partial.open("rb") as content:
            os.fsync(content.fileno())
        partial.replace(wished)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return wished


def _write(file: Path, partial: Path, size: int, on_progress: Report, put_off: PutOff) -> None:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(file), "-map", "0:v"]
    command += ["-map", "0:a", "-c", "copy", "-movflags", "+faststart", "-f", "mp4", str(partial)]
    text = _("Writing the .mp4")
    with tempfile.TemporaryFile() as complaints, behind(command, complaints) as process:
        while process.poll() is None:
            if put_off():
                raise LeftForLater
            written = partial.stat().st_size if partial.exists() else 0
            on_progress(min(written, size), size, text)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GLANCE_SECONDS)
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip().splitlines()
    if process.returncode != 0:
        raise _not_made(said[-1] if said else _("ffmpeg failed"))


def _difference(file: Path, seconds: float, frames: int) -> str:
    """What is not as in the recording; nothing where it is whole."""
    try:
        found = content_of(file)
    except OutsideFailure as error:
        return error.message
    if found.complaint:
        return found.complaint
    if found.frames != frames or abs(found.seconds - seconds) > _TOLERANCE:
        return _("it would have %(found)s of %(frames)s pictures") % {
            "found": found.frames,
            "frames": frames,
        }
    return ""


def _gib(size: int) -> Number:
    return Number(size / 2**30)


def _not_made(reason: str) -> Refusal:
    return Refusal(_("The .mp4 was not made: %(reason)s") % {"reason": reason})
