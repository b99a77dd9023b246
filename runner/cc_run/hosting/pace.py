"""How long to wait before Zoom is asked again, and which of its limits was reached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Final

import httpx

_CHANCE: Final = SystemRandom()
_FIRST_SECONDS: Final = 0.25
_LONGEST_SECONDS: Final = 4.0
PATIENCE: Final = 6
"""How often a request is sent in all, while Zoom says that this second is used up."""


def pause(attempt: int) -> float:
    """Seconds to wait after the attempt of that number (from 0): twice as long each time.

    Up to a half is left to chance, so that those who were turned away together do not come back
    together.
    """
    longest = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**attempt)
    return _CHANCE.uniform(longest / 2, longest)


def is_too_fast(reply: httpx.Response) -> bool:
    """Whether this second is used up: a moment later the same request will pass."""
    return reply.status_code == httpx.codes.TOO_MANY_REQUESTS and not is_used_up(reply)


def is_used_up(reply: httpx.Response) -> bool:
    """Whether the day's requests are used up: no repetition helps before the next day."""
    if reply.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return False
    kind = reply.headers.get("X-RateLimit-Type", "")
    return "daily" in f"{kind} {reply.text}".lower()


def next_day(reply: httpx.Response, moment: datetime) -> datetime:
    """When the daily limit begins anew (UTC): as Zoom says, else at the next midnight UTC."""
    try:
        told = datetime.fromisoformat(reply.headers.get("Retry-After", ""))
    except ValueError:
        return midnight_after(moment)
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def midnight_after(moment: datetime) -> datetime:
    """The next midnight UTC."""
    today = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
