"""Recording with the real OBS in the simulated room, mostly through the command line."""

import configparser
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pulsectl
import pytest
from pydantic import SecretStr
from user_manager import user_manager

from cc_run import sop
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.events.status import CANCELLED_KIND
from cc_run.recording.control import may_be_recording, recording_status, stop_recording
from cc_run.recording.launch import quit_obs
from cc_run.recording.levels import microphone_levels
from cc_run.recording.media import examine
from cc_run.recording.obs import ObsConnection
from cc_run.recording.process import running_obs
from cc_run.recording.stopping import StopSignal
from cc_run.sequence.recording import record_event
from cc_run.simulators.room.sound import POLYCOM_SOURCE
from cc_run.times import now


def test_what_was_recorded_lasts_as_long_as_the_clock_says(desk) -> None:
    event, until = desk.event(), now() + timedelta(seconds=6)
    recorded = record_event(desk.workspace, event, seconds=6, stop=StopSignal())
    started = desk.entries(event, "recording.segment")[0].at
    media = recorded.media
    assert abs(media.seconds - (until - started).total_seconds()) < 1
    assert (set(media.streams), recorded.remarks) == ({"video", "audio"}, ())
    assert [media.file] == [part.segment.file for part in recorded.parts] == desk.parts(event)
    assert (media.file.parent, recorded.products.not_made) == (desk.folder, ())
    assert all(path.is_file() for path in recorded.products.files)
    assert desk.workspace.journal.output(event.id, sop.RECORD)["sha256"] == media.sha256
    assert len(desk.entries(event, "recording.proven")) == 1
    assert recorded.media.sha256 in recorded.report.read_text()


def test_ctrl_c_ends_a_recording_well(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    desk.proven(event)
    foreground.send_signal(signal.SIGINT)
    ran = desk.ended(foreground)
    assert (ran.code, ran.err) == (0, "")
    assert "It records: the file grows, the microphone is heard, the picture moves." in ran.out
    assert str(desk.parts(event)[0]) in ran.out
    assert examine(desk.parts(event)[0]).seconds > 1
    assert not recording_status(desk.workspace).active


def test_ctrl_c_in_the_first_moments_is_not_lost(desk, chance: random.Random) -> None:
    """Whatever it is at: its own start, reading the inventory, the first of the recording."""
    for last in (0.3, 0.6, 0.9, 1.2, 1.5):
        event = desk.event()
        foreground = desk.begin("--event", event.id, "--for", "300")
        with contextlib.suppress(subprocess.TimeoutExpired):
            foreground.wait(chance.uniform(last - 0.3, last))
        foreground.send_signal(signal.SIGINT)
        ran = desk.ended(foreground)
        assert ran.code in (0, 130, -signal.SIGINT), ran
        assert "Traceback" not in ran.err
        assert not recording_status(desk.workspace).active
        if ran.code == 0:
            desk.verdict_is_true(desk.workspace.journal.output(event.id, sop.RECORD))
        else:
            assert desk.parts(event) == []


def test_a_recording_that_nobody_wrote_down_is_known_by_its_name(desk) -> None:
    event, other = desk.event(), desk.event()
    with ObsConnection(desk.workspace.settings.obs) as connection:
        file = connection.start_recording(f"{event.id}_begun", 5, desk.folder)
    ran = desk.record("--event", other.id, "--for", "1")
    assert ran.code == 1
    assert f"{event.id} is being recorded in this room, and its time is not over." in ran.err
    assert "cc-run record stop" in ran.err
    assert recording_status(desk.workspace).active
    ran = desk.record("--event", event.id, "--for", "1", "--json")
    assert (ran.code, ran.err, Path(ran.json["file"])) == (0, "", file)


def test_a_strangers_recording_is_not_touched(desk) -> None:
    event = desk.event()
    with ObsConnection(desk.workspace.settings.obs) as connection:
        file = connection.start_recording("somebody", 5, desk.folder)
    ran = desk.record("--event", event.id, "--for", "1")
    assert ran.code == 1
    assert f"OBS is already recording something else: {file}." in ran.err
    assert recording_status(desk.workspace).file == file


@pytest.fixture
def today(desk) -> Iterator[Callable[[datetime, float], Event]]:
    """Makes events around this moment; they are cancelled afterwards, so that others fit."""
    made: list[Event] = []

    def make(starts_at: datetime, minutes: float) -> Event:
        made.append(desk.event(starts_at, minutes))
        return made[-1]

    yield make
    for event in made:
        desk.workspace.journal.append(CANCELLED_KIND, event_id=event.id, actor="test")


def test_back_to_back_the_next_event_takes_over_and_both_are_whole(desk, today) -> None:
    """The first is in its grace when the second begins; nobody has stopped it."""
    first = today(now() - timedelta(minutes=60), 120)
    second = today(first.ends_at, 60)
    one = desk.begin("--event", first.id, "--for", "300", "--json")
    desk.recording(first, seconds=2)
    early = desk.record("--event", second.id, "--for", "60")
    desk.workspace.events.change(first.number, {"ends_at": now()}, desk.workspace.zone)
    assert f"{first.id} is being recorded" in early.err, early
    two = desk.begin("--event", second.id, "--for", "300", "--json")
    ended = desk.ended(one)
    assert (ended.code, ended.err) == (0, "")
    desk.recording(second, seconds=2)
    later = desk.finished(two)
    for output in (ended.json, later):
        desk.verdict_is_true(output)
        assert (output["segments"], output["gaps"], output["remarks"]) == (1, [], [])
    assert desk.alarms(first) == desk.alarms(second) == []


def test_an_end_that_is_moved_is_followed(desk, today) -> None:
    """By an edit of the event, and by hand."""
    event = today(now() - timedelta(minutes=60), 120)
    foreground = desk.begin("--event", event.id)
    desk.recording(event, seconds=1)
    longer = event.ends_at + timedelta(minutes=30)
    desk.workspace.events.change(event.number, {"ends_at": longer}, desk.workspace.zone)
    desk.wait(lambda: watched(desk)["left"] > 80 * 60)
    assert (
        desk.record("extend", "--by", "20").out
        == f"✓ The end of {event.id} is moved by 20 minutes.\n"
    )
    desk.wait(lambda: watched(desk)["left"] > 100 * 60)
    assert desk.record("extend", "--by", "-120").code == 0
    ran = desk.ended(foreground)
    assert (ran.code, ran.err) == (0, "")
    assert "The end was moved by" in ran.out
    desk.verdict_is_true(desk.workspace.journal.output(event.id, sop.RECORD))


def watched(desk) -> dict[str, float]:
    found = desk.record("status", "--json").json["watched"]
    return found or {"left": 0, "pid": 0}


def test_in_the_background_it_goes_on_by_itself(desk) -> None:
    event = desk.event()
    begun = desk.record("--event", event.id, "--for", "60", "--detach")
    assert (begun.code, begun.err) == (0, "")
    assert f"{event.id} is recorded in the background, by" in begun.out
    desk.proven(event)
    status = desk.record("status").out
    assert f"{event.id}: " in status
    assert "Nobody watches" not in status
    assert desk.record("stop").out.startswith("✓ The recording is stopped.\n")
    desk.wait(lambda: desk.workspace.journal.output(event.id, sop.RECORD))
    refused = desk.record("--event", "VC-9999", "--detach")
    assert refused.code != 0


def test_in_a_session_it_is_a_service_that_ends_with_stop(desk, tmp_path: Path) -> None:
    obs = desk.workspace.settings.obs
    quit_obs(obs)
    event = desk.event()
    with user_manager(desk.environment, tmp_path / "manager.log") as inside:
        for time_ in (1, 2):
            begun = desk.record("--event", event.id, "--for", "300", "--detach", prefix=inside)
            assert (begun.code, begun.err) == (0, "")
            assert f"in the background, by the service cc-run-record-{event.id}-" in begun.out
            unit = begun.out.partition("the service ")[2].split()[0].rstrip(".")
            # It is the manager's child, and has nothing of the terminal that it was wished on.
            desk.wait(lambda: watched(desk)["pid"])
            assert unit in Path(f"/proc/{watched(desk)['pid']}/cgroup").read_text()
            assert desk.record("stop", prefix=inside).out == "✓ The recording is stopped.\n"
            show = [*inside, "systemctl", "--user", "is-active", unit]
            desk.wait(lambda show=show: subprocess.call(show, env=desk.environment) != 0)
            assert len(desk.parts(event)) == time_
            # It was started by the service, and outlives it.
            assert running_obs(obs) is not None
        desk.kill_obs()
    desk.verdict_is_true(desk.workspace.journal.output(event.id, sop.RECORD))


def test_a_background_that_cannot_start_says_why(desk) -> None:
    event = desk.event()
    quit_obs(desk.workspace.settings.obs)
    begun = desk.record("--event", event.id, "--for", "60", "--detach", DISPLAY="")
    assert begun.code == 3
    assert "The recording did not start:" in begun.err
    assert "There is no display for OBS here." in begun.err


def test_what_nobody_watches_is_finished_by_stop(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60")
    desk.recording(event, seconds=2)
    foreground.kill()
    foreground.communicate()
    assert "Nobody watches over it" in desk.record("status").out
    stopped = desk.record("stop", "--json")
    assert stopped.code == 0
    output = stopped.json
    assert (output["stopped"], output["segments"], output["gaps"]) == (True, 1, [])
    assert desk.workspace.journal.output(event.id, sop.RECORD)["sha256"] == output["sha256"]


def test_without_a_folder_to_write_to_nothing_is_begun(desk) -> None:
    event, aside = desk.event(), desk.folder.with_name("aside")
    folders = {desk.folder: aside, desk.fallback: desk.fallback.with_name("aside2")}
    for folder, other in folders.items():
        folder.rename(other)
    try:
        ran = desk.record("--event", event.id, "--for", "2")
    finally:
        for folder, other in folders.items():
            other.rename(folder)
    assert ran.code == 3
    assert f"The folder for recordings, {desk.folder}, cannot be used" in ran.err
    assert "Traceback" not in ran.err
    # The superuser may write anywhere, unless all capabilities are taken away.
    rights = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
    for folder in folders:
        folder.chmod(0o500)
    try:
        ran = desk.record("--event", event.id, "--for", "2", prefix=rights)
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert ran.code == 3
    assert f"Nothing can be written to the folder for recordings, {desk.folder}." in ran.err
    assert desk.parts(event) == []


def test_a_wrong_folder_in_obs_is_no_hindrance(desk, tmp_path: Path) -> None:
    with ObsConnection(desk.workspace.settings.obs) as connection:
        profile = {"parameterCategory": "AdvOut", "parameterName": "RecFilePath"}
        missing = str(tmp_path / "missing")
        connection.ask("SetProfileParameter", profile | {"parameterValue": missing})
    event = desk.event()
    ran = desk.record("--event", event.id, "--for", "2", "--json")
    assert (ran.code, Path(ran.json["file"]).parent) == (0, desk.folder)


def test_a_dialog_that_blocks_obs_is_no_hindrance(desk, tmp_path: Path) -> None:
    """OBS answers OK to a start, but a dialog is open and nothing is recorded."""
    with (
        ObsConnection(desk.workspace.settings.obs) as connection,
        pytest.raises(Refusal, match="OBS did not start the recording"),
    ):
        connection.start_recording("nowhere", 1, tmp_path / "missing")
    event = desk.event()
    ran = desk.record("--event", event.id, "--for", "2", "--json")
    assert (ran.code, Path(ran.json["file"]).parent) == (0, desk.folder)


def test_a_wrong_password_is_told_with_its_remedy(desk, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    shutil.copytree(desk.environment["CC_RUN_INVENTORY"], inventory)
    variables = inventory / "group_vars/all.yml"
    variables.write_text(
        variables.read_text().replace("obs_password: simulated", "obs_password: x")
    )
    event = desk.event()
    for words in (["status"], ["--event", event.id, "--for", "2"]):
        ran = desk.record(*words, "--inventory", str(inventory))
        assert ran.code == 4
        assert "OBS does not accept the websocket password." in ran.err
        assert "Run cc-run prepare" in ran.err
        assert "Traceback" not in ran.err


def test_a_recording_obs_is_not_quit_even_where_it_cannot_be_asked(desk) -> None:
    obs = desk.workspace.settings.obs
    with ObsConnection(obs) as connection:
        file = connection.start_recording("someone", 5, desk.folder)
    desk.wait(file.exists)
    stranger = obs.model_copy(update={"password": SecretStr("wrong")})
    with pytest.raises(Refusal, match="OBS is recording; it is not restarted now"):
        quit_obs(stranger)
    assert recording_status(desk.workspace).active
    stop_recording(desk.workspace)
    assert quit_obs(stranger)
    assert running_obs(obs) is None


def test_an_obs_that_hangs_may_be_recording(desk) -> None:
    """So nothing that could disturb it is changed; certain is only one that answers, or none."""
    assert not may_be_recording(desk.workspace)
    pid = desk.obs_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert may_be_recording(desk.workspace)
    finally:
        os.kill(pid, signal.SIGCONT)
    desk.wait(lambda: not may_be_recording(desk.workspace))
    with ObsConnection(desk.workspace.settings.obs) as connection:
        connection.start_recording("someone", 5, desk.folder)
    assert may_be_recording(desk.workspace)
    desk.kill_obs()
    assert not may_be_recording(desk.workspace)


def test_an_obs_that_cannot_start_is_told_at_once(desk, tmp_path: Path) -> None:
    elsewhere = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    event = desk.event()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        other.listen()
        ran = desk.record(
            "--event", event.id, "--for", "9", CC_REHEARSAL_OBS_PORT=port, **elsewhere
        )
        assert ran.code == 3
        assert f"Port {port}, which OBS needs, is taken by another program." in ran.err
    ran = desk.record(
        *("--event", event.id, "--for", "9"),
        CC_REHEARSAL_OBS_PORT=port,
        DISPLAY=":9999",
        **elsewhere,
    )
    assert ran.code == 3
    assert "OBS ended as soon as it was started." in ran.err
    ran = desk.record("--event", event.id, "--for", "9", DISPLAY="", **elsewhere)
    assert ran.code == 3
    assert "There is no display for OBS here." in ran.err


def test_the_microphone_is_heard_and_its_silence_noticed(desk) -> None:
    obs = desk.workspace.settings.obs
    speaking = microphone_levels(obs, 1.5)
    assert -40 < speaking["Mikrofon"] < 0
    with pulsectl.Pulse("tests", server=desk.environment["PULSE_SERVER"]) as pulse:
        source = pulse.get_source_by_name(POLYCOM_SOURCE)
        pulse.mute(source, True)
        try:
            microphone_levels(obs, 1.0)  # what was on its way
            assert microphone_levels(obs, 1.0)["Mikrofon"] == -float("inf")
        finally:
            pulse.mute(source, False)


def test_paused_time_is_not_counted_and_stop_ends_the_foreground(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "60", "--json")
    started = desk.recording(event, seconds=1)
    assert desk.record("pause").out == "✓ The recording is paused.\n"
    begun = time.monotonic()
    ran = desk.record("status", "--json")
    assert (ran.code, ran.json["paused"]) == (0, True)
    desk.wait(lambda: time.monotonic() - begun > 5)
    assert desk.record("resume").out == "✓ The recording goes on.\n"
    assert desk.record("stop").out == "✓ The recording is stopped.\n"
    total = (now() - started).total_seconds()
    ran = desk.ended(foreground)
    assert (ran.code, ran.err) == (0, "")
    output = ran.json
    # The clock without the pause agrees with the file, and a pause is no gap.
    assert (output["remarks"], output["gaps"]) == ([], [])
    assert 1 < output["seconds"] < total - 4
    assert desk.alarms(event) == []
    assert desk.record("stop").out == "– No recording is running.\n"
    ran = desk.record("status")
    assert (ran.code, ran.out) == (1, "– No recording is running.\n")
    for words in (["pause"], ["extend"]):
        ran = desk.record(*words)
        assert (ran.code, ran.out) == (1, "")
        assert "No recording is running." in ran.err


def test_what_cannot_be_paused_is_told(desk) -> None:
    """OBS answers OK, but a recording with a stream's encoder goes on."""
    restart_obs_with_a_streams_encoder(desk)
    with ObsConnection(desk.workspace.settings.obs) as connection:
        connection.start_recording("someone", 5, desk.folder)
        with pytest.raises(Refusal, match="OBS cannot pause this recording"):
            connection.pause_recording(paused=True, timeout=1)
        assert not connection.record_status().paused
        connection.stop_recording(30)
    desk.set_obs_up()


def restart_obs_with_a_streams_encoder(desk) -> None:
    """OBS in its simple mode: its recordings share a stream's encoder and cannot pause."""
    obs = desk.workspace.settings.obs
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
        "FilePath": str(desk.folder),
    }
    with file.open("w") as stream:
        profile.write(stream, space_around_delimiters=False)
    desk.start_obs()
