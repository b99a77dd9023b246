"""The hash chain that makes an edit of the journal visible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cc_run.journal.entry import Entry

GENESIS: Final = "0" * 64


@dataclass(frozen=True)
class Breach:
    """An entry that does not follow from the one before it."""

    number: int
    reason: str


def link(
    previous: str,
    *,
    number: int,
    at: datetime,
    event_id: str | None,
    step: int | None,
    kind: str,
    actor: str,
    data: dict[str, Any],
) -> str:
    """The SHA-256 (hex) of an entry and its predecessor's hash."""
    facts = [previous, number, at.astimezone(UTC).isoformat(), event_id, step, kind, actor, data]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def breaches(entries: Iterable[Entry]) -> list[Breach]:
    """Where the chain is broken: an edited, missing, inserted or reordered entry."""
    found: list[Breach] = []
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.number != expected:
            found.append(Breach(expected, "missing"))
        honest = link(
            previous,
            number=entry.number,
            at=entry.at,
            event_id=entry.event_id,
            step=entry.step,
            kind=entry.kind,
            actor=entry.actor,
            data=entry.data,
        )
        if honest != entry.hash:
            found.append(Breach(entry.number, "edited"))
        previous, expected = entry.hash, entry.number + 1
    return found
