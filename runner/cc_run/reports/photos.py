"""Photos that people attach: looked at, and kept without the place where they were taken."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cc_run.language import _

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
# Smaller ones are thumbnails; on paper nobody can be recognised in them.
_LEAST: Final = (640, 360)
# How much the brightness of a picture that shows anything differs from point to point.
_LEAST_CONTRAST: Final = 3.0
_ORIENTATION, _EXIF, _GPS, _MAKER_NOTE = 0x0112, 0x8769, 0x8825, 0x927C
# Where programs note the place besides EXIF: XMP and what they keep for themselves.
_ELSEWHERE: Final = (
    "xmp",
    "XML:com.adobe.xmp",
    "photoshop",
    "comment",
    "mp",
    "Raw profile type xmp",
)


@dataclass(frozen=True)
class Photo:
    """A photo as it will be kept.

    Attributes:
        content: Its bytes: upright, without GPS; the given ones where nothing had to change.
        cleaned: Whether they differ from the given ones.
        remarks: What is worth knowing of it, a sentence each.
    """

    content: bytes
    cleaned: bool
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unfit:
    """Why a file cannot be attached as a photo, in a sentence."""

    reason: str


def examine(path: Path) -> Photo | Unfit:
    """Looks at a file that is to be attached as a photo; writes nothing."""
    from PIL import Image as Pictures

    facts = {"path": path.name}
    try:
        given = path.read_bytes()
        with Pictures.open(io.BytesIO(given)) as picture:
            picture.load()
            return _judged(picture, given, path.name)
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError):
        return Unfit(_("%(path)s cannot be read as a photo.") % facts)


def _judged(picture: Image, given: bytes, name: str) -> Photo | Unfit:
    from PIL import ImageOps, ImageStat

    upright = ImageOps.exif_transpose(picture)
    size = {"path": name, "width": upright.width, "height": upright.height}
    if max(upright.size) < _LEAST[0] or min(upright.size) < _LEAST[1]:
        facts = {**size, "least_width": _LEAST[0], "least_height": _LEAST[1]}
        return Unfit(
            _(
                "%(path)s is too small: %(width)s × %(height)s pixels, at least "
                "%(least_width)s × %(least_height)s are needed."
            )
            % facts
        )
    if ImageStat.Stat(upright.convert("L")).stddev[0] < _LEAST_CONTRAST:
        return Unfit(_("%(path)s shows nothing but one colour.") % size)
    remarks = []
    if upright.height > upright.width:
        remarks.append(_("%(path)s stands upright; photos of an activity usually lie.") % size)
    if _tells_place(picture):
        remarks.append(_("%(path)s told where it was taken; that is taken out.") % size)
    elif not _is_turned(picture):
        return Photo(given, cleaned=False, remarks=tuple(remarks))
    return Photo(_cleaned(picture, upright), cleaned=True, remarks=tuple(remarks))


def _is_turned(picture: Image) -> bool:
    return bool(picture.getexif().get(_ORIENTATION, 1) != 1)


def _tells_place(picture: Image) -> bool:
    return bool(picture.getexif().get_ifd(_GPS)) or any(
        b"GPS" in _as_bytes(picture.info.get(name)) for name in _ELSEWHERE
    )


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode()


def _cleaned(picture: Image, upright: Image) -> bytes:
    """The picture upright, with its camera and moment, without its place."""
    exif = picture.getexif()
    exif.pop(_GPS, None)
    exif.pop(_ORIENTATION, None)
    exif.get_ifd(_EXIF).pop(_MAKER_NOTE, None)
    for name in _ELSEWHERE:
        upright.info.pop(name, None)
    options: dict[str, Any] = {
        "exif": exif.tobytes(),
        "icc_profile": picture.info.get("icc_profile"),
    }
    kind = picture.format or "JPEG"
    if kind not in ("JPEG", "PNG", "WEBP"):
        kind = "JPEG"
    if kind != "PNG":
        options["quality"] = 95
    content = io.BytesIO()
    upright.save(content, kind, **options)
    return content.getvalue()
