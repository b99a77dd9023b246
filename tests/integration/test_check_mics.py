"""``check mics`` at a terminal, in a simulated room whose microphones are really tapped."""

from __future__ import annotations

import array
import math
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cc_run import content
from cc_run.simulators.room import Conference, Room, simulated_room
from cc_run.simulators.room.sound import POLYCOM_EAR


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with simulated_room(tmp_path / "room", conference=Conference.SILENT) as room:
        yield room


@pytest.fixture
def inventory_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the program the rehearsal's inventory with some variables changed."""

    def changed(**variables: object) -> None:
        folder = tmp_path / "inventory"
        shutil.copytree(content.inventory() / "rehearsal", folder)
        with (folder / "group_vars/all.yml").open("a") as file:
            file.writelines(f"{name}: {value}\n" for name, value in variables.items())
        monkeypatch.setenv("CC_RUN_INVENTORY", str(folder))

    return changed


def tap(room: Room) -> None:
    """A dull knock of a fifth of a second."""
    sound = array.array(
        "h", (round(20_000 * math.sin(math.tau * 200 * at / 48_000)) for at in range(9_600))
    )
    knock = room.folder / "knock.raw"
    knock.write_bytes(sound.tobytes())
    command = ["paplay", f"--device={POLYCOM_EAR}", "--raw", "--format=s16le", "--rate=48000"]
    environment = {**os.environ, **room.environment}
    subprocess.run([*command, "--channels=1", str(knock)], env=environment, check=True)


class Terminal:
    """The program at a terminal of its own."""

    def __init__(self, room: Room, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cc_run.cli", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, **room.environment, "HOME": os.environ["HOME"]},
        )
        os.close(slave)

    def wait_for(self, words: str) -> None:
        while words not in self.seen:
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError:  # the program has ended
                pytest.fail(f"{words!r} was never said:\n{self.seen}")

    def end(self) -> int:
        try:
            while data := os.read(self.master, 4096):
                self.seen += data.decode()
        except OSError:  # the last one has closed it
            pass
        os.close(self.master)
        return self.process.wait(30)


def test_each_microphone_that_is_tapped_answers_and_the_journal_knows(office, room):
    office.add()
    terminal = Terminal(room, "check", "mics", "--event", "VC-0001", "--as", "Bagas")
    for number in (1, 2):
        terminal.wait_for(f"Tap microphone {number}")
        tap(room)
        terminal.wait_for(f"Microphone {number} answers")

    assert terminal.end() == 0, terminal.seen
    assert "Every microphone answered" in terminal.seen
    (entry,) = [one for one in office.entries() if one.kind == "microphones.checked"]
    assert [one["answered"] for one in entry.data["microphones"]] == [True, True]
    assert entry.actor == "Bagas"


def test_one_that_keeps_silent_is_asked_for_again_and_named(office, room, inventory_of):
    inventory_of(conference_audio_tap_seconds=2)
    terminal = Terminal(room, "check", "mics")
    terminal.wait_for("Tap microphone 1")
    terminal.wait_for("Microphone 1 did not answer")
    terminal.wait_for("Tap microphone 2")
    tap(room)
    terminal.wait_for("Tap microphone 1 once more")
    assert terminal.end() == 1, terminal.seen
    assert terminal.seen.count("Microphone 1 did not answer") == 2
    assert "dBFS," in terminal.seen
    assert "Check the cable of microphone 1, then: cc-run check mics" in terminal.seen


def test_where_none_answers_the_mute_button_is_named(office, room, inventory_of):
    inventory_of(conference_audio_tap_seconds=1)
    terminal = Terminal(room, "check", "mics")
    assert terminal.end() == 1
    assert "mute button" in terminal.seen
    assert "once more" not in terminal.seen


def test_a_phone_that_is_not_there_is_told(office, room):
    room.unplug_phone()
    terminal = Terminal(room, "check", "mics")
    assert terminal.end() == 3
    assert "has no microphone here" in terminal.seen
    assert "Traceback" not in terminal.seen


def test_a_phone_that_is_unplugged_meanwhile_is_told(office, room):
    terminal = Terminal(room, "check", "mics")
    terminal.wait_for("dBFS,")
    room.unplug_phone()
    assert terminal.end() == 3, terminal.seen
    assert "No sound arrives" in terminal.seen


def test_without_a_terminal_it_is_refused(office):
    office.run("check", "mics").refused(1, "terminal", "cc-run check sound")
    office.run("check", "mics", "--json").refused(1, "terminal")
