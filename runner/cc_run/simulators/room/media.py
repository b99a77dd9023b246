"""The programme of a rehearsal: a short clip that OBS plays in the place of a meeting."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _

WIDTH: Final = 640
HEIGHT: Final = 360
FRAMES_PER_SECOND: Final = 30
# A voice's pitch with two overtones that swells four times a second, at some -20 dBFS.
_VOICE: Final = (
    "(0.5+0.5*sin(2*PI*4*t))*(0.16*sin(2*PI*140*t)+0.08*sin(2*PI*280*t)+0.05*sin(2*PI*700*t))"
)


def programme(path: Path, seconds: int = 20) -> Path:
    """Makes a test pattern with a large running time code and a voice-like sound.

    It is 640x360 at 30 frames a second, which two processor cores without a graphics card can
    record without losing a frame. A file that is there already is left as it is.

    Args:
        path: Where the clip goes; the name's ending chooses the container, such as ``.mkv``.
        seconds: How long it is.

    Returns:
        ``path``.

    Raises:
        OutsideFailure: ffmpeg could not make it.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_stem(f"{path.stem}.new")
    picture = (
        f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FRAMES_PER_SECOND},"
        "drawtext=text='%{pts\\:hms}':fontsize=72:fontcolor=white:box=1:boxcolor=black:boxborderw=14"
        ":x=(w-text_w)/2:y=(h-text_h)/2"
    )
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    command += ["-f", "lavfi", "-i", f"aevalsrc={_VOICE}:sample_rate=48000", "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30"]
    command += ["-c:a", "aac", "-b:a", "96k", str(new)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        new.unlink(missing_ok=True)
        raise OutsideFailure(
            _("ffmpeg could not make the rehearsal's programme: %(words)s")
            % {"words": answer.stderr.strip()},
            _("Install ffmpeg and fonts-dejavu-core."),
        )
    new.replace(path)
    return path
