"""What the Zoom app must be allowed to do before an event, in Zoom's two generations of scopes."""

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


def missing(held: Iterable[str]) -> list[str]:
    """The granular scopes that the app lacks; ``…:admin`` holds as well."""
    names = {scope.removesuffix(":admin") for scope in held}
    return [granular for granular, classic in _NEEDED if names.isdisjoint({granular, classic})]
