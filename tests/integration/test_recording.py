"""Recording with the real OBS in the simulated room, mostly through the command line."""

import configparser
import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pulsectl
import pytest
from pydantic import SecretStr

from cc_run import content, sop
from cc_run.errors import Refusal
from cc_run.events import Contact, Disposition, Event, Letter, Plan
from cc_run.recording.launch import ensure_obs, quit_obs, running_obs
from cc_run.recording.levels import microphone_levels
from cc_run.recording.media import examine
from cc_run.recording.obs import ObsConnection
from cc_run.recording.recorder import recording_status, stop_recording
from cc_run.recording.result import segments_of
from cc_run.rehearsal.stage import Stage, stage
from cc_run.sequence.recording import record_event
from cc_run.settings.inventory import load
from cc_run.simulators.room.sound import POLYCOM_SOURCE
from cc_run.times import now
from cc_run.workspace import Workspace, open_workspace

PATIENCE = 30.0


@dataclasses.dataclass
class Desk:
    """Where an operator types commands, and what can be seen behind them."""

    stage: Stage
    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.settings.obs.record_dir

    def event(self) -> Event:
        """A new event, on a day of its own."""
        first = datetime(2031, 1, 1, 2, tzinfo=UTC)
        taken = len(self.workspace.events.ended(first + timedelta(days=9999), limit=999))
        start = first + timedelta(days=taken)
        plan = Plan(
            room=self.workspace.settings.host,
            title="Rapat Koordinasi SPBE",
            agency="Bappeda",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
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
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "cc_run.cli", "record", *words],
            env={**self.stage.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def record(
        self, *words: str, prefix: tuple[str, ...] = (), **environment: str
    ) -> tuple[int, str, str]:
        """``cc-run record`` with more words: its exit code, standard output and error."""
        return ended(self.begin(*words, prefix=prefix, **environment))

    def parts(self, event: Event) -> list[Path]:
        """The files that are known to belong to the event."""
        return segments_of(self.workspace.journal.entries(event.id))

    def recording(self, event: Event, seconds: float = 0.0, part: int = 1) -> datetime:
        """Waits until a part of the event lasts so long; when it started."""
        wait(lambda: len(self.parts(event)) >= part)
        wait(lambda: (status := recording_status(self.workspace)).active and status.size > 0)
        wait(lambda: recording_status(self.workspace).seconds > seconds)
        entries = self.workspace.journal.entries(event.id)
        return [entry.at for entry in entries if entry.kind == "recording.segment"][part - 1]

    def obs_pid(self) -> int:
        pid = running_obs(self.workspace.settings.obs)
        assert pid is not None
        return pid

    def set_obs_up(self) -> None:
        """What ``cc-run prepare`` does for OBS."""
        playbook = self.stage.folder / "obs.yml"
        playbook.write_text("- hosts: all\n  gather_facts: false\n  roles: [{role: obs}]\n")
        command = [sys.executable, "-m", "ansible", "playbook", str(playbook)]
        command += ["-i", str(content.inventory() / "rehearsal")]
        environment = {
            **self.stage.environment,
            "ANSIBLE_CONFIG": str(content.root() / "ansible.cfg"),
        }
        played = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert played.returncode == 0, played.stdout + played.stderr

    def restart_obs_with_a_streams_encoder(self) -> None:
        """OBS in its simple mode: its recordings share a stream's encoder and cannot pause."""
        obs = self.workspace.settings.obs
        quit_obs(obs)
        file = obs.config_dir / "basic/profiles/Command_Center/basic.ini"
        profile = configparser.RawConfigParser(delimiters="=")
        profile.optionxform = str
        profile.read_dict({"SimpleOutput": {}})
        profile.read_string(file.read_text())
        profile["Output"]["Mode"] = "Simple"
        profile["SimpleOutput"] = {
            **dict(profile.items("SimpleOutput")),
            "RecQuality": "Stream",
            "RecFormat": "mkv",
            "RecFormat2": "mkv",
            "FilePath": str(self.folder),
        }
        with file.open("w") as stream:
            profile.write(stream, space_around_delimiters=False)
        self.start_obs()

    def start_obs(self) -> None:
        ensure_obs(self.workspace.settings.obs, self.workspace.state_dir / "logs/obs.log")

    def kill_obs(self) -> None:
        os.kill(self.obs_pid(), signal.SIGKILL)
        wait(lambda: running_obs(self.workspace.settings.obs) is None)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with (
        stage(tmp_path_factory.mktemp("stage")) as built,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LC_ALL", "C.UTF-8")
        for name, value in {**built.environment, "LC_ALL": "C.UTF-8"}.items():
            patch.setenv(name, value)
        workspace = open_workspace(load(), actor="Budi Santoso")
        environment = {**built.environment, "LC_ALL": "C.UTF-8"}
        desk = Desk(dataclasses.replace(built, environment=environment), workspace)
        desk.set_obs_up()
        yield desk
        pid = running_obs(workspace.settings.obs)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(autouse=True)
def idle_obs(desk: Desk) -> Iterator[None]:
    """Every test begins with an OBS that runs and records nothing."""
    desk.start_obs()
    yield
    if running_obs(desk.workspace.settings.obs) is not None:
        stop_recording(desk.workspace)


def test_what_was_recorded_lasts_as_long_as_the_clock_says(desk: Desk) -> None:
    event, until = desk.event(), now() + timedelta(seconds=6)
    recorded = record_event(desk.workspace, event, until=until, stop=threading.Event())
    entries = desk.workspace.journal.entries(event.id)
    started = next(entry.at for entry in entries if entry.kind == "recording.segment")
    media = recorded.media
    assert abs(media.seconds - (until - started).total_seconds()) < 1
    assert (set(media.streams), recorded.remarks) == ({"video", "audio"}, ())
    assert [media.file] == list(recorded.segments) == desk.parts(event)
    assert (media.file.parent, len(recorded.stills)) == (desk.folder, 4)
    assert desk.workspace.journal.output(event.id, sop.RECORD)["sha256"] == media.sha256


def test_ctrl_c_ends_a_recording_well(desk: Desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    desk.recording(event, seconds=1)
    foreground.send_signal(signal.SIGINT)
    code, told, error = ended(foreground)
    assert (code, error) == (0, "")
    assert str(desk.parts(event)[0]) in told
    assert examine(desk.parts(event)[0]).seconds > 1
    assert not recording_status(desk.workspace).active


def test_a_killed_foreground_loses_nothing_and_the_next_attaches(desk: Desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    desk.recording(event, seconds=1)
    foreground.kill()
    foreground.communicate()
    before = recording_status(desk.workspace)
    assert before.active
    code, told, error = desk.record("--event", event.id, "--for", "2", "--json")
    assert (code, error) == (0, "")
    output = json.loads(told)
    assert [Path(output["file"])] == desk.parts(event) == [before.file]
    assert output["seconds"] > before.seconds + 1
    assert output["remarks"] == []


def test_a_recording_that_nobody_wrote_down_is_known_by_its_name(desk: Desk) -> None:
    event, other = desk.event(), desk.event()
    with ObsConnection(desk.workspace.settings.obs) as connection:
        file = connection.start_recording(f"{event.id}_begun", 5)
    code, _told, error = desk.record("--event", other.id, "--for", "1")
    assert code == 1
    assert f"OBS is already recording something else: {file}." in error
    assert "cc-run record stop" in error
    assert recording_status(desk.workspace).active
    code, told, error = desk.record("--event", event.id, "--for", "1", "--json")
    assert (code, error, Path(json.loads(told)["file"])) == (0, "", file)


def test_without_a_folder_to_write_to_nothing_is_begun(desk: Desk) -> None:
    event, aside = desk.event(), desk.folder.with_name("aside")
    desk.folder.rename(aside)
    try:
        code, _told, error = desk.record("--event", event.id, "--for", "2")
    finally:
        aside.rename(desk.folder)
    assert code == 3
    assert f"The folder for recordings, {desk.folder}, cannot be used" in error
    assert "Traceback" not in error
    # The superuser may write anywhere, unless all capabilities are taken away.
    rights = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
    desk.folder.chmod(0o500)
    try:
        code, _told, error = desk.record("--event", event.id, "--for", "2", prefix=rights)
    finally:
        desk.folder.chmod(0o700)
    assert code == 3
    assert f"Nothing can be written to the folder for recordings, {desk.folder}." in error
    assert desk.parts(event) == []


def test_a_folder_that_vanishes_under_obs_is_told(desk: Desk, tmp_path: Path) -> None:
    """OBS answers OK to the start, but does not record: only its event is believed."""
    with ObsConnection(desk.workspace.settings.obs) as connection:
        profile = {"parameterCategory": "AdvOut", "parameterName": "RecFilePath"}
        connection.ask(
            "SetProfileParameter", profile | {"parameterValue": str(tmp_path / "missing")}
        )
    event = desk.event()
    code, _told, error = desk.record("--event", event.id, "--for", "2")
    assert code == 1
    assert "OBS did not start the recording." in error
    assert desk.parts(event) == []
    desk.kill_obs()  # a dialog is open in it, and its profile is wrong
    desk.set_obs_up()


def test_a_wrong_password_is_told_with_its_remedy(desk: Desk, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "rehearsal", inventory)
    variables = inventory / "group_vars/all.yml"
    variables.write_text(
        variables.read_text().replace("obs_password: simulated", "obs_password: x")
    )
    event = desk.event()
    for words in (["status"], ["--event", event.id, "--for", "2"]):
        code, _told, error = desk.record(*words, "--inventory", str(inventory))
        assert code == 4
        assert "OBS does not accept the websocket password." in error
        assert "Run cc-run prepare" in error
        assert "Traceback" not in error


def test_a_recording_obs_is_not_quit_even_where_it_cannot_be_asked(desk: Desk) -> None:
    obs = desk.workspace.settings.obs
    with ObsConnection(obs) as connection:
        file = connection.start_recording("someone", 5)
    wait(file.exists)
    stranger = obs.model_copy(update={"password": SecretStr("wrong")})
    with pytest.raises(Refusal, match="OBS is recording; it is not restarted now"):
        quit_obs(stranger)
    assert recording_status(desk.workspace).active
    stop_recording(desk.workspace)
    assert quit_obs(stranger)
    assert running_obs(obs) is None


def test_an_obs_that_cannot_start_is_told_at_once(desk: Desk, tmp_path: Path) -> None:
    elsewhere = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    event = desk.event()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        other.listen()
        code, _told, error = desk.record(
            "--event", event.id, "--for", "9", CC_REHEARSAL_OBS_PORT=port, **elsewhere
        )
        assert code == 3
        assert f"Port {port}, which OBS needs, is taken by another program." in error
    code, _told, error = desk.record(
        *("--event", event.id, "--for", "9"),
        CC_REHEARSAL_OBS_PORT=port,
        DISPLAY=":9999",
        **elsewhere,
    )
    assert code == 3
    assert "OBS ended as soon as it was started." in error
    code, _told, error = desk.record("--event", event.id, "--for", "9", DISPLAY="", **elsewhere)
    assert code == 3
    assert "There is no display for OBS here." in error


def test_obs_killed_in_the_middle_loses_next_to_nothing(desk: Desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    started = desk.recording(event, seconds=3)
    killed = now()
    desk.kill_obs()
    code, _told, error = ended(foreground)
    assert code == 3
    assert "OBS ended in the middle of the recording; what it had recorded is kept." in error
    assert f"cc-run record --event {event.id}" in error
    assert "Traceback" not in error
    code, _told, error = desk.record("status")
    assert code == 3
    assert "OBS does not answer at 127.0.0.1:" in error

    again = desk.begin("--event", event.id, "--for", "60", "--json")
    desk.recording(event, seconds=2, part=2)
    again.send_signal(signal.SIGINT)
    code, told, error = ended(again)
    assert (code, error) == (0, "")
    output, (first, second) = json.loads(told), desk.parts(event)
    saved = examine(first).seconds
    assert (killed - started).total_seconds() - saved < 2
    assert output["segments"] == 2
    assert abs(output["seconds"] - saved - examine(second).seconds) < 0.2
    assert Path(output["file"]).name == f"{event.id}_joined.mkv"
    assert desk.obs_pid()  # it outlives the command that has started it


def test_a_hanging_obs_is_let_alone_and_attached_to_again(desk: Desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    desk.recording(event, seconds=1)
    pid = desk.obs_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        code, _told, error = ended(foreground)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert code == 3
    assert "OBS does not answer any more, but it is open" in error
    assert "Traceback" not in error
    code, told, error = desk.record("--event", event.id, "--for", "2", "--json")
    assert (code, error, json.loads(told)["segments"]) == (0, "", 1)


def test_the_microphone_is_heard_and_its_silence_noticed(desk: Desk) -> None:
    obs = desk.workspace.settings.obs
    speaking = microphone_levels(obs, 1.5)
    assert -40 < speaking["Mikrofon"] < 0
    with pulsectl.Pulse("tests", server=desk.stage.environment["PULSE_SERVER"]) as pulse:
        source = pulse.get_source_by_name(POLYCOM_SOURCE)
        pulse.mute(source, True)
        try:
            microphone_levels(obs, 1.0)  # what was on its way
            assert microphone_levels(obs, 1.0)["Mikrofon"] == -float("inf")
        finally:
            pulse.mute(source, False)


def test_what_cannot_be_paused_is_told(desk: Desk) -> None:
    """OBS answers OK, but a recording with a stream's encoder goes on."""
    desk.restart_obs_with_a_streams_encoder()
    with ObsConnection(desk.workspace.settings.obs) as connection:
        connection.start_recording("someone", 5)
        with pytest.raises(Refusal, match="OBS cannot pause this recording"):
            connection.pause_recording(paused=True, timeout=1)
        assert not connection.record_status().paused


def test_paused_time_is_not_counted_and_stop_ends_the_foreground(desk: Desk) -> None:
    desk.set_obs_up()
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60", "--json")
    started = desk.recording(event, seconds=1)
    assert desk.record("pause")[:2] == (0, "✓ The recording is paused.\n")
    begun = time.monotonic()
    code, told, _error = desk.record("status", "--json")
    assert (code, json.loads(told)["paused"]) == (0, True)
    wait(lambda: time.monotonic() - begun > 4)
    assert desk.record("resume")[:2] == (0, "✓ The recording goes on.\n")
    assert desk.record("stop")[:2] == (0, "✓ The recording is stopped.\n")
    total = (now() - started).total_seconds()
    code, told, error = ended(foreground)
    assert (code, error) == (0, "")
    output = json.loads(told)
    assert output["remarks"] == []  # the clock without the pause agrees with the file
    assert 1 < output["seconds"] < total - 4
    assert desk.record("stop")[:2] == (0, "– No recording is running.\n")
    assert desk.record("status")[:2] == (1, "– No recording is running.\n")
    code, told, error = desk.record("pause")
    assert (code, told) == (1, "")
    assert "No recording is running." in error


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """The exit code, standard output and error of a program that ends by itself."""
    told, error = process.communicate(timeout=PATIENCE * 2)
    return process.returncode, told, error


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to this"
        time.sleep(0.05)
