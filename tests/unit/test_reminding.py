"""Who forgot to prepare an event is told on the desktop, once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cc_run import sop
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.events.status import CANCELLED_KIND
from cc_run.sequence.reminding import REMINDED, remind, unprepared
from cc_run.workspace import Workspace

NOTIFY = """#!/bin/sh
[ -e "$HOME/no-desktop" ] && { echo "Cannot autolaunch D-Bus" >&2; exit 1; }
echo "$DBUS_SESSION_BUS_ADDRESS" > "$HOME/bus"
for last; do printf '%s\\n' "$last"; done > "$HOME/said"
"""


@pytest.fixture
def desktop(tmp_path: Path, rehearsal_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which ``notify-send`` writes down what it was told."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "notify-send").write_text(NOTIFY)
    (programs / "notify-send").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return tmp_path / "home"


def test_an_event_is_told_within_its_two_hours_and_once(
    workspace: Workspace, event: Event, desktop: Path
) -> None:
    early = event.starts_at - timedelta(minutes=121)
    assert remind(workspace, early, 120) == []
    assert not (desktop / "said").exists()
    moment = event.starts_at - timedelta(minutes=119)
    assert remind(workspace, moment, 120) == [event]
    said = (desktop / "said").read_text()
    assert event.id in said
    assert "«Rapat Koordinasi SPBE» begins in 1 h 59 min" in said
    assert f"cc-run prepare --event {event.id}" in said
    assert (desktop / "bus").read_text().startswith("unix:path=/run/user/")
    (entry,) = [one for one in workspace.journal.entries(event.id) if one.kind == REMINDED]
    assert (entry.step, entry.actor) == (sop.PREPARE, "Budi Santoso")
    (desktop / "said").unlink()
    assert remind(workspace, moment, 120) == []
    assert not (desktop / "said").exists()


def test_a_moved_event_is_told_again(workspace: Workspace, event: Event, desktop: Path) -> None:
    assert remind(workspace, event.starts_at - timedelta(minutes=30), 120) == [event]
    hour = timedelta(hours=1)
    later = {"starts_at": event.starts_at + hour, "ends_at": event.ends_at + hour}
    moved = workspace.events.change(event.number, later, workspace.zone)
    assert remind(workspace, event.starts_at - timedelta(minutes=30), 120) == [moved]


def test_nobody_is_told_of_what_is_prepared_cancelled_or_has_begun(
    workspace: Workspace, event: Event
) -> None:
    moment = event.starts_at - timedelta(minutes=30)
    assert unprepared(workspace, moment, 120) == [event]
    assert unprepared(workspace, event.starts_at, 120) == []
    with workspace.journal.step(event.id, sop.PREPARE, "Budi Santoso") as step:
        step.output = {}
    assert unprepared(workspace, moment, 120) == []


def test_a_cancelled_event_needs_nobody(workspace: Workspace, event: Event) -> None:
    workspace.journal.append(CANCELLED_KIND, event_id=event.id, actor="Budi Santoso")
    assert unprepared(workspace, event.starts_at - timedelta(minutes=30), 120) == []


def test_without_a_desktop_it_is_tried_again(
    workspace: Workspace, event: Event, desktop: Path
) -> None:
    moment = event.starts_at - timedelta(minutes=30)
    (desktop / "no-desktop").touch()
    with pytest.raises(OutsideFailure, match="Cannot autolaunch D-Bus"):
        remind(workspace, moment, 120)
    (desktop / "no-desktop").unlink()
    assert remind(workspace, moment, 120) == [event]


def test_the_command_says_what_it_did_and_is_silent_otherwise(
    workspace: Workspace, event: Event, desktop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cc_run.cli.remind import command

    assert command.main(["--as", "Budi Santoso"], standalone_mode=False) == 0
    assert capsys.readouterr().out == ""
    assert command.main(["--within", "3000", "--json"], standalone_mode=False) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["event"] == event.id
