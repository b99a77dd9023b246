"""One thing that Zoom told, reduced to what the journal needs: nobody's name, no link, no token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

Kind = Literal["started", "ended", "joined", "left", "recorded"]

VALIDATION: Final = "endpoint.url_validation"
_KINDS: Final[dict[str, Kind]] = {
    "meeting.started": "started",
    "meeting.ended": "ended",
    "meeting.participant_joined": "joined",
    "meeting.participant_left": "left",
    "recording.completed": "recorded",
}


@dataclass(frozen=True)
class Notice:
    """What happened, in which run of which meeting, and when (UTC).

    ``facts`` has ``who`` of an arrival or departure (Zoom's number of that stay), and of a
    recording ``files``, ``bytes`` and ``what``, a digest of the files.
    """

    kind: Kind
    meeting_id: int
    uuid: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The same for the same thing however often it is told; a file's name."""
        which = self.facts.get("who") or self.facts.get("what") or ""
        return _digest(f"{self.kind}\n{self.meeting_id}\n{self.uuid}\n{which}")

    @property
    def moves(self) -> bool:
        """Whether somebody came or went."""
        return self.kind in ("joined", "left")

    def as_dict(self) -> dict[str, Any]:
        """Plain, for a file."""
        return {**vars(self), "at": self.at.isoformat(), "facts": dict(self.facts)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Notice:
        """From ``as_dict``."""
        return cls(**{**told, "at": datetime.fromisoformat(told["at"])})


def read(body: Mapping[str, Any]) -> Notice | None:
    """The notice of a webhook's body; None for what the journal does not need.

    Raises:
        ValueError: it is not told as Zoom tells it.
    """
    kind = _KINDS.get(str(body.get("event")))
    if kind is None:
        return None
    try:
        told = body["payload"]["object"]
        at = datetime.fromtimestamp(float(body["event_ts"]) / 1000, UTC)
        return Notice(kind, int(told["id"]), str(told["uuid"]), at, _facts(kind, told))
    except (KeyError, TypeError, OverflowError, OSError) as problem:
        raise ValueError(str(problem)) from problem


def _facts(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    if kind in ("joined", "left"):
        person = told["participant"]
        who = person.get("user_id") or person.get("participant_uuid") or person.get("user_name")
        return {"who": _digest(f"{told['uuid']}\n{who}")}
    if kind == "recorded":
        files = [file for file in told["recording_files"] if isinstance(file, Mapping)]
        sizes = [int(file.get("file_size") or 0) for file in files]
        what = "\n".join(sorted(str(file.get("id")) for file in files))
        return {"files": len(files), "bytes": sum(sizes), "what": _digest(what)}
    return {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
