"""A Zoom meeting as the schedule wants it, as Zoom has it, and where the two differ."""

from __future__ import annotations

import math
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from cc_run.events import Event
from cc_run.settings.models import Zoom

_SCHEDULED: Final = 2
_TOPIC_LENGTH: Final = 200
_AGENDA_LENGTH: Final = 2000
# Zoom's list of zones has one of Indonesia's only; these keep the same time as the others.
_ZOOM_ZONES: Final = {
    "Asia/Pontianak": "Asia/Jakarta",
    "Asia/Makassar": "Asia/Singapore",
    "Asia/Ujung_Pandang": "Asia/Singapore",
    "Asia/Jayapura": "Asia/Tokyo",
}
# Without the letters and digits that are mistaken for each other when read aloud.
_PASSCODE_LETTERS: Final = sorted(set(string.ascii_lowercase + string.digits) - set("l1o0i"))
_PASSCODE_LENGTH: Final = 8

# A government meeting: nobody enters unseen, nobody is heard or filmed by surprise, and OBS
# records it. cc_zoom_meeting overrides single keys.
MEETING_SETTINGS: Final[Mapping[str, Any]] = {
    "waiting_room": True,
    "join_before_host": False,
    "mute_upon_entry": True,
    "participant_video": False,
    "use_pmi": False,
    "auto_recording": "none",
    "approval_type": 2,
    "meeting_authentication": False,
}


@dataclass(frozen=True)
class Meeting:
    """What Zoom says of a meeting; ``join_url`` and ``passcode`` are for invited people only.

    ``starts_at`` is None where somebody made it a meeting without a fixed time in Zoom.
    """

    id: int
    host: str
    type: int
    topic: str
    starts_at: datetime | None
    minutes: int
    agenda: str
    join_url: str
    passcode: str
    settings: Mapping[str, Any]

    @classmethod
    def from_zoom(cls, body: Mapping[str, Any], host: str) -> Meeting:
        """From the body of Zoom's reply."""
        start = body.get("start_time")
        return cls(
            id=int(body["id"]),
            host=str(body.get("host_email") or host),
            type=int(body.get("type", _SCHEDULED)),
            topic=str(body.get("topic", "")),
            starts_at=datetime.fromisoformat(start).astimezone(UTC) if start else None,
            minutes=int(body.get("duration", 0)),
            agenda=str(body.get("agenda", "")),
            join_url=str(body.get("join_url", "")),
            passcode=str(body.get("password", "")),
            settings=dict(body.get("settings", {})),
        )

    @property
    def number(self) -> str:
        """The id as people write it: ``812 3456 7890``."""
        digits = str(self.id)
        return " ".join((digits[:3], digits[3:-4], digits[-4:]))

    @property
    def public_url(self) -> str:
        """The joining address without the passcode in it."""
        return urlunsplit(urlsplit(self.join_url)._replace(query="", fragment=""))

    def __repr__(self) -> str:
        return f"Meeting(id={self.id}, host={self.host!r}, starts_at={self.starts_at})"


def wished(event: Event, zoom: Zoom, zone: str, marker: str) -> dict[str, Any]:
    """The body that makes the event's meeting, without a passcode."""
    return {
        "type": _SCHEDULED,
        "topic": event.title[:_TOPIC_LENGTH].strip(),
        "start_time": _as_zoom_writes(event.starts_at),
        "duration": max(1, math.ceil(event.duration.total_seconds() / 60)),
        "timezone": _ZOOM_ZONES.get(zone, zone),
        "agenda": f"{marker} {event.agenda}"[:_AGENDA_LENGTH].strip(),
        "settings": {**MEETING_SETTINGS, **zoom.meeting},
    }


def differences(event: Event, zoom: Zoom, marker: str, meeting: Meeting) -> dict[str, Any]:
    """The fields that Zoom has otherwise than the schedule, with the schedule's values."""
    wish = wished(event, zoom, "UTC", marker)
    found: dict[str, Any] = {
        "type": meeting.type,
        "topic": meeting.topic,
        "start_time": _as_zoom_writes(meeting.starts_at) if meeting.starts_at else None,
        "duration": meeting.minutes,
        "agenda": meeting.agenda,
    }
    changes = {name: wish[name] for name, value in found.items() if not _same(wish[name], value)}
    settings = {
        name: value
        for name, value in wish["settings"].items()
        if name in meeting.settings and not _same_setting(name, value, meeting.settings[name])
    }
    return {**changes, "settings": settings} if settings else changes


def field_names(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The changed fields by name; a setting with ``settings.`` before it."""
    plain = tuple(name for name in changes if name != "settings")
    return plain + tuple(f"settings.{name}" for name in changes.get("settings", {}))


def new_marker(event: Event) -> str:
    """What tells the event's meeting from all others in a listing: at the agenda's start."""
    return f"[{event.id} {secrets.token_hex(4)}]"


def new_passcode() -> str:
    """A passcode that can be read aloud, within Zoom's rules and what accounts usually add.

    It has a letter and a digit, and no character stands beside itself or its neighbour.
    """
    while True:
        passcode = "".join(secrets.choice(_PASSCODE_LETTERS) for _ in range(_PASSCODE_LENGTH))
        mixed = not passcode.isalpha() and not passcode.isdigit()
        if mixed and all(abs(ord(a) - ord(b)) > 1 for a, b in pairwise(passcode)):
            return passcode


def _as_zoom_writes(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _same(wished_value: Any, found: Any) -> bool:
    """Whether Zoom has what was wished: it trims texts, and completes objects that it is given."""
    if isinstance(wished_value, str) and isinstance(found, str):
        return wished_value.split() == found.split()
    if isinstance(wished_value, Mapping) and isinstance(found, Mapping):
        return all(_same(value, found.get(name)) for name, value in wished_value.items())
    return bool(wished_value == found)


def _same_setting(name: str, wished_value: Any, found: Any) -> bool:
    if name == "alternative_hosts":
        return _people(str(wished_value)) == _people(str(found))
    return _same(wished_value, found)


def _people(listed: str) -> set[str]:
    """Addresses that Zoom may give back in another order, case and with one separator more."""
    return {address.strip().lower() for address in listed.split(";")} - {""}
