"""What a probe saw, made fit for a page that asks for nothing outside itself."""

from __future__ import annotations

import base64
import math
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cc_run.probe import Evidence

WIDTH: Final = 300.0
HEIGHT: Final = 60.0
_DECIBEL_RANGE: Final = (-80.0, 0.0)


@dataclass(frozen=True)
class Picture:
    """A picture with its bytes inside its address; empty where the file is gone."""

    title: str
    address: str


@dataclass(frozen=True)
class Curve:
    """A series of values as lines in a box of WIDTH × HEIGHT; a lost value parts the line.

    ``threshold`` is the height of the limit's line, None where there is none.
    """

    title: str
    unit: str
    lines: tuple[str, ...]
    areas: tuple[str, ...]
    lowest: float | None
    highest: float | None
    lost: int
    threshold: float | None


@dataclass(frozen=True)
class Note:
    """A text as the probe got it."""

    title: str
    text: str


def picture(evidence: Evidence) -> Picture:
    """The picture of an "image"; a file that cannot be read leaves the address empty."""
    if evidence.path is None:
        return Picture(evidence.title, "")
    try:
        content = base64.b64encode(evidence.path.read_bytes()).decode()
    except OSError:
        return Picture(evidence.title, "")
    kind = mimetypes.guess_type(evidence.path.name)[0] or "image/jpeg"
    return Picture(evidence.title, f"data:{kind};base64,{content}")


def curve(evidence: Evidence, limit: float | None = None) -> Curve:
    """The curve of a "trace"; decibels stand on one fixed scale, so that rooms can be compared."""
    decibels = evidence.unit.lower().startswith("db")
    values = tuple(_heard(value) if decibels else value for value in evidence.values)
    if len(values) == 1:
        values *= 2  # one measurement is a level line across the box
    known = [value for value in values if math.isfinite(value)]
    low, high = _DECIBEL_RANGE if decibels else (0.0, max([*known, limit or 0.0, 1e-9]) * 1.15)
    across = WIDTH / max(len(values) - 1, 1)

    def height(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(HEIGHT * (1 - share), 1)

    points = [
        (round(number * across, 1), height(value)) if math.isfinite(value) else None
        for number, value in enumerate(values)
    ]
    runs = list(_unbroken(points))
    return Curve(
        title=evidence.title,
        unit=evidence.unit,
        lines=tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs),
        areas=tuple(_area(run) for run in runs),
        lowest=min(known, default=None),
        highest=max(known, default=None),
        lost=sum(not math.isfinite(value) for value in evidence.values) if not decibels else 0,
        threshold=None if limit is None else height(limit),
    )


def note(evidence: Evidence) -> Note:
    """The text of a "text"."""
    return Note(evidence.title, evidence.text)


def _heard(decibels: float) -> float:
    """Digital silence is minus infinity: on paper it lies on the bottom line."""
    return decibels if math.isfinite(decibels) else _DECIBEL_RANGE[0]


def _unbroken(
    points: Sequence[tuple[float, float] | None],
) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])]
            run = []


def _area(run: Sequence[tuple[float, float]]) -> str:
    along = " ".join(f"{x},{y}" for x, y in run)
    return f"{run[0][0]},{HEIGHT} {along} {run[-1][0]},{HEIGHT}"
