"""The application on disk: whole at every moment, so that it can be killed at any."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .records import State, Upload, now


class Store:
    """State, uploaded files and request log in one directory.

    Args:
        directory: made when missing; holds `mipp.json`, `requests.jsonl` and `uploads/`.
    """

    def __init__(self, directory: Path) -> None:
        self.uploads = directory / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self._file = directory / "mipp.json"
        self._log = directory / "requests.jsonl"
        known = self._file.exists()
        self.state = State.model_validate_json(self._file.read_bytes()) if known else State()

    def save(self) -> None:
        """Replace the file on disk by the present state, durably."""
        # A new temporary file is readable by its owner alone: it holds the sessions.
        _write_whole(self._file, self.state.model_dump_json(indent=1).encode())

    def forget(self) -> None:
        """Begin anew: no entries, sessions, faults, files and noted requests."""
        for name in State.model_fields:
            setattr(self.state, name, getattr(State(), name))
        self.save()
        self._log.unlink(missing_ok=True)
        for file in self.uploads.iterdir():
            file.unlink()

    def keep(self, field: str, name: str, content: bytes, number: int) -> Upload:
        """Put an uploaded file beside the state, under a name of its own."""
        digest = hashlib.sha256(content).hexdigest()
        stored = f"{number:05}-{digest[:12]}{Path(name).suffix.lower()}"
        _write_whole(self.uploads / stored, content)
        return Upload(field=field, name=name, stored=stored, size=len(content), sha256=digest)

    def log_request(self, method: str, path: str, status: int | None, fault: str | None) -> None:
        """Note a request; neither headers nor body, since these carry secrets."""
        entry = {"at": now().isoformat(), "method": method, "path": path}
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**entry, "status": status, "fault": fault}) + "\n")

    def requests(self) -> Iterable[dict[str, object]]:
        """The noted requests, oldest first."""
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]


def _write_whole(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
