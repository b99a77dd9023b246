"""One passage through a recording: its loudness, what stands out, and pictures to choose from.

Hours take minutes, so it is done once for all of them: pictures five times a second, and the sound.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.progress import Report
from cc_run.recording.background import LeftForLater, PutOff, behind
from cc_run.recording.findings import Span, spans_in
from cc_run.recording.loudness import Loudness, loudness_in
from cc_run.recording.media import picture_size
from cc_run.recording.stills import Still, still_of
from cc_run.settings.models import Recording

_RATE: Final = 5
_WIDTH: Final = 640
# So many pictures of a short recording are looked at; of longer ones more, up to a limit.
_FEW_LOOKS, _MANY_LOOKS = 12, 240
_SECONDS_A_LOOK: Final = 2
# A room's own noise lies below; so does a microphone that is switched off.
_SILENT_DB: Final = -45
_BLACK: Final = 0.10
_STILL_DB: Final = -60


@dataclass(frozen=True)
class Analysis:
    """What was seen and heard."""

    loudness: Loudness | None
    spans: tuple[Span, ...]
    stills: tuple[Still, ...]


def analyse(
    file: Path, seconds: float, limits: Recording, on_progress: Report, put_off: PutOff
) -> Analysis:
    """Looks at and listens to a recording that lasts so long.

    Args:
        file: The recording.
        seconds: Its length.
        limits: From how many seconds on silence, black and stillness are told.
        on_progress: Told of bytes of the file.
        put_off: Asked whether a person wants it later.

    Raises:
        OutsideFailure: ffmpeg is missing or fails.
        LeftForLater: as ``put_off`` says.
    """
    width, height = _shown(file)
    looks = min(_FEW_LOOKS + seconds / _SECONDS_A_LOOK, _MANY_LOOKS)
    apart = max(round(seconds * _RATE / looks), 1)
    size, text = file.stat().st_size, _("Looking through the recording")
    stills: list[Still] = []
    with (
        tempfile.TemporaryFile() as said,
        behind(_command(file, limits, width, height, apart), said, subprocess.PIPE) as process,
    ):
        on_progress(0, size, text)
        for number, content in enumerate(_pictures(process.stdout, width * height * 3)):
            if put_off():
                raise LeftForLater
            moment = number * apart / _RATE
            stills.append(still_of(content, width, height, moment))
            on_progress(min(int(size * moment / max(seconds, 1)), size), size, text)
        process.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    if process.returncode != 0:
        raise OutsideFailure(
            _("The recording could not be looked through: %(reason)s")
            % {"reason": words.strip().splitlines()[-1] if words.strip() else "ffmpeg"}
        )
    return Analysis(loudness_in(words), spans_in(words, seconds), tuple(stills))


def _command(file: Path, limits: Recording, width: int, height: int, apart: int) -> list[str]:
    seen = ",".join(
        (
            f"[0:v:0]fps={_RATE}",
            f"scale={width}:{height}",
            f"freezedetect=n={_STILL_DB}dB:d={limits.freeze_finding_seconds}",
            f"blackdetect=d={limits.black_finding_seconds}:pix_th={_BLACK}",
            rf"select=not(mod(n\,{apart}))",
            "format=rgb24[seen]",
        )
    )
    heard = ",".join(
        (
            "[0:a:0]ebur128=peak=true:framelog=verbose",
            f"silencedetect=n={_SILENT_DB}dB:d={limits.silence_finding_seconds}[heard]",
        )
    )
    # Pictures that no other refers to are not even decoded: that halves the time.
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-v", "info"]
    command += ["-skip_frame", "noref", "-i", str(file), "-filter_complex", f"{seen};{heard}"]
    command += ["-map", "[seen]", "-vsync", "passthrough", "-f", "rawvideo", "pipe:1"]
    return [*command, "-map", "[heard]", "-f", "null", "-"]


def _pictures(stream: IO[bytes] | None, size: int) -> Iterator[bytes]:
    while stream is not None and len(content := stream.read(size)) == size:
        yield content


def _shown(file: Path) -> tuple[int, int]:
    """The size that pictures are looked at in; never larger than they are."""
    width, height = picture_size(file)
    shown = min(_WIDTH, width)
    return shown, max(round(shown * height / width / 2) * 2, 2)
