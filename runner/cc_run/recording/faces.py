"""Faces in a picture, counted by OpenCV where it is installed (the extra ``faces``)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CASCADE: Final = "haarcascade_frontalface_default.xml"
_SCALE: Final = 1.1
# Fewer neighbours find faces in curtains; smaller ones than this are nobody's photo.
_NEIGHBOURS: Final = 6
_SMALLEST: Final = 28


def face_counter() -> Callable[[bytes], int] | None:
    """What counts the faces in a JPEG picture; None where OpenCV is not installed."""
    if importlib.util.find_spec("cv2") is None:
        return None
    import cv2
    import numpy as np
    from cv2.data import haarcascades

    cv2.setNumThreads(1)  # it works behind, and leaves the processor to OBS
    cascade = cv2.CascadeClassifier(str(Path(haarcascades) / _CASCADE))

    def count(jpeg: bytes) -> int:
        grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            return 0
        found = cascade.detectMultiScale(
            cv2.equalizeHist(grey), _SCALE, _NEIGHBOURS, minSize=(_SMALLEST, _SMALLEST)
        )
        return len(found)

    return count
