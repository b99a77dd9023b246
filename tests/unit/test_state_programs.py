"""Packages and units, asked through programs that keep their state in a folder."""

import os
from pathlib import Path
from typing import Any

import pytest

from cc_run.state import StateError, converge, units

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$STATE/log"
scope=$1; case $scope in --*) shift;; *) scope=system;; esac
[ -e "$STATE/no-bus" ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
for unit; do :; done
case $1 in
  is-enabled) [ -e "$STATE/$unit.enabled" ] && echo enabled || { echo disabled; exit 1; };;
  is-active) [ -e "$STATE/$unit.active" ] && echo active || { echo inactive; exit 3; };;
  show) case "$*" in
    *Condition*) [ -e "$STATE/$unit.unfit" ] && [ -e "$STATE/$unit.tried" ] &&
      echo "ConditionResult=no ConditionTimestampMonotonic=7" ||
      echo "ConditionResult=no ConditionTimestampMonotonic=0";;
    *) [ -e "$STATE/stale" ] && echo yes || echo no;; esac;;
  daemon-reload) rm -f "$STATE/stale";;
  enable) touch "$STATE/$unit.enabled";;
  disable) rm "$STATE/$unit.enabled";;
  start|restart) [ -e "$STATE/$unit.unfit" ] && touch "$STATE/$unit.tried" ||
    touch "$STATE/$unit.active";;
  stop) rm "$STATE/$unit.active";;
  *) echo "Unknown command verb $1." >&2; exit 1;;
esac
"""
DPKG_QUERY = """#!/bin/sh
for name; do
  [ -e "$STATE/$name.installed" ] && echo "$name installed"
  [ -e "$STATE/$name.removed" ] && echo "$name config-files"
done
exit 1
"""
APT_GET = """#!/bin/sh
echo "$*" >> "$STATE/log"
case "$*" in
  *update*) touch "$STATE/updated"; exit 0;;
esac
[ -e "$STATE/old-lists" ] && [ ! -e "$STATE/updated" ] && { echo "E: 404" >&2; exit 100; }
[ -e "$STATE/broken" ] && { printf 'noise\\nE: held broken packages\\n' >&2; exit 100; }
for name; do case $name in a|b|c) touch "$STATE/$name.installed";; esac; done
exit 0
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs, state = tmp_path / "bin", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    for name, text in (
        ("systemctl", SYSTEMCTL),
        ("dpkg-query", DPKG_QUERY),
        ("apt-get", APT_GET),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("STATE", str(state))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(units, "BOOTED", state)
    return state


def log(state: Path) -> list[str]:
    path = state / "log"
    return path.read_text().splitlines() if path.exists() else []


def acts(state: Path) -> list[str]:
    asked = ("is-enabled", "is-active", "show")
    return [line for line in log(state) if not any(word in line for word in asked)]


TIMER: dict[str, Any] = {
    "unit": "room.timer",
    "scope": "user",
    "content": "[Timer]\nOnCalendar=daily\n",
    "enabled": True,
    "running": True,
}


def test_a_unit_is_written_enabled_and_started_and_then_left_alone(
    state: Path, tmp_path: Path
) -> None:
    [foretold] = converge([TIMER], check=True)
    assert acts(state) == []
    [change] = converge([TIMER], check=False)
    assert change == foretold
    assert (tmp_path / "config/systemd/user/room.timer").read_text() == TIMER["content"]
    assert acts(state) == [
        "--user daemon-reload",
        "--user enable room.timer",
        "--user start room.timer",
    ]
    [again] = converge([TIMER], check=False)
    assert not again.changed


def test_a_running_unit_restarts_when_its_file_changes(state: Path) -> None:
    converge([TIMER], check=False)
    (state / "log").unlink()
    [change] = converge([TIMER | {"content": "[Timer]\nOnCalendar=hourly\n"}], check=False)
    assert acts(state) == ["--user daemon-reload", "--user restart room.timer"]
    assert "restarted" in change.after


def test_a_run_killed_after_the_write_is_made_up_for(state: Path) -> None:
    converge([TIMER], check=False)
    (state / "log").unlink()
    (state / "stale").touch()
    [change] = converge([TIMER], check=False)
    assert change.changed
    assert acts(state) == ["--user daemon-reload", "--user restart room.timer"]
    assert not converge([TIMER], check=False)[0].changed


def test_a_file_beside_a_packages_unit_is_read_at_once(state: Path, tmp_path: Path) -> None:
    item = {key: TIMER[key] for key in ("unit", "scope", "content")} | {"dropin": "10-room.conf"}
    assert converge([item], check=False)[0].changed
    folder = tmp_path / "config/systemd/user"
    assert (folder / "room.timer.d/10-room.conf").read_text() == TIMER["content"]
    assert not (folder / "room.timer").exists()
    assert acts(state) == ["--user daemon-reload"]
    assert not converge([item], check=False)[0].changed


def test_what_is_not_wished_is_not_asked(state: Path) -> None:
    [change] = converge([{"unit": "cups.service", "enabled": False}], check=False)
    assert not change.changed
    assert log(state) == ["is-enabled cups.service"]


def test_a_unit_is_stopped_and_disabled(state: Path) -> None:
    (state / "cups.service.enabled").touch()
    (state / "cups.service.active").touch()
    item = {"unit": "cups.service", "enabled": False, "running": False}
    [change] = converge([item], check=False)
    assert (change.before, change.after) == ("enabled\nrunning\n", "not enabled\nnot running\n")
    assert acts(state) == ["disable cups.service", "stop cups.service"]


def test_a_unit_that_is_not_for_this_machine_is_tried_once(state: Path) -> None:
    (state / "clock.service.unfit").touch()
    item = {"unit": "clock.service", "running": True}
    assert converge([item], check=False)[0].changed
    assert acts(state) == ["start clock.service"]
    assert not converge([item], check=False)[0].changed


def test_in_a_system_that_is_being_built_units_are_only_enabled(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "BOOTED", state / "none")
    item = {"unit": "clock.service", "enabled": True, "running": True}
    assert converge([item], check=False)[0].changed
    assert acts(state) == ["enable clock.service"]
    assert not converge([item], check=False)[0].changed


def test_no_session_is_told_as_such(state: Path) -> None:
    (state / "no-bus").touch()
    with pytest.raises(StateError, match="enable-linger"):
        converge([TIMER], check=True)


def test_only_missing_packages_are_installed(state: Path) -> None:
    (state / "a.installed").touch()
    (state / "b.removed").touch()
    item = {"packages": ["a", "b", "c"]}
    [foretold] = converge([item], check=True)
    assert acts(state) == []
    [change] = converge([item], check=False)
    assert change == foretold
    assert change.after == "b\nc\n"
    [command] = acts(state)
    assert command.endswith("install -y --no-install-recommends b c")
    assert not converge([item], check=False)[0].changed


def test_old_package_lists_are_renewed_once(state: Path) -> None:
    (state / "old-lists").touch()
    converge([{"packages": ["a"]}], check=False)
    assert [line for line in log(state) if line == "update"] == ["update"]


def test_apts_last_word_is_told(state: Path) -> None:
    (state / "broken").touch()
    with pytest.raises(StateError, match="held broken packages"):
        converge([{"packages": ["a"]}], check=False)


def test_a_virtual_package_is_not_installed_for_ever(state: Path) -> None:
    with pytest.raises(StateError, match="virtual"):
        converge([{"packages": ["mail-transport-agent"]}], check=False)


@pytest.mark.parametrize("check", [True, False])
def test_without_root_missing_packages_are_a_matter_for_it(
    state: Path, monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StateError, match="only root may install them: a"):
        converge([{"packages": ["a"]}], check=check)


def test_the_real_dpkg_knows_itself() -> None:
    [change] = converge([{"packages": ["dpkg", "base-files"]}], check=False)
    assert not change.changed


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StateError, match="dpkg-query is not installed"):
        converge([{"packages": ["a"]}], check=True)
