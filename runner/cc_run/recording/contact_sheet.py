"""The contact sheet: a recording at a glance, its pictures with their times, under a title."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cc_run.events import Event
from cc_run.language import _, speaking
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
_BOLD, _PLAIN = "DejaVuSans-Bold.ttf", "DejaVuSans.ttf"
_QUALITY: Final = 88


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
        (row, font, ink) for text, font, ink in head for row in _rows(measure, text, font, width)
    ]
    top = _MARGIN + sum(round(_size(font) * 1.45) for _row, font, _ink in lines) + _GAP
    rows = -(-len(tiles) // _COLUMNS)
    sheet = Image.new("RGB", (width, top + rows * (tall + _GAP) - _GAP + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, width, 10), fill=_BAND)
    down = float(_MARGIN)
    for row, font, ink in lines:
        draw.text((_MARGIN, down), row, font=font, fill=ink)
        down += round(_size(font) * 1.45)
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


def _head(
    settings: Settings, event: Event, seconds: float, timeline: Timeline
) -> list[tuple[str, FreeTypeFont | ImageFont, str]]:
    length = {
        "length": format_duration(timedelta(seconds=seconds)),
        "start": format_clock(timeline.at(0), settings.zone, seconds=True),
        "end": format_clock(timeline.at(seconds), settings.zone, seconds=True),
    }
    when = format_period(event.starts_at, event.ends_at, settings.zone)
    return [
        (settings.room.office, _font(_PLAIN, 24), _SOFT),
        (event.title, _font(_BOLD, 44), _INK),
        (f"{event.agency} · {when} · {event.place}", _font(_PLAIN, 26), _INK),
        (
            f"{event.id} · " + _("Recording of %(length)s, %(start)s–%(end)s") % length,
            _font(_PLAIN, 26),
            _SOFT,
        ),
    ]


def _stamp(draw: ImageDraw, text: str, across: int, bottom: int) -> None:
    """A time in the picture's lower left corner, on a ground of its own."""
    font = _font(_BOLD, 22)
    wide = round(draw.textlength(text, font=font))
    draw.rectangle((across, bottom - 36, across + wide + 20, bottom - 1), fill=_STAMP_GROUND)
    draw.text((across + 10, bottom - 19), text, font=font, fill=_STAMP_INK, anchor="lm")


def _rows(draw: ImageDraw, text: str, font: FreeTypeFont | ImageFont, width: int) -> list[str]:
    """A line broken where it is too long for the sheet."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and draw.textlength(longer, font=font) <= width - 2 * _MARGIN:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _size(font: FreeTypeFont | ImageFont) -> float:
    return float(getattr(font, "size", 20))


def _font(name: str, size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(name, size)
    except OSError:  # the font is in Debian's fonts-dejavu-core; Pillow brings a plainer one
        return ImageFont.load_default(size)
