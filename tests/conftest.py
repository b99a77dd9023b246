"""What many tests need: a room's settings, its workspace, and an event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cc_run import content
from cc_run.events import Contact, Disposition, Event, Letter, Plan
from cc_run.settings import Settings
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace, open_workspace

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers


@pytest.fixture
def rehearsal_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The variables that the rehearsal's inventory reads; the state folder is in tmp_path."""
    values = {
        "HOME": tmp_path / "home",
        "CC_RUN_INVENTORY": content.inventory() / "rehearsal",
        "CC_REHEARSAL_DIR": tmp_path / "state",
        "CC_REHEARSAL_ZOOM": NOWHERE,
        "CC_REHEARSAL_MIPP": NOWHERE,
        "CC_REHEARSAL_WALL_PORT": "9",
        "CC_REHEARSAL_OBS_PORT": "9",
        "CC_REHEARSAL_PROGRAMME": tmp_path / "programme.mkv",
        "LC_ALL": "C.UTF-8",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "CC_RUN_ROOM"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "state"


@pytest.fixture
def settings(rehearsal_environment: Path) -> Settings:
    """The rehearsal room's settings."""
    return load()


@pytest.fixture
def workspace(settings: Settings) -> Workspace:
    """The rehearsal room's workspace with an empty database."""
    return open_workspace(settings, actor="Budi Santoso")


@pytest.fixture
def plan(settings: Settings) -> Plan:
    """An event that begins in two days."""
    start = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    return Plan(
        room=settings.host,
        title="Rapat Koordinasi SPBE",
        agency="Bappeda",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        place="Command Center",
        letter=Letter(number="005/123/2026", date=date(2026, 11, 20)),
        disposition=Disposition(leader="Kepala Dinkominfo", date=date(2026, 11, 21)),
        coordinator="Dewi Lestari",
        operator="Budi Santoso",
        contact=Contact(name="Siti", phone="0812-0000-0000", email="siti@example.go.id"),
    )


@pytest.fixture
def event(workspace: Workspace, plan: Plan) -> Event:
    """VC-0001."""
    return workspace.events.add(plan, workspace.zone)
