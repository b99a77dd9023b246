"""Photos small enough for the web application, without the place where they were taken."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cc_run.durable import replace_file
from cc_run.errors import Refusal
from cc_run.language import _

if TYPE_CHECKING:
    from PIL.Image import Image

# The longest edge in pixels, tried from the largest; then a lower quality before a smaller edge.
_EDGES: Final = (2560, 1920, 1600, 1280, 1024, 800, 640, 480, 320)
_QUALITIES: Final = (88, 75)


def shrink(photos: Sequence[Path], folder: Path, limit: int) -> tuple[Path, ...]:
    """JPEG copies in ``folder``, each at most ``limit`` bytes; the originals stay as they are.

    The copies are turned upright and carry no metadata at all, so no position either.

    Raises:
        Refusal: a file is no picture, or cannot be made that small.
    """
    return tuple(
        replace_file(folder / f"{number:02}-{photo.stem}.jpg", _shrunk(photo, limit))
        for number, photo in enumerate(photos, start=1)
    )


def _shrunk(photo: Path, limit: int) -> bytes:
    upright = _upright(photo)
    for edge in _EDGES:
        smaller = upright.copy()
        smaller.thumbnail((edge, edge))
        for quality in _QUALITIES:
            content = io.BytesIO()
            smaller.save(content, "JPEG", quality=quality, optimize=True)
            if content.tell() <= limit:
                return content.getvalue()
    raise Refusal(
        _("The photo %(path)s cannot be made smaller than %(limit)d KiB.")
        % {"path": photo, "limit": limit // 1024},
        _("Leave photos out, or ask IT to raise mipp_photo_limit_kib and mipp_post_limit_kib."),
    )


def _upright(photo: Path) -> Image:
    from PIL import Image, ImageOps

    try:
        with Image.open(photo) as original:
            turned = ImageOps.exif_transpose(original)
            pixels = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Refusal(
            _("%(path)s cannot be read as a photo.") % {"path": photo},
            _("Save it as JPEG or PNG, then document the event again."),
        ) from error
    # A new picture has pixels only: comments, EXIF and XMP stay behind.
    plain = Image.new("RGB", pixels.size, "white")
    plain.paste(pixels, mask=pixels if pixels.mode == "RGBA" else None)
    return plain
