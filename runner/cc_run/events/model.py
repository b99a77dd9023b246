"""One planned video conference and the papers that the procedure asks for."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

_PREFIX: Final = "VC-"


def event_id(number: int) -> str:
    """``VC-0042`` for 42."""
    return f"{_PREFIX}{number:04}"


def event_number(text: str) -> int | None:
    """42 for ``VC-0042``, ``vc-42`` or ``42``; None for anything else."""
    digits = text.strip().upper().removeprefix(_PREFIX)
    return int(digits) if re.fullmatch("[0-9]{1,9}", digits) else None


class Fact(BaseModel):
    """Data of an event; never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Letter(Fact):
    """The agency's request letter (Surat Permohonan OPD); ``file`` is its scan's kept name."""

    number: str
    date: date
    file: str | None = None


class Disposition(Fact):
    """The leader's disposition (Disposisi Pimpinan)."""

    leader: str
    date: date
    note: str = ""
    file: str | None = None


class Contact(Fact):
    """Whom the agency named for questions and for the invitation."""

    name: str = ""
    phone: str = ""
    email: str = ""


class Plan(Fact):
    """What is known of an event before it has a number."""

    room: str
    title: str
    agency: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: str
    letter: Letter
    disposition: Disposition
    coordinator: str
    operator: str
    contact: Contact = Contact()
    participants: int | None = None
    agenda: str = ""


class Event(Plan):
    """A planned video conference (kegiatan vidcon); ``revision`` grows with each change."""

    number: int
    revision: int = 1

    @property
    def id(self) -> str:
        """``VC-0042``."""
        return event_id(self.number)

    @property
    def duration(self) -> timedelta:
        """From the planned start to the planned end."""
        return self.ends_at - self.starts_at

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether the event shares any moment with that span."""
        return self.starts_at < ends_at and starts_at < self.ends_at
