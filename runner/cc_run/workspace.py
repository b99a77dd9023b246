"""What every command works with: a room's settings, its events and journal, and who is at it."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from cc_run.database.engine import open_database
from cc_run.errors import OutsideFailure
from cc_run.events import Event, EventStore
from cc_run.journal import Journal
from cc_run.language import _
from cc_run.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """A room's office: where its papers are and who works in it."""

    settings: Settings
    engine: Engine
    events: EventStore
    journal: Journal
    actor: str

    @property
    def state_dir(self) -> Path:
        """The room's own folder on this machine."""
        return self.settings.room.state_dir

    def event_dir(self, event: Event) -> Path:
        """The event's folder (made when missing): letters, reports, minutes, photos."""
        folder = self.state_dir / "events" / event.id
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutsideFailure(
                _("The folder %(path)s cannot be made: %(reason)s")
                % {"path": folder, "reason": error.strerror},
                _("Free space on the disk, or set cc_state_dir to a folder that can be written."),
            ) from error
        return folder

    def acting_as(self, actor: str) -> Workspace:
        """The same workspace in another person's name."""
        return replace(self, actor=actor)

    @cached_property
    def zone(self) -> str:
        """The room's time zone by name."""
        return self.settings.zone


def open_workspace(settings: Settings, actor: str | None = None) -> Workspace:
    """Opens the room's database; ``actor`` is who acts, else the login's full name."""
    engine = open_database(settings.room.database_url)
    return Workspace(
        settings=settings,
        engine=engine,
        events=EventStore(engine),
        journal=Journal(engine),
        actor=actor or os.environ.get("CC_RUN_ACTOR") or login_name(),
    )


def login_name() -> str:
    """The full name of who is logged in, else the account's name."""
    entry = pwd.getpwuid(os.getuid())
    return entry.pw_gecos.split(",")[0] or entry.pw_name
