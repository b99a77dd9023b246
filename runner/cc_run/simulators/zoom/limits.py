"""Zoom's two limits: writes a day and host, requests a second."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from time import monotonic

from .replies import ZoomError
from .state import Store

PER_SECOND = {"Light": 30, "Medium": 20, "Heavy": 10}
"""Requests a second of a Pro account, for each of Zoom's labels."""


class Pace:
    """Counts the last second's requests of each label; not kept on disk, a second is short."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {label: deque() for label in PER_SECOND}

    def admit(self, store: Store, label: str) -> dict[str, str]:
        """Count a request.

        Returns:
            The headers that tell what is left of this second; none while the switch is off.

        Raises:
            ZoomError: 429, when the switch is on and this second is used up.
        """
        if not store.state.switches.per_second_limits:
            return {}
        recent, now = self._recent[label], monotonic()
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= PER_SECOND[label]:
            raise ZoomError(
                429,
                429,
                "You have reached the maximum per-second rate limit for this API. Try again later.",
                headers=_headers(label, "QPS", PER_SECOND[label], 0),
            )
        recent.append(now)
        return _headers(label, "QPS", PER_SECOND[label], PER_SECOND[label] - len(recent))


def count_write(store: Store, host: str, label: str) -> dict[str, str]:
    """Count a create or update of a host's meetings.

    Returns:
        The headers that tell what is left of the day.

    Raises:
        ZoomError: 429 with the next midnight UTC in `Retry-After`.
    """
    limit = store.state.switches.daily_limit
    if limit is None:
        return {}
    today = store.now().date()
    key = f"{today} {host}"
    used = store.state.writes.get(key, 0)
    if used >= limit:
        raise ZoomError(
            429,
            429,
            f"User {host} has reached the daily limit of {limit} meeting create and update "
            "requests.",
            headers={
                **_headers(label, "Daily-limit", limit, 0),
                "Retry-After": f"{today + timedelta(days=1)}T00:00:00Z",
            },
        )
    older = [entry for entry in store.state.writes if not entry.startswith(str(today))]
    for entry in older:
        del store.state.writes[entry]
    store.state.writes[key] = used + 1
    store.save()
    return _headers(label, "Daily-limit", limit, limit - used - 1)


def _headers(label: str, kind: str, limit: int, remaining: int) -> dict[str, str]:
    return {
        "X-RateLimit-Category": label,
        "X-RateLimit-Type": kind,
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
    }
