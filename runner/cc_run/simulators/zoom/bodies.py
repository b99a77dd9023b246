"""What a client may send to create or change a meeting, read the way Zoom reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.requests import Request

from .records import (
    INSTANT,
    RECURRING_ANY_TIME,
    SCHEDULED,
    MeetingSettings,
    TrackingField,
)
from .replies import ZoomError, invalid

_START = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,6})?(Z?)")
_PASSCODE = re.compile(r"[A-Za-z0-9@_*-]{0,10}")
_UNLISTED_ZONES = {"Asia/Makassar", "Asia/Jayapura"}
"""Zones of Indonesia that the world knows and Zoom's own list does not."""


class MeetingBody(BaseModel):
    """The fields of a create or update; all may be missing, and unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore")

    topic: str | None = Field(default=None, max_length=200)
    agenda: str | None = Field(default=None, max_length=2000)
    type: int | None = None
    start_time: str | None = None
    timezone: str | None = None
    duration: int | None = Field(default=None, ge=1)
    password: str | None = None
    schedule_for: str | None = None
    settings: MeetingSettings = Field(default_factory=MeetingSettings)
    tracking_fields: list[TrackingField] | None = None

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: int) -> int:
        if value not in {INSTANT, SCHEDULED, RECURRING_ANY_TIME}:
            raise ValueError("The simulated account has meetings of type 1, 2 and 3 only.")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value in _UNLISTED_ZONES or value not in available_timezones():
            raise ValueError("Invalid timezone.")
        return value

    @field_validator("start_time")
    @classmethod
    def _known_form(cls, value: str) -> str:
        match = _START.fullmatch(value)
        if not match:
            raise ValueError("Invalid start_time; use yyyy-MM-ddTHH:mm:ss, with Z for UTC.")
        datetime.fromisoformat(match[1])
        return value

    @field_validator("password")
    @classmethod
    def _passcode_rule(cls, value: str) -> str:
        if not _PASSCODE.fullmatch(value):
            raise ValueError("A passcode has at most 10 characters of [a-z A-Z 0-9 @ - _ *].")
        return value

    def start(self, zone: str) -> datetime | None:
        """The asked start in UTC.

        Args:
            zone: where a time without Z is meant, when the body names no timezone.
        """
        match = _START.fullmatch(self.start_time or "")
        if not match:
            return None
        place = UTC if match[2] else ZoneInfo(self.timezone or zone)
        return datetime.fromisoformat(match[1]).replace(tzinfo=place).astimezone(UTC)


async def read_meeting(request: Request) -> MeetingBody:
    """The request's body.

    Raises:
        ZoomError: 400/300, naming each field that Zoom would not take.
    """
    given = await read_object(request)
    try:
        return MeetingBody.model_validate(_without_nulls(given))
    except ValidationError as problem:
        raise _as_zoom_says(problem) from problem


async def read_object(request: Request) -> dict[str, Any]:
    """The request's body, which must be a JSON object."""
    try:
        given = await request.json()
    except ValueError as problem:
        raise ZoomError(400, 300, "Request Body should be a valid JSON object.") from problem
    if not isinstance(given, dict):
        raise ZoomError(400, 300, "Request Body should be a valid JSON object.")
    return given


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _as_zoom_says(problem: ValidationError) -> ZoomError:
    return invalid(
        *(
            (
                ".".join(str(part) for part in error["loc"]),
                error["msg"].removeprefix("Value error, "),
            )
            for error in problem.errors()
        )
    )
