"""Words in pictures: their letters, and lines broken where they are too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont


def letters(size: int, *, bold: bool = False) -> FreeTypeFont | ImageFont:
    """DejaVu (Debian's fonts-dejavu-core), ``size`` points tall; Pillow's own where it is not."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


def broken(draw: ImageDraw, text: str, font: FreeTypeFont | ImageFont, width: float) -> list[str]:
    """The text in rows of at most that many points; a longer word stands alone."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and draw.textlength(longer, font=font) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows
