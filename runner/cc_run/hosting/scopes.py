"""What the Zoom app must be allowed to do, in Zoom's two generations of scopes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# The granular scope, and the classic one that holds it.
_NEEDED: Final = (
    ("meeting:write:meeting", "meeting:write"),
    ("meeting:read:meeting", "meeting:read"),
    ("meeting:read:list_meetings", "meeting:read"),
    ("meeting:update:meeting", "meeting:write"),
    ("meeting:delete:meeting", "meeting:write"),
    ("user:read:user", "user:read"),
)
# An event can be held without them.
_USEFUL: Final = (
    ("user:read:settings", "user:read"),
    ("report:read:list_meeting_participants", "report:read"),
    ("cloud_recording:read:list_recording_files", "recording:read"),
)


def missing(held: Iterable[str]) -> list[str]:
    """The granular scopes that an event needs and the app lacks; ``…:admin`` holds as well."""
    return _lacking(held, _NEEDED)


def useful(held: Iterable[str]) -> list[str]:
    """The scopes that the app lacks for a host's capacity and rules, attendance, recordings."""
    return _lacking(held, _USEFUL)


def _lacking(held: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[str]:
    names = {scope.removesuffix(":admin") for scope in held}
    return [granular for granular, classic in pairs if names.isdisjoint({granular, classic})]
