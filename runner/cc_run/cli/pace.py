"""How fast a long work goes and how long it will still take, told from what was seen lately."""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta
from typing import Final

from cc_run.language import _
from cc_run.numbers import amount
from cc_run.times import format_duration

_WINDOW_SECONDS: Final = 15.0
_LEAST_SECONDS: Final = 1.0  # what is shorter tells nothing


class Pace:
    """The share, the rate and the time left of a work that is counted in bytes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._total = 0

    def told(self, done: int, total: int) -> str:
        """``45 %  120.0 MiB/s  0:12 left``; as much of it as is known."""
        if not total:
            return ""
        moment = time.monotonic()
        if total != self._total or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()  # another work, or a part of it is done again
        self._total = total
        self._seen.append((moment, done))
        while moment - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()
        share = f"{100 * done / total:.0f} %"
        began, before = self._seen[0]
        if moment - began < _LEAST_SECONDS or done <= before or done >= total:
            return share
        rate = (done - before) / (moment - began)
        left = timedelta(seconds=round((total - done) / rate))
        return _("%(share)s  %(rate)s/s  %(time)s left") % {
            "share": share,
            "rate": amount(int(rate)),
            "time": format_duration(left),
        }
