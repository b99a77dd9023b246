"""What the TV wall shows until the meeting opens: the event's name, agency, time and place."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.language import _, speaking
from cc_run.lettering import broken, letters
from cc_run.room.screens import screens, wall_screen
from cc_run.settings import Settings
from cc_run.state.outputs import Screen
from cc_run.times import format_period

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

_INK, _SOFT, _GROUND, _BAND = "#ffffff", "#b9c7d6", "#10243c", "#c8102e"
_FILE: Final = "slate.png"
_PATIENCE: Final = 5.0
_PROC: Final = Path("/proc")


@dataclass(frozen=True)
class _Line:
    text: str
    size: float  # of the picture's height
    bold: bool = False
    colour: str = _INK
    gap: float = 0.02  # before it


@dataclass(frozen=True)
class _Row:
    down: float  # points from the first row's top
    text: str
    font: FreeTypeFont | ImageFont
    colour: str


def show_slate(settings: Settings, event: Event) -> Screen:
    """Lays the event's slate over the TV wall's screen; an older one goes.

    Raises:
        OutsideFailure: there is no such screen, or the viewer is not installed.
    """
    screen = wall_screen(asyncio.run(screens()), settings.tv_wall.slate_output)
    viewer = shutil.which("feh")
    if viewer is None:
        raise OutsideFailure(
            _("The program %(program)s is not installed.") % {"program": "feh"},
            _("Install it: sudo apt-get install %(package)s") % {"package": "feh"},
        )
    width, height = screen.mode or (1920, 1080)
    left, top = screen.position
    hide_slate(settings)
    path = replace_file(_path(settings), draw_slate(settings, event, width, height))
    subprocess.Popen(
        [
            *(viewer, "--borderless", "--hide-pointer", "--no-menus", "--image-bg", "black"),
            *("--zoom", "max", "--geometry", f"{width}x{height}+{left}+{top}", str(path)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return screen


def hide_slate(settings: Settings) -> bool:
    """Takes the slate away; True if one was shown."""
    shown = list(_viewers(_path(settings)))
    for pid in shown:
        os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit and any(_viewers(_path(settings))):
        time.sleep(0.05)
    return bool(shown)


def draw_slate(settings: Settings, event: Event, width: int, height: int) -> bytes:
    """The slate as a PNG picture of that many points, in the documents' language."""
    from PIL import Image, ImageDraw

    room = settings.room
    with speaking(room.document_language):
        lines = [
            _Line(room.office, 0.034, colour=_SOFT, gap=0.0),
            _Line(event.title, 0.085, bold=True, gap=0.12),
            _Line(event.agency, 0.045, gap=0.03),
            _Line(format_period(event.starts_at, event.ends_at, settings.zone), 0.042, gap=0.09),
            _Line(event.place, 0.036, colour=_SOFT, gap=0.02),
            _Line(_("The meeting will begin shortly."), 0.036, colour=_SOFT, gap=0.12),
        ]
    picture = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, height * 0.018), fill=_BAND)
    _write(draw, lines, width, height)
    content = BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def _write(draw: ImageDraw, lines: list[_Line], width: int, height: int) -> None:
    """All lines, centred; long ones are broken, and all are smaller where they are too many."""
    for scale in (1.0, 0.8, 0.65, 0.5):
        rows, tall = _laid_out(draw, lines, width, height, scale)
        if tall <= height * 0.92:
            break
    top = max((height - tall) / 2, height * 0.04)
    for row in rows:
        across = (width - draw.textlength(row.text, font=row.font)) / 2
        draw.text((across, top + row.down), row.text, font=row.font, fill=row.colour)


def _laid_out(
    draw: ImageDraw, lines: list[_Line], width: int, height: int, scale: float
) -> tuple[list[_Row], float]:
    """The rows of all lines, and how tall they are together."""
    rows: list[_Row] = []
    down = 0.0
    for line in lines:
        size = max(round(line.size * height * scale), 8)
        font = letters(size, bold=line.bold)
        down += line.gap * height * scale
        for text in broken(draw, line.text, font, width * 0.84):
            rows.append(_Row(down, text, font, line.colour))
            down += size * 1.3
    return rows, down


def _path(settings: Settings) -> Path:
    return settings.room.state_dir / _FILE


def _viewers(path: Path) -> Iterator[int]:
    """The processes that show this picture."""
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"feh") and str(path).encode() in words:
            yield int(folder.name)
