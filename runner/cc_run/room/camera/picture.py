"""A look through the camera: does it send frames, are they black, do they stand still?"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.processes import run_program
from cc_run.room.camera.modes import Mode
from cc_run.settings.models import Camera

# A picture counts as black or frozen when it has been so for this part of the look.
_BLACK_PART: Final = 0.3
_FROZEN_PART: Final = 0.5
_BLACK: Final = re.compile(r"black_start")
_FROZEN: Final = re.compile(r"freeze_start")


@dataclass(frozen=True)
class Look:
    """What a look through the camera gave.

    Attributes:
        snapshot: The first picture as a file; None where none came.
        busy: Whether another program has the camera.
        black: Whether the picture is black.
        frozen: Whether it stands still.
        complaint: Why no picture came, in ffmpeg's words.
    """

    snapshot: Path | None
    busy: bool = False
    black: bool = False
    frozen: bool = False
    complaint: str = ""


async def look(node: str, wish: Camera, mode: Mode | None, snapshot: Path) -> Look:
    """Reads ``camera_frame_seconds`` of pictures and keeps the first one.

    Args:
        node: The camera's capture node.
        wish: The picture that the room wants.
        mode: Which of the camera's modes; None leaves the choice to ffmpeg.
        snapshot: Where the picture goes; what an earlier look left there is removed.

    Raises:
        OutsideFailure: the camera answers nothing within ``camera_answer_seconds``, or ffmpeg is
            not installed.
    """
    snapshot.unlink(missing_ok=True)
    chosen = ["-input_format", mode.ffmpeg_name] if mode and mode.ffmpeg_name else []
    limit = wish.frame_seconds + wish.answer_seconds
    try:
        outcome = await asyncio.wait_for(
            run_program(
                [
                    *("ffmpeg", "-nostdin", "-hide_banner", "-y", "-f", "v4l2", *chosen),
                    *("-video_size", f"{wish.width}x{wish.height}", "-framerate", str(wish.fps)),
                    # The limit is the input's: with the output's own, ffmpeg sometimes never ends.
                    *("-t", str(wish.frame_seconds), "-i", node),
                    *("-vf", _detectors(wish), "-f", "null", "-"),
                    *("-frames:v", "1", "-q:v", "4", str(snapshot)),
                ],
                package="ffmpeg",
            ),
            limit,
        )
    except TimeoutError as error:
        raise OutsideFailure(
            _("no picture within %(seconds).0f s") % {"seconds": limit}, replug()
        ) from error
    said = outcome.stderr.decode(errors="replace")
    if outcome.returncode != 0 or not snapshot.is_file():
        busy = "Device or resource busy" in said
        return Look(None, busy=busy, complaint=outcome.complaint)
    return Look(
        snapshot, black=_BLACK.search(said) is not None, frozen=_FROZEN.search(said) is not None
    )


def replug() -> str:
    """What a camera that has hung itself up needs."""
    return _("Unplug the camera, wait five seconds, plug it in again, then check again.")


def _detectors(wish: Camera) -> str:
    black, frozen = _BLACK_PART * wish.frame_seconds, _FROZEN_PART * wish.frame_seconds
    return (
        f"blackdetect=d={black:g}:pix_th={wish.black_level:g},"
        f"freezedetect=n={wish.still_db:g}dB:d={frozen:g}"
    )
