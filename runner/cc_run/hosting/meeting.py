"""A Zoom meeting as the schedule wants it, as Zoom has it, and where the two differ."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
    snapshot: Mapping[str, Any]

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
            snapshot=snapshot(body),
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


@dataclass(frozen=True)
class Drift:
    """A field that somebody changed in Zoom: what the schedule says, and what Zoom has now."""

    field: str
    schedule: Any
    zoom: Any


def wished(
    event: Event,
    zoom: Zoom,
    zone: str,
    marker: str,
    accepted: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body that makes the event's meeting, without a passcode.

    ``accepted`` are settings that this meeting keeps otherwise than the others.
    """
    return {
        "type": _SCHEDULED,
        "topic": event.title[:_TOPIC_LENGTH].strip(),
        "start_time": _as_zoom_writes(event.starts_at),
        "duration": max(1, math.ceil(event.duration.total_seconds() / 60)),
        "timezone": _ZOOM_ZONES.get(zone, zone),
        "agenda": f"{marker} {event.agenda}"[:_AGENDA_LENGTH].strip(),
        "settings": {**MEETING_SETTINGS, **zoom.meeting, **(accepted or {})},
    }


def snapshot(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared of a meeting, from a wish or from Zoom's own body."""
    start = body.get("start_time")
    return {
        "type": int(body.get("type", _SCHEDULED)),
        "topic": str(body.get("topic", "")),
        "start_time": _as_zoom_writes(datetime.fromisoformat(start)) if start else None,
        "duration": int(body.get("duration", 0)),
        "agenda": str(body.get("agenda", "")),
        "settings": dict(body.get("settings", {})),
    }


def remembered(found: Mapping[str, Any], wish: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a snapshot that the journal keeps: the settings that are wished at all."""
    settings = {
        name: found["settings"][name] for name in wish["settings"] if name in found["settings"]
    }
    return {**found, "settings": settings}


def differences(wish: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that Zoom has otherwise than wished, with the wished values, as a PATCH body.

    A setting that Zoom does not tell cannot differ.
    """
    changes = {
        name: wish[name]
        for name, value in found.items()
        if name != "settings" and not _same(wish[name], value)
    }
    settings = {
        name: value
        for name, value in wish["settings"].items()
        if name in found["settings"] and not _same_setting(name, value, found["settings"][name])
    }
    return {**changes, "settings": settings} if settings else changes


def divided(
    changes: Mapping[str, Any], found: Mapping[str, Any], known: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, Any], tuple[Drift, ...]]:
    """What the schedule changed since, and what somebody changed in Zoom.

    A field is ours as long as Zoom has what we left there (``known``).
    """
    ours: dict[str, Any] = {}
    drifts: list[Drift] = []
    snapshots = list(known)
    for name in field_names(changes):
        if not snapshots or any(_is_ours(name, found, one) for one in snapshots):
            _put(ours, name, _at(changes, name))
        else:
            drifts.append(Drift(name, _at(changes, name), _at(found, name)))
    return ours, tuple(drifts)


def field_names(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The changed fields by name; a setting with ``settings.`` before it."""
    plain = tuple(name for name in changes if name != "settings")
    return plain + tuple(f"settings.{name}" for name in changes.get("settings", {}))


def new_marker(event: Event) -> str:
    """What tells the event's meeting from all others in a listing: at the agenda's start."""
    return f"[{event.id} {secrets.token_hex(4)}]"


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


def _is_ours(name: str, found: Mapping[str, Any], left: Mapping[str, Any]) -> bool:
    """Whether Zoom still has what we left there; what we never spoke of may be spoken of now."""
    group, _dot, setting = name.rpartition(".")
    if not group:
        return _same(left.get(name), found.get(name))
    settings = left.get(group, {})
    return setting not in settings or _same_setting(setting, settings[setting], _at(found, name))


def _at(body: Mapping[str, Any], name: str) -> Any:
    group, _dot, setting = name.rpartition(".")
    return body[group][setting] if group else body[name]


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    group, _dot, setting = name.rpartition(".")
    (body.setdefault(group, {}) if group else body)[setting] = value


def _people(listed: str) -> set[str]:
    """Addresses that Zoom may give back in another order, case and with one separator more."""
    return {address.strip().lower() for address in listed.split(";")} - {""}
