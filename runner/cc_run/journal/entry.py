"""One entry of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

STEP_STARTED: Final = "step.started"
STEP_FINISHED: Final = "step.finished"
STEP_FAILED: Final = "step.failed"


@dataclass(frozen=True)
class Entry:
    """What happened, when (UTC), by whom; ``hash`` covers it and the entry before."""

    number: int
    at: datetime
    event_id: str | None
    step: int | None
    kind: str
    actor: str
    data: dict[str, Any]
    hash: str
