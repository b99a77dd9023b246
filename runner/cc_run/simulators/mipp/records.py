"""What the application holds: sessions, entries, faults."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


def now() -> datetime:
    """The application's clock, UTC."""
    return datetime.now(UTC)


class Flash(BaseModel):
    """What the next page shows once: a sentence, the errors of a form, what was typed."""

    kind: Literal["success", "danger"] = "success"
    message: str = ""
    errors: dict[str, str] = {}
    old: dict[str, str] = {}


class Session(BaseModel):
    """One browser; ``token`` is what its forms must carry."""

    token: str = Field(default_factory=lambda: secrets.token_urlsafe(30))
    user: str | None = None
    intended: str | None = None
    flash: Flash | None = None
    used_at: AwareDatetime = Field(default_factory=now)


class Upload(BaseModel):
    """A file of an entry, by its name in the folder of uploads."""

    field: str
    name: str
    stored: str
    size: int
    sha256: str


class Entry(BaseModel):
    """One activity."""

    number: int
    judul: str
    tanggal: str
    waktu: str
    tempat: str
    penyelenggara: str = ""
    keterangan: str = ""
    created_at: AwareDatetime
    uploads: list[Upload] = []


class Fault(BaseModel):
    """A rule: which requests go wrong, how, and how often.

    ``delay`` acts at once and holds the reply back; ``drop_before`` hangs up without acting;
    ``drop_after`` acts, then hangs up; ``status`` replies an error page without acting, with
    ``seconds`` asking to come again then; ``expire`` forgets the browser's session, or the
    program's token, then goes on as usual. ``times`` is how often it
    strikes in all, ``every`` that it strikes each so many matching requests.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = "*"
    kind: Literal["delay", "drop_before", "drop_after", "status", "expire"]
    seconds: float = Field(default=0, ge=0)
    status: int = Field(default=500, ge=400, le=599)
    times: int | None = Field(default=None, ge=1)
    every: int = Field(default=1, ge=1)
    matched: int = 0
    struck: int = 0


class State(BaseModel):
    """Everything that outlives the process."""

    sessions: dict[str, Session] = {}
    tokens: list[str] = []
    entries: list[Entry] = []
    entries_made: int = 0
    faults: list[Fault] = []
