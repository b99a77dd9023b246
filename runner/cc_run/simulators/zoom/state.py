"""The account on disk: whole at every moment, so that the emulator can be killed at any."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .records import State


class Store:
    """The account's state and request log in one directory.

    Args:
        directory: made when missing; holds `zoom.json` and `requests.jsonl`.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = directory / "zoom.json"
        self._log = directory / "requests.jsonl"
        known = self._file.exists()
        self.state = State.model_validate_json(self._file.read_bytes()) if known else State()
        if not known:
            self.save()

    def now(self) -> datetime:
        """The account's clock, UTC, whole seconds; a test may have moved it."""
        moved = datetime.now(UTC) + timedelta(seconds=self.state.clock_offset_seconds)
        return moved.replace(microsecond=0)

    def save(self) -> None:
        """Replace the file on disk by the present state, durably."""
        # mkstemp makes the file readable by its owner alone: it holds passcodes.
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".zoom-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(self.state.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._file)
        directory = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def log_request(self, method: str, path: str, status: int | None, fault: str | None) -> None:
        """Note a request; no query, headers or body, since these carry secrets."""
        entry = {
            "at": self.now().isoformat(),
            "method": method,
            "path": path,
            "status": status,
            "fault": fault,
        }
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def requests(self) -> list[dict[str, object]]:
        """The noted requests, oldest first."""
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._log.unlink(missing_ok=True)
