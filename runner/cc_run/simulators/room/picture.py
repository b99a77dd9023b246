"""The camera's view: a meeting room with its TV wall, drawn by ffmpeg as raw YUYV frames."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _

SIZES: Final = ((1280, 720), (640, 360))
_ACROSS: Final = 80  # the picture is laid out on a grid of 80 by 45 units
_WALL, _FLOOR, _TABLE, _CHAIR, _FRAME = "0x9aa5ad", "0x5b5148", "0x8a5a32", "0x27343f", "0x15181b"


def write_pictures(folder: Path) -> None:
    """Draws the view in every size, as ``WIDTHxHEIGHT.yuyv``, unless it is there already.

    The dark right half of the TV wall is left for `camera.py`, which shows a clock in it.

    Raises:
        OutsideFailure: ffmpeg could not draw.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [folder / f"{width}x{height}.yuyv" for width, height in SIZES]
    if all(path.exists() for path in wanted):
        return
    new = [path.with_suffix(".new") for path in wanted]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-filter_complex", _drawing()]
    for index, path in enumerate(new):
        command += ["-map", f"[view{index}]", "-frames:v", "1"]
        command += ["-f", "rawvideo", "-pix_fmt", "yuyv422", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise OutsideFailure(
            _("ffmpeg could not draw the simulated camera's picture: %(words)s")
            % {"words": answer.stderr.strip()},
            _("Install ffmpeg and fonts-dejavu-core."),
        )
    for path, drawn in zip(wanted, new, strict=True):
        drawn.replace(path)


def _drawing() -> str:
    width, height = SIZES[0]
    unit = width // _ACROSS

    def box(left: int, top: int, across: int, down: int, colour: str) -> str:
        place = f"x={left * unit}:y={top * unit}:w={across * unit}:h={down * unit}"
        return f"drawbox={place}:color={colour}:t=fill"

    def words(text: str, top: float, size: float, colour: str) -> str:
        place = f"x=(w-text_w)/2:y={int(top * unit)}:fontsize={int(size * unit)}"
        return f"drawtext=text='{text}':{place}:fontcolor={colour}"

    room = [box(0, 27, 80, 18, _FLOOR), box(0, 26, 80, 1, "0x6d7880"), box(7, 6, 66, 17, _FRAME)]
    chairs = [box(left, 27, 7, 9, _CHAIR) for left in (8, 21, 34, 47, 60)]
    table = [box(5, 33, 70, 3, _TABLE), box(2, 36, 76, 4, "0x744825"), box(36, 32, 8, 2, _FRAME)]
    name = [
        words("COMMAND CENTER", 1.5, 3.2, "0x22303a"),
        words("simulated camera - Logitech BRIO", 41, 2, "white"),
    ]
    furniture = ",".join([*room, *chairs, *table, *name])
    bars = f"{36 * unit}x{15 * unit}"
    return (
        f"color={_WALL}:s={width}x{height}[wall];smptehdbars=s={bars}[bars];"
        f"[wall]{furniture}[room];[room][bars]overlay={8 * unit}:{7 * unit}"
        f",drawbox=x={46 * unit}:y={7 * unit}:w={26 * unit}:h={15 * unit}:color=black:t=fill"
        f",split[view0][large];[large]scale={SIZES[1][0]}:{SIZES[1][1]}[view1]"
    )
