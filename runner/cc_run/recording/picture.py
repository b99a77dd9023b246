"""What OBS's picture looks like: black, frozen, or neither; judged by a small grey copy of it."""

from __future__ import annotations

import base64
from typing import Final

from cc_run.recording.obs import ObsConnection

WIDTH, HEIGHT = 128, 72
# Full black is 0. A dim room is lighter, and a mouse pointer on black is no picture.
_DARK: Final = 20
_BRIGHT_SHARE: Final = 0.003
_IS_BRIGHT: Final = bytes(level > _DARK for level in range(256))


def small_picture(connection: ObsConnection, scene: str) -> bytes:
    """The scene in grey, one byte a pixel, row by row.

    Raises:
        ObsGone: OBS does not answer.
        Refusal: there is no such scene.
    """
    answer = connection.ask(
        "GetSourceScreenshot",
        {"sourceName": scene, "imageFormat": "pgm", "imageWidth": WIDTH, "imageHeight": HEIGHT},
    )
    image = base64.b64decode(answer["imageData"].partition(",")[2])
    return image[-WIDTH * HEIGHT :]


def is_black(picture: bytes) -> bool:
    """Whether next to nothing of it is lighter than black."""
    return picture.translate(_IS_BRIGHT).count(1) <= _BRIGHT_SHARE * len(picture)
