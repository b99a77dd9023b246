"""A room with the real OBS whose screen shows a running time code, and an operator's desk in it.

Tests and the benchmark use it; what a recording lacks is counted by the code in its picture.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cc_run import content
from cc_run.events import Contact, Disposition, Event, Letter, Plan
from cc_run.journal import Entry
from cc_run.recording.control import recording_status
from cc_run.recording.launch import ensure_obs
from cc_run.recording.process import muxer_of, running_obs
from cc_run.recording.segments import segments_of
from cc_run.settings.inventory import load
from cc_run.simulators.room import Room, simulated_room, timecode
from cc_run.simulators.room.processes import running
from cc_run.workspace import Workspace, open_workspace

PATIENCE = 45.0
# OBS tells of a start some frames before or after the first one, and a busy machine still later.
LEEWAY = 0.5
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers
# The code's part of the screen, 640x400, fills the recorded picture's height.
ROOM_VARIABLES = """\
cc_recording_grace_minutes: 0
cc_recording_fallback_dir: "{{ rehearsal_dir }}/fallback"
cc_alarm_desktop: false
obs_sources:
  - name: Layar
    kind: xshm_input
    settings: {screen: 0, show_cursor: false, advanced: true, cut_right: 640, cut_bot: 404}
  - name: Mikrofon
    kind: pulse_input_capture
    settings:
      device_id: alsa_input.usb-Polycom_CX5500-00.mono
"""
# Numbered anew: what is counted are frames, and a join may bring two within one tick.
CODE_IN_PICTURE = "crop=576:356:32:0,scale=8:6:flags=area,format=gray,setpts=N/30/TB"
SCENES = "basic/scenes/Command_Center.json"


@dataclasses.dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


@dataclasses.dataclass(frozen=True)
class Codes:
    """The time codes of a recording, one a frame (None: not to be read)."""

    frames: list[int | None]

    @property
    def lost(self) -> float:
        """Seconds that are missing between the first code and the last, by the codes alone."""
        seen = [code for code in self.frames if code is not None]
        return (seen[-1] - seen[0] + 1 - len(self.frames)) / timecode.RATE

    @property
    def ahead(self) -> int:
        """How far the codes are ahead of the frames' numbers, in frames, where they are furthest.

        A frame that is shown twice only holds them back for a moment.
        """
        return max(code - place for place, code in enumerate(self.frames) if code is not None)

    @property
    def gaps(self) -> list[float]:
        """Each loss of more than half a second, in seconds.

        A machine that is busy shows a frame twice and catches up later; that is no loss.
        """
        found: list[float] = []
        ahead: int | None = None
        for place, code in enumerate(self.frames):
            if code is None:
                continue
            missing = 0 if ahead is None else code - place - ahead
            if missing > timecode.RATE / 2:
                found.append(missing / timecode.RATE)
            ahead = code - place if ahead is None else max(ahead, code - place)
        return found


@dataclasses.dataclass
class Desk:
    """Where an operator types commands, and what can be seen behind them."""

    room: Room
    environment: Mapping[str, str]
    workspace: Workspace
    screen: Path

    @property
    def folder(self) -> Path:
        return self.workspace.settings.obs.record_dir

    @property
    def fallback(self) -> Path:
        found = self.workspace.settings.recording.fallback_dir
        assert found is not None
        return found

    def event(self, starts_at: datetime | None = None, minutes: float = 120) -> Event:
        """A new event, on a day of its own."""
        first = datetime(2031, 1, 1, 2, tzinfo=UTC)
        taken = len(self.workspace.events.ended(first + timedelta(days=9999), limit=999))
        start = starts_at or first + timedelta(days=taken)
        plan = Plan(
            room=self.workspace.settings.host,
            title="Rapat Koordinasi SPBE",
            agency="Bappeda",
            starts_at=start,
            ends_at=start + timedelta(minutes=minutes),
            place="Command Center",
            letter=Letter(number=f"005/{taken}/2026", date=date(2026, 11, 20)),
            disposition=Disposition(leader="Kepala Dinkominfo", date=date(2026, 11, 21)),
            coordinator="Dewi Lestari",
            operator="Budi Santoso",
            contact=Contact(name="Siti", phone="0812-0000-0000", email="siti@example.go.id"),
        )
        return self.workspace.events.add(plan, self.workspace.zone)

    def begin(
        self, *words: str, prefix: tuple[str, ...] = (), **environment: str
    ) -> subprocess.Popen[str]:
        """``cc-run record`` with more words, not waited for."""
        return self.command("record", *words, prefix=prefix, **environment)

    def command(
        self, *words: str, prefix: tuple[str, ...] = (), **environment: str
    ) -> subprocess.Popen[str]:
        """``cc-run`` with words, not waited for."""
        # As from a terminal, also where these tests run in a shell's background without Ctrl-C.
        program = ["env", "--default-signal=INT", sys.executable, "-m", "cc_run.cli"]
        return subprocess.Popen(
            [*prefix, *program, *words],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self, process: subprocess.Popen[str]) -> Ran:
        """How a program ends that ends by itself."""
        told, error = process.communicate(timeout=PATIENCE * 2)
        return Ran(process.returncode, told, error)

    def record(self, *words: str, prefix: tuple[str, ...] = (), **environment: str) -> Ran:
        """``cc-run record`` with more words, to its end."""
        return self.ended(self.begin(*words, prefix=prefix, **environment))

    def finished(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Ctrl-C to a recording that runs with ``--json``; what it recorded."""
        process.send_signal(signal.SIGINT)
        ran = self.ended(process)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.json

    def entries(self, event: Event, kind: str) -> list[Entry]:
        found = self.workspace.journal.entries(event.id)
        return [entry for entry in found if entry.kind == kind]

    def alarms(self, event: Event, kind: str = "recording.alarm") -> list[str]:
        """The keys of the alarms that were raised, or with another kind, cleared."""
        return [entry.data["key"] for entry in self.entries(event, kind)]

    def parts(self, event: Event) -> list[Path]:
        """The files that are known to belong to the event."""
        found = segments_of(self.workspace.journal.entries(event.id))
        return [segment.file for segment in found]

    def recording(self, event: Event, seconds: float = 0.0, part: int = 1) -> datetime:
        """Waits until a part of the event lasts so long; when it started."""
        self.wait(lambda: len(self.parts(event)) >= part)
        self.wait(lambda: (status := recording_status(self.workspace)).active and status.size > 0)
        self.wait(lambda: recording_status(self.workspace).seconds > seconds)
        return self.entries(event, "recording.segment")[part - 1].at

    def proven(self, event: Event) -> None:
        """Waits until the start is proven."""
        self.wait(lambda: self.entries(event, "recording.proven"))

    def wait(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it never came to this"
            time.sleep(0.05)

    def obs_pid(self) -> int:
        pid = running_obs(self.workspace.settings.obs)
        assert pid is not None
        return pid

    def muxer_pid(self) -> int:
        pid = muxer_of(self.obs_pid())
        assert pid is not None
        return pid

    def show(self, what: str) -> None:
        """On the screen: ``run`` (the time code), ``freeze`` or ``black``."""
        self.screen.write_text(what)

    def codes(self, file: Path | str) -> Codes:
        """Decodes the whole picture and reads its time codes; the file has to play well."""
        played = subprocess.run(
            [
                *("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", str(file)),
                *("-vf", CODE_IN_PICTURE, "-fps_mode", "passthrough", "-f", "rawvideo", "-"),
            ],
            capture_output=True,
            check=False,
        )
        assert (played.returncode, played.stderr) == (0, b""), played.stderr[-600:]
        size, raw = timecode.COLUMNS * timecode.ROWS, played.stdout
        cells = [raw[place : place + size] for place in range(0, len(raw), size)]
        return Codes([timecode.code_of(levels) for levels in cells])

    def verdict_is_true(self, output: Mapping[str, Any], *, readable: bool = True) -> Codes:
        """The file plays, has all frames of its parts, and lacks what the report says it lacks.

        Not only how much, but where: before which part, and nothing within one but its pauses.
        Unless ``readable``, the screen showed something else than codes for a while.
        """
        codes = self.codes(output["file"])
        assert len(codes.frames) == output["frames"]
        assert not readable or codes.frames.count(None) <= 2
        report = json.loads(Path(output["gap_report"]).with_suffix(".json").read_text())
        told = {gap["to"]: gap["seconds"] for gap in report["gaps"]}
        first, ahead = 0, None
        for part in report["segments"]:
            if not part["frames"]:
                continue
            own = Codes(codes.frames[first : first + part["frames"]])
            assert abs(sum(own.gaps) - part["paused_seconds"]) < LEEWAY, (own.gaps, part)
            begins = own.ahead - round(sum(own.gaps) * timecode.RATE)
            missing = 0.0 if ahead is None else (begins - first - ahead) / timecode.RATE
            assert abs(missing - told.pop(part["from"], 0.0)) < LEEWAY, (missing, report)
            ahead, first = own.ahead - first, first + part["frames"]
        assert len(told) == 0 or list(told.values()) == [report["gaps"][-1]["seconds"]], report
        assert first == output["frames"], report
        return codes

    def inventory_with(self, folder: Path, more: Mapping[str, Any]) -> Path:
        """A copy of the room's inventory with more variables."""
        shutil.copytree(self.environment["CC_RUN_INVENTORY"], folder)
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in more.items()]
        file = folder / "host_vars/gladi.yml"
        kept = [
            line for line in file.read_text().splitlines(True) if line.split(":")[0] not in more
        ]
        file.write_text("".join([*kept, *lines]))
        return folder

    def set_obs_up(self) -> None:
        """What ``cc-run prepare`` does for OBS."""
        playbook = self.room.folder / "obs.yml"
        playbook.write_text("- hosts: all\n  gather_facts: false\n  roles: [{role: obs}]\n")
        command = [sys.executable, "-m", "ansible", "playbook", str(playbook)]
        command += ["-i", self.environment["CC_RUN_INVENTORY"]]
        environment = {
            **self.environment,
            "ANSIBLE_CONFIG": str(content.root() / "ansible.cfg"),
        }
        played = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert played.returncode == 0, played.stdout + played.stderr

    def start_obs(self) -> None:
        ensure_obs(self.workspace.settings.obs, self.workspace.state_dir / "logs/obs.log")

    def kill_obs(self) -> None:
        os.kill(self.obs_pid(), signal.SIGKILL)
        self.wait(lambda: running_obs(self.workspace.settings.obs) is None)


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    """Builds the room in ``folder`` and clears it away; this process lives in it meanwhile."""
    inventory = folder / "inventory"
    shutil.copytree(content.inventory() / "rehearsal", inventory)
    (inventory / "host_vars").mkdir()
    (inventory / "host_vars/gladi.yml").write_text(ROOM_VARIABLES)
    (folder / "state/fallback").mkdir(parents=True)
    with simulated_room(folder / "room") as room:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CC_")},
            **room.environment,
            "LC_ALL": "C.UTF-8",
            "CC_RUN_INVENTORY": str(inventory),
            "CC_RUN_ACTOR": "Budi Santoso",
            "CC_REHEARSAL_DIR": str(folder / "state"),
            "CC_REHEARSAL_ZOOM": NOWHERE,
            "CC_REHEARSAL_MIPP": NOWHERE,
            "CC_REHEARSAL_WALL_PORT": "9",
            "CC_REHEARSAL_OBS_PORT": str(free_port()),
            "CC_REHEARSAL_PROGRAMME": str(folder / "programme.mkv"),
        }
        screen = folder / "screen"
        program = [sys.executable, "-IS", timecode.__file__, str(screen)]
        with (
            patch.dict(os.environ, environment),
            running(program, environment=environment, log=folder / "timecode.log"),
        ):
            desk = Desk(room, environment, open_workspace(load(), actor="Budi Santoso"), screen)
            desk.set_obs_up()
            yield desk
            pid = running_obs(desk.workspace.settings.obs)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
