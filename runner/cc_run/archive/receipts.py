"""The proof that a target holds a bag, as the journal keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from cc_run.journal import Entry

DELIVERED: Final = "archive.delivered"
VERIFIED: Final = "archive.verified"
DAMAGED: Final = "archive.damaged"


@dataclass(frozen=True)
class Receipt:
    """A copy of a bag that was read back from its target and found equal.

    Attributes:
        target: The target's name.
        url: Its URL, without a user or password.
        bag: Where the bag is: a folder's path, or an URL.
        manifest: SHA-256 (hex) of the bag's ``manifest-sha256.txt``.
        files: How many files the bag has, tag files included.
        bytes: Their size.
        verified_at: When the last of them was read back.
        means: How: "read back, O_DIRECT, sha256", "kept by the server, SHA-256 of 12 parts".
    """

    target: str
    url: str
    bag: str
    manifest: str
    files: int
    bytes: int
    verified_at: datetime
    means: str

    @property
    def bag_name(self) -> str:
        """The bag's own name, the same at every target."""
        return self.bag.rstrip("/").rpartition("/")[2]

    def facts(self) -> dict[str, Any]:
        """The receipt as the journal's data."""
        return {**asdict(self), "verified_at": self.verified_at.isoformat()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Receipt:
        """The receipt from the journal's data."""
        return cls(
            **{**facts, "verified_at": datetime.fromisoformat(facts["verified_at"])},
        )


def receipts_of(entries: Iterable[Entry]) -> dict[str, Receipt]:
    """The standing receipts by target; a copy found damaged since has none."""
    found: dict[str, Receipt] = {}
    for entry in entries:
        if entry.kind in (DELIVERED, VERIFIED):
            receipt = Receipt.from_facts(entry.data)
            found[receipt.target] = receipt
        elif entry.kind == DAMAGED:
            found.pop(str(entry.data.get("target")), None)
    return found
