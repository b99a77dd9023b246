"""An office, its event, and a journal of it, for the tests of papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cc_run.events import Contact, Disposition, Event, Letter
from cc_run.journal import Entry
from cc_run.journal.chain import GENESIS, link
from cc_run.settings import Settings
from cc_run.settings.models import ConferenceAudio, Mail, Office, Zoom, ZoomHost

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_construct(
        room=Office(
            room_name="Command Center",
            office="Pemerintah Kabupaten Demak",
            office_unit="Dinas Komunikasi dan Informatika",
            office_address="Jalan Sultan Fatah 1",
            state_dir=tmp_path / "state",
            coordinator="Siti Aminah",
            operators=("Budi Santoso",),
        ),
        mail=Mail(),
        zoom=Zoom(hosts=(ZoomHost(email="cc@example.go.id"),)),
        conference_audio=ConferenceAudio.model_construct(floor_db=-50.0),
    )


@pytest.fixture
def event() -> Event:
    return Event(
        number=42,
        room="cc",
        title="Rapat <Inflasi> & Harga",
        agency="Bagian Perekonomian",
        starts_at=START,
        ends_at=START + timedelta(hours=2),
        place="Lantai 2",
        letter=Letter(number="005/1187", date=date(2026, 11, 19)),
        disposition=Disposition(leader="Kepala Dinas", date=date(2026, 11, 20)),
        coordinator="Siti Aminah",
        operator="Budi Santoso",
        contact=Contact(name="Ratna", phone="0812-3456", email="ratna@example.go.id"),
    )


@pytest.fixture
def journal() -> Callable[..., list[Entry]]:
    """Makes entries from (step, kind, minute after the start, data), properly chained."""

    def make(*facts: tuple[int, str, float, dict[str, object]]) -> list[Entry]:
        entries: list[Entry] = []
        for number, (step, kind, minute, data) in enumerate(facts, start=1):
            told = {
                "number": number,
                "at": START + timedelta(minutes=minute),
                "event_id": "VC-0042",
                "step": step,
                "kind": kind,
                "actor": "Budi Santoso",
                "data": data,
            }
            previous = entries[-1].hash if entries else GENESIS
            entries.append(Entry(**told, hash=link(previous, **told)))  # type: ignore[arg-type]
        return entries

    return make
