"""The proof that an event's documents are in MIPP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Receipt:
    """One filing.

    Attributes:
        event_id: Of the event.
        sha256: Over the fields and files that were filed; see ``Activity.digest``.
        url: Where the entry is; in manual mode MIPP's own address.
        number: MIPP's number of the entry; None where it is not told, or until a person has typed
            it (manual mode).
        at: When, UTC.
        mode: How it was filed.
    """

    event_id: str
    sha256: str
    url: str
    number: str | None
    at: datetime
    mode: Literal["form", "bearer", "drop", "manual"]

    @property
    def is_complete(self) -> bool:
        """Whether nobody has anything left to do."""
        return self.mode != "manual" or self.number is not None

    def to_dict(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Receipt:
        """From the journal."""
        return cls(**{**data, "at": datetime.fromisoformat(data["at"])})
