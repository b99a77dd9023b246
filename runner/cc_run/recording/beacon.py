"""What a running recording shows to others on this machine: a small file, new every second."""

from __future__ import annotations

import contextlib
import json
import math
import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from cc_run.recording.observation import Sample
from cc_run.recording.process import is_alive
from cc_run.times import now

_NAME: Final = "recording.json"


class Beacon:
    """The file while a recording is watched; it is gone afterwards."""

    def __init__(self, state_dir: Path, event_id: str) -> None:
        self._file = state_dir / _NAME
        self._event = event_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def show(self, sample: Sample) -> None:
        """Writes what is seen now; a full disk is none of its business."""
        facts = {"event": self._event, "pid": os.getpid(), "at": now(), **asdict(sample)}
        draft = self._file.with_name(f".{_NAME}.{os.getpid()}")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(_plain(facts), default=str), encoding="utf-8")
            draft.replace(self._file)


def seen_by_supervisor(state_dir: Path) -> dict[str, Any] | None:
    """What whoever watches a recording last saw; None where nobody does."""
    try:
        facts: dict[str, Any] = json.loads((state_dir / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if is_alive(int(facts["pid"])) else None


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: a level of nothing at all is told as -999."""
    levels = facts["levels"].items()
    plain = {name: -999.0 if level == -math.inf else level for name, level in levels}
    return {**facts, "levels": plain}
