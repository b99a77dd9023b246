"""Something that was plugged in or out, or was set otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """What happened in the room.

    Attributes:
        topic: Whose probes it concerns: "camera".
        text: What happened, for people; empty where the probes' results tell enough.
    """

    topic: str
    text: str = ""


Tell = Callable[[Change], None]
