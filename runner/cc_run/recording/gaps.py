"""What a recording lacks: from when to when, and why.

Between two segments nothing was recorded. A segment ends where its last packet does, whatever OBS
or a header says of it; so what a dead muxer never wrote is part of the gap too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cc_run.recording.segments import Segment
from cc_run.recording.stamp import Stamp

# OBS tells of its start and end some frames before or after the first and the last one.
_PRECISION: Final = 0.25
# A stop that was asked for cuts within this time, and that is no loss.
_STOPPING: Final = 1.5


@dataclass(frozen=True)
class Gap:
    """A time that was not recorded; ``because`` is a kept sentence, or None."""

    start: datetime
    end: datetime
    seconds: float
    because: Mapping[str, Any] | None = None

    def as_data(self) -> dict[str, Any]:
        """For the report and the journal."""
        return {
            "from": self.start.isoformat(timespec="milliseconds"),
            "to": self.end.isoformat(timespec="milliseconds"),
            "seconds": round(self.seconds, 2),
            "because": self.because,
        }


def gaps_between(
    recorded: Sequence[tuple[Segment, float]],
    ended: Stamp | None,
    because: Mapping[str, Any] | None = None,
) -> tuple[Gap, ...]:
    """The gaps between segments, and the one after the last if it ended before its time.

    Args:
        recorded: Each segment, and the seconds that can be read of it (0: nothing can).
        ended: When the recording was to end; None where that is not known.
        because: Why the last one ended before.
    """
    found = []
    nexts = [(segment.start, segment.because, _PRECISION) for segment, _length in recorded[1:]]
    if ended is not None:
        nexts.append((ended, because, _STOPPING))
    reached: Stamp | None = None
    for (segment, length), (begins, reason, precision) in zip(recorded, nexts, strict=False):
        if length > 0 or reached is None:
            reached = segment.start.later(length + segment.paused)
        missing = begins.since(reached)
        if missing > precision:
            found.append(Gap(reached.at, begins.at, missing, reason))
    return _merged(found)


def _merged(found: Sequence[Gap]) -> tuple[Gap, ...]:
    """Without those that an unreadable segment only lengthened: they begin at the same moment."""
    last = {gap.start: gap for gap in found}
    return tuple(last.values())
