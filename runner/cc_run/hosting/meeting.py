"""A Zoom meeting as the schedule wants it, as Zoom has it, and where the two differ."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from cc_run.events import Event
from cc_run.settings.models import Zoom

_SCHEDULED: Final = 2
_TOPIC_LENGTH: Final = 200
# Zoom's list of zones lacks two of Indonesia's three; these keep the same time.
_ZOOM_ZONES: Final = {"Asia/Makassar": "Asia/Singapore", "Asia/Jayapura": "Asia/Tokyo"}
# Without the letters and digits that are mistaken for each other when read aloud.
_PASSCODE_LETTERS: Final = "".join(set(string.ascii_lowercase + string.digits) - set("l1o0i"))
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
    """What Zoom says of a meeting; ``join_url`` and ``passcode`` are for invited people only."""

    id: int
    host: str
    topic: str
    starts_at: datetime
    minutes: int
    agenda: str
    join_url: str
    passcode: str
    settings: Mapping[str, Any]

    @classmethod
    def from_zoom(cls, body: Mapping[str, Any], host: str) -> Meeting:
        """From the body of Zoom's reply."""
        return cls(
            id=int(body["id"]),
            host=str(body.get("host_email") or host),
            topic=str(body.get("topic", "")),
            starts_at=datetime.fromisoformat(body["start_time"]).astimezone(UTC),
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
        return urlunsplit(urlsplit(self.join_url)._replace(query=""))

    def __repr__(self) -> str:
        return f"Meeting(id={self.id}, host={self.host!r}, starts_at={self.starts_at})"


def wished(event: Event, zoom: Zoom, zone: str, marker: str) -> dict[str, Any]:
    """The body that makes the event's meeting, without a passcode."""
    return {
        "type": _SCHEDULED,
        "topic": event.title[:_TOPIC_LENGTH],
        "start_time": event.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": round(event.duration.total_seconds() / 60),
        "timezone": _ZOOM_ZONES.get(zone, zone),
        "agenda": f"{marker} {event.agenda}".strip(),
        "settings": {**MEETING_SETTINGS, **zoom.meeting},
    }


def differences(event: Event, zoom: Zoom, marker: str, meeting: Meeting) -> dict[str, Any]:
    """The fields that Zoom has otherwise than the schedule, with the schedule's values."""
    wish = wished(event, zoom, "UTC", marker)
    found: dict[str, Any] = {
        "topic": meeting.topic,
        "start_time": meeting.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": meeting.minutes,
        "agenda": meeting.agenda,
    }
    changes = {name: wish[name] for name, value in found.items() if wish[name] != value}
    settings = {
        name: value
        for name, value in wish["settings"].items()
        if name in meeting.settings and meeting.settings[name] != value
    }
    return {**changes, "settings": settings} if settings else changes


def new_marker(event: Event) -> str:
    """What tells the event's meeting from all others in a listing: at the agenda's start."""
    return f"[{event.id} {secrets.token_hex(4)}]"


def new_passcode() -> str:
    """A passcode that can be read aloud, within Zoom's rules."""
    return "".join(secrets.choice(_PASSCODE_LETTERS) for _ in range(_PASSCODE_LENGTH))
