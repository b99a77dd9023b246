"""The contact sheet: a recording at a glance, its pictures with their times, under a title."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cc_run.events import Event
from cc_run.language import _, speaking
from cc_run.lettering import broken, letters
from cc_run.recording.stills import Still
from cc_run.recording.timeline import Timeline
from cc_run.settings import Settings
from cc_run.times import format_clock, format_duration, format_period

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

_COLUMNS, _MOST = 4, 24
_TILE, _GAP, _MARGIN = 400, 16, 48
_INK, _SOFT, _PAPER, _BAND = "#10243c", "#55616d", "#ffffff", "#c8102e"
_STAMP_INK, _STAMP_GROUND = "#ffffff", "#10243c"
_QUALITY: Final = 88


@dataclass(frozen=True)
class _Line:
    text: str
    size: int
    ink: str
    bold: bool = False

    @property
    def font(self) -> FreeTypeFont | ImageFont:
        return letters(self.size, bold=self.bold)

    @property
    def tall(self) -> int:
        return round(self.size * 1.45)


def draw_contact_sheet(
    settings: Settings, event: Event, stills: Sequence[Still], seconds: float, timeline: Timeline
) -> bytes:
    """The sheet as a JPEG picture, in the documents' language."""
    from PIL import Image, ImageDraw

    tiles = evenly(stills, _MOST)
    pictures = [Image.open(io.BytesIO(still.jpeg)) for still in tiles]
    width = 2 * _MARGIN + _COLUMNS * _TILE + (_COLUMNS - 1) * _GAP
    tall = max((round(_TILE * one.height / one.width) for one in pictures), default=0)
    with speaking(settings.room.document_language):
        head = _head(settings, event, seconds, timeline)
        stamps = [
            format_clock(timeline.at(still.seconds), settings.zone, seconds=True) for still in tiles
        ]
    measure = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    lines = [
        replace(line, text=row)
        for line in head
        for row in broken(measure, line.text, line.font, width - 2 * _MARGIN)
    ]
    top = _MARGIN + sum(line.tall for line in lines) + _GAP
    rows = -(-len(tiles) // _COLUMNS)
    sheet = Image.new("RGB", (width, top + rows * (tall + _GAP) - _GAP + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, width, 10), fill=_BAND)
    down = float(_MARGIN)
    for line in lines:
        draw.text((_MARGIN, down), line.text, font=line.font, fill=line.ink)
        down += line.tall
    for number, (picture, stamp) in enumerate(zip(pictures, stamps, strict=True)):
        across = _MARGIN + number % _COLUMNS * (_TILE + _GAP)
        below = top + number // _COLUMNS * (tall + _GAP)
        sheet.paste(picture.convert("RGB").resize((_TILE, tall)), (across, below))
        draw.rectangle((across, below, across + _TILE - 1, below + tall - 1), outline="#c5ccd3")
        _stamp(draw, stamp, across, below + tall)
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()


def evenly(stills: Sequence[Still], most: int) -> list[Still]:
    """So many at most, as far from each other as from the ends."""
    if len(stills) <= most:
        return list(stills)
    return [stills[(2 * place + 1) * len(stills) // (2 * most)] for place in range(most)]


def _head(settings: Settings, event: Event, seconds: float, timeline: Timeline) -> list[_Line]:
    length = {
        "length": format_duration(timedelta(seconds=seconds)),
        "start": format_clock(timeline.at(0), settings.zone, seconds=True),
        "end": format_clock(timeline.at(seconds), settings.zone, seconds=True),
    }
    when = format_period(event.starts_at, event.ends_at, settings.zone)
    what = _("Recording of %(length)s, %(start)s–%(end)s") % length
    return [
        _Line(settings.room.office, 24, _SOFT),
        _Line(event.title, 44, _INK, bold=True),
        _Line(f"{event.agency} · {when} · {event.place}", 26, _INK),
        _Line(f"{event.id} · {what}", 26, _SOFT),
    ]


def _stamp(draw: ImageDraw, text: str, across: int, bottom: int) -> None:
    """A time in the picture's lower left corner, on a ground of its own."""
    font = letters(22, bold=True)
    wide = round(draw.textlength(text, font=font))
    draw.rectangle((across, bottom - 36, across + wide + 20, bottom - 1), fill=_STAMP_GROUND)
    draw.text((across + 10, bottom - 19), text, font=font, fill=_STAMP_INK, anchor="lm")
