"""The account on disk: whole at every moment, so that the emulator can be killed at any."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .records import Meeting, State
from .subscription import Delivery

_TABLES = """
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meetings (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""


class Store:
    """The account's state, its meetings, what it tells, and its request log in one directory.

    A meeting is a line of its own, so that a change costs the same however many there are.

    Args:
        directory: made when missing; holds `zoom.db`, `requests.jsonl` and `recordings/`.
        account_id: of the account.
    """

    def __init__(self, directory: Path, account_id: str = "") -> None:
        self.account_id = account_id
        self.recordings = directory / "recordings"
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "zoom.db"
        # It holds passcodes, so that nobody else reads it from its first byte on.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        self._base = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        # A kill loses nothing that was written; only a power cut could, and nobody simulates one.
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.executescript(_TABLES)
        self._log = directory / "requests.jsonl"
        account = self._base.execute("SELECT body FROM account").fetchone()
        self.state = State.model_validate_json(account[0]) if account else State()
        self.meetings: dict[int, Meeting] = {
            number: Meeting.model_validate_json(body)
            for number, body in self._base.execute("SELECT id, body FROM meetings")
        }
        self.deliveries: dict[int, Delivery] = {
            number: Delivery.model_validate_json(body)
            for number, body in self._base.execute("SELECT id, body FROM deliveries")
        }
        if not account:
            self.save()

    def now(self) -> datetime:
        """The account's clock, UTC, whole seconds; a test may have moved it."""
        moved = datetime.now(UTC) + timedelta(seconds=self.state.clock_offset_seconds)
        return moved.replace(microsecond=0)

    def save(self) -> None:
        """Keep everything but the meetings; a kill after this loses nothing of it."""
        self.keep()

    def keep(self, *meetings: Meeting) -> None:
        """Keep these meetings and everything else, all of it or nothing."""
        self._base.execute("BEGIN")
        self._base.execute(
            "INSERT OR REPLACE INTO account VALUES (1, ?)", (self.state.model_dump_json(),)
        )
        for meeting in meetings:
            self.meetings[meeting.id] = meeting
            self._base.execute(
                "INSERT OR REPLACE INTO meetings VALUES (?, ?)",
                (meeting.id, meeting.model_dump_json()),
            )
        self._base.execute("COMMIT")

    def keep_delivery(self, delivery: Delivery) -> None:
        """Keep what is told, and how often it was tried."""
        self.deliveries[delivery.id] = delivery
        self._base.execute(
            "INSERT OR REPLACE INTO deliveries VALUES (?, ?)",
            (delivery.id, delivery.model_dump_json()),
        )

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

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
