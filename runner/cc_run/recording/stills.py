"""Pictures that may become Foto Kegiatan: which of a recording's are sharp, bright and worth it.

A shared page is sharper than any face, so the room and the screen are each measured by their like,
and both are offered. Faces count where something can find them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

Kind = Literal["room", "screen"]
_QUALITY: Final = 85
# Of a page, most points are exactly like their neighbours; of what a camera sees, few are.
_PAGE: Final = 0.80
_ALIKE: Final = 1
_DARK, _BLOWN, _FLAT = 28.0, 245.0, 9.0
_TINY: Final = (24, 24)
# The mean difference of two tiny pictures: of other ones, and of the same with a little noise.
_OTHER, _SAME = 6.0, 0.6
_MANY_FACES: Final = 4
_SEARCHED_FOR_FACES: Final = 90


@dataclass(frozen=True)
class Still:
    """A picture of the recording, as it is weighed.

    Attributes:
        seconds: Its place in the file.
        jpeg: The picture, small.
        tiny: The same in a few grey points, to tell it from others.
        sharpness: The variance of its edges.
        brightness: Its mean, from 0 to 255.
        contrast: How far its points are from the mean.
        kind: What it seems to show: the room, or a page that was shared.
        faces: How many were found in it.
    """

    seconds: float
    jpeg: bytes
    tiny: bytes
    sharpness: float
    brightness: float
    contrast: float
    kind: Kind
    faces: int = 0

    @property
    def is_fit(self) -> bool:
        """Whether something can be seen: it is not dark, not blown out, and not empty."""
        return _DARK <= self.brightness <= _BLOWN and self.contrast >= _FLAT

    def difference(self, other: Still) -> float:
        """The mean difference of the two, from 0 to 255."""
        pairs = zip(self.tiny, other.tiny, strict=True)
        return sum(abs(one - two) for one, two in pairs) / len(self.tiny)


def still_of(content: bytes, width: int, height: int, seconds: float) -> Still:
    """A picture of so many RGB points, weighed."""
    from PIL import Image, ImageStat

    picture = Image.frombytes("RGB", (width, height), content)
    grey = picture.convert("L")
    shades = ImageStat.Stat(grey)
    edges = _edges(grey)
    small = io.BytesIO()
    picture.save(small, "JPEG", quality=_QUALITY)
    counts = edges.histogram()
    alike = sum(counts[128 - _ALIKE : 129 + _ALIKE]) / max(sum(counts), 1)
    return Still(
        seconds=seconds,
        jpeg=small.getvalue(),
        tiny=grey.resize(_TINY).tobytes(),
        sharpness=float(ImageStat.Stat(edges).var[0]),
        brightness=float(shades.mean[0]),
        contrast=float(shades.stddev[0]),
        kind="screen" if alike >= _PAGE else "room",
    )


def chosen(
    stills: Sequence[Still],
    count: int,
    seconds: float,
    faces_in: Callable[[bytes], int] | None = None,
) -> list[Still]:
    """The best ones in their order: apart in time, unlike each other, of the room and the screen.

    Args:
        stills: All that were looked at.
        count: How many are wished; fewer where there are no more worth it.
        seconds: The recording's length.
        faces_in: Counts the faces in a JPEG picture, where something can.
    """
    fit = [still for still in stills if still.is_fit]
    if faces_in is not None:
        fit = _with_faces(fit, faces_in)
    ranked = {kind: _ranked([one for one in fit if one.kind == kind]) for kind in _kinds(fit)}
    apart, found = seconds / (2 * count), list[Still]()
    for unlike in (_OTHER, _SAME):
        while len(found) < count:
            best = next(
                (
                    still
                    for kind in sorted(ranked, key=lambda kind: _of_kind(found, kind))
                    for still in ranked[kind]
                    if all(abs(still.seconds - one.seconds) >= apart for one in found)
                    and all(still.difference(one) >= unlike for one in found)
                ),
                None,
            )
            if best is None:
                break
            found.append(best)
    return sorted(found, key=lambda still: still.seconds)


def _with_faces(fit: list[Still], faces_in: Callable[[bytes], int]) -> list[Still]:
    """Where there are many, those that are worth it otherwise are searched, all over the time."""
    step = max(len(fit) // _SEARCHED_FOR_FACES, 1)
    groups = [fit[place : place + step] for place in range(0, len(fit), step)]
    searched = {max(group, key=lambda one: one.sharpness).seconds for group in groups}
    return [
        replace(still, faces=faces_in(still.jpeg)) if still.seconds in searched else still
        for still in fit
    ]


def _ranked(stills: Iterable[Still]) -> list[Still]:
    """The best first; sharpness counts by its place among its like, whatever its measure."""
    by_sharpness = sorted(stills, key=lambda still: still.sharpness)
    worth = {
        id(still): place / len(by_sharpness) + _light(still) + 2 * _faces(still)
        for place, still in enumerate(by_sharpness)
    }
    return sorted(by_sharpness, key=lambda still: worth[id(still)], reverse=True)


def _light(still: Still) -> float:
    """1 for a picture that is well lit, less towards black and white."""
    return min(1.0, still.brightness / 80, (265 - still.brightness) / 50)


def _faces(still: Still) -> float:
    return min(still.faces, _MANY_FACES) / _MANY_FACES


def _kinds(stills: Iterable[Still]) -> list[Kind]:
    """The kinds that there are; the one with faces is asked first, then the room."""
    held = list(stills)
    kinds: list[Kind] = ["room", "screen"]
    there = [kind for kind in kinds if any(still.kind == kind for still in held)]
    return sorted(there, key=lambda kind: -max(s.faces for s in held if s.kind == kind))


def _of_kind(stills: Iterable[Still], kind: Kind) -> int:
    return sum(still.kind == kind for still in stills)


def _edges(grey: Image) -> Image:
    """Each point's difference from its four neighbours, around 128."""
    from PIL import ImageFilter

    return grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), 1, 128))
