"""The probes of OBS before the real one: as the room wants it, spoilt, busy, hanging and absent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pulsectl
import pytest
from PIL import Image

from cc_run.probe import Context, Result, run_probes
from cc_run.recording.control import may_be_recording, recording_status
from cc_run.recording.launch import quit_obs
from cc_run.recording.obs import ObsConnection
from cc_run.recording.probes import PROBES
from cc_run.recording.process import running_obs
from cc_run.recording.turn import TRIAL, is_trial
from cc_run.settings.models import ObsSource
from cc_run.simulators.room.sound import POLYCOM_SOURCE
from cc_run.times import now

Look = Callable[..., dict[str, Result]]
NAME = {"parameterCategory": "Output", "parameterName": "FilenameFormatting"}


@pytest.fixture
def look(desk: Any, tmp_path: Path) -> Look:
    """Runs probes by what comes after the dot, with other settings of OBS."""

    def run(*names: str, beside: Callable[[], None] | None = None, **changes: Any) -> Any:
        settings = desk.workspace.settings
        wishes = {"trial_seconds": 1.0, **changes}
        settings = settings.model_copy(update={"obs": settings.obs.model_copy(update=wishes)})
        wanted = [probe for probe in PROBES if probe.id.removeprefix("obs.") in names]
        assert len(wanted) == len(names)

        async def both() -> list[Result]:
            loop = asyncio.get_running_loop()
            other = loop.run_in_executor(None, beside) if beside else None
            results = await run_probes(wanted, Context(settings, None, tmp_path / "evidence"))
            if other is not None:
                await other
            return results

        return {result.id.removeprefix("obs."): result for result in asyncio.run(both())}

    return run


@pytest.fixture
def asked(desk: Any) -> Iterator[Callable[..., Any]]:
    """Asks OBS one thing."""
    with contextlib.ExitStack() as stack:
        connection: list[ObsConnection] = []

        def ask(request: str, **data: Any) -> Any:
            if not connection:
                connection.append(stack.enter_context(ObsConnection(desk.workspace.settings.obs)))
            return connection[0].ask(request, data)

        yield ask


def trials(desk: Any) -> list[Path]:
    return list(desk.folder.glob(f"{TRIAL}*"))


def test_a_good_obs_passes_and_nothing_of_the_test_stays(desk: Any, look: Look, asked: Any) -> None:
    before = asked("GetProfileParameter", **NAME)["parameterValue"]
    files = sorted(desk.folder.iterdir())
    found = look("answers", "version", "setup", "sources", "recording", "idle", trial_seconds=3.0)
    assert {name: result.status.value for name, result in found.items()} == dict.fromkeys(
        found, "pass"
    ), found
    assert found["version"].found.startswith("OBS ")
    assert found["idle"].found == "no recording is running"
    assert "it plays; its loudest sound is at" in found["recording"].found
    [still] = found["recording"].evidence
    with Image.open(still.path) as picture:
        assert picture.width == 640
    assert asked("GetProfileParameter", **NAME)["parameterValue"] == before
    assert asked("GetRecordDirectory")["recordDirectory"] == str(desk.folder)
    assert not asked("GetRecordStatus")["outputActive"]
    assert sorted(desk.folder.iterdir()) == files


@pytest.mark.parametrize(
    ("oldest", "newest", "status"),
    [("29.0", "31", "pass"), ("99.0", "99", "fail"), ("20.0", "27.1", "warn")],
)
def test_a_version_is_known_or_not(look: Look, oldest: str, newest: str, status: str) -> None:
    result = look("version", oldest_version=oldest, newest_version=newest)["version"]
    assert result.status == status
    assert bool(result.remedy) == (status != "pass")


def test_a_recording_without_sound_fails(desk: Any, look: Look) -> None:
    with pulsectl.Pulse("tests", server=desk.environment["PULSE_SERVER"]) as pulse:
        source = pulse.get_source_by_name(POLYCOM_SOURCE)
        pulse.mute(source, True)
        try:
            time.sleep(0.5)  # what was on its way
            result = look("recording")["recording"]
        finally:
            pulse.mute(source, False)
    assert (result.status, result.found) == ("fail", "no sound in it, nothing but zeros")
    assert "Speak into the microphone" in result.remedy


def test_sources_that_differ_are_named(desk: Any, look: Look, asked: Any) -> None:
    obs = desk.workspace.settings.obs
    wished = (*obs.sources, ObsSource(name="Papan tulis", kind="v4l2_input"))
    result = look("sources", sources=wished)["sources"]
    assert (result.status, result.found) == ("fail", f"Papan tulis is missing in {obs.scene}")
    other = tuple(
        source.model_copy(update={"kind": "alsa_input_capture"})
        if source.name == "Mikrofon"
        else source
        for source in obs.sources
    )
    assert "of the kind pulse_input_capture, not alsa_input_capture" in (
        look("sources", sources=other)["sources"].found
    )
    asked("SetInputSettings", inputName="Mikrofon", inputSettings={"device_id": "another"})
    asked("SetInputMute", inputName="Mikrofon", inputMuted=True)
    try:
        found = look("sources")["sources"].found
    finally:
        device = {"device_id": POLYCOM_SOURCE}
        asked("SetInputSettings", inputName="Mikrofon", inputSettings=device)
        asked("SetInputMute", inputName="Mikrofon", inputMuted=False)
    assert found == ("Mikrofon has other settings than wished: device_id; Mikrofon is muted in OBS")
    assert look("sources")["sources"].status == "pass"


def test_a_source_that_is_hidden_fails_and_one_that_is_new_warns(
    desk: Any, look: Look, asked: Any
) -> None:
    scene = {"sceneName": desk.workspace.settings.obs.scene}
    item = asked("GetSceneItemId", **scene, sourceName="Layar")["sceneItemId"]
    hide = {**scene, "sceneItemId": item}
    asked("SetSceneItemEnabled", **hide, sceneItemEnabled=False)
    try:
        assert look("sources")["sources"].found == "Layar is hidden"
    finally:
        asked("SetSceneItemEnabled", **hide, sceneItemEnabled=True)
    asked("CreateInput", **scene, inputName="Iklan", inputKind="color_source_v3")
    try:
        result = look("sources")["sources"]
    finally:
        asked("RemoveInput", inputName="Iklan")
    assert (result.status, result.found) == ("warn", "also in the recorded scene: Iklan")


def test_a_running_recording_is_not_disturbed(desk: Any, look: Look, asked: Any) -> None:
    with ObsConnection(desk.workspace.settings.obs) as connection:
        file = connection.start_recording("somebody", 5, desk.folder)
        found = look("recording", "idle")
        status = connection.record_status()
    assert (status.active, status.file) == (True, file)
    assert found["recording"].status == "skip"
    assert "not disturbed" in found["recording"].found
    assert (found["idle"].status, found["idle"].found) == ("warn", "a recording is running")
    assert asked("GetProfileParameter", **NAME)["parameterValue"] == "somebody"
    assert trials(desk) == []


def test_nothing_is_recorded_while_an_event_is_on(desk: Any, look: Look) -> None:
    event = desk.event(now() - timedelta(minutes=1), 30)
    try:
        result = look("recording")["recording"]
    finally:
        desk.workspace.journal.append("event.cancelled", event_id=event.id, actor="test")
    assert (result.status, result.found) == ("skip", f"{event.id} is on")
    assert look("recording")["recording"].status == "pass", "a cancelled one is not on"


def test_a_folder_that_is_gone_fails(desk: Any, look: Look, asked: Any) -> None:
    aside = desk.folder.with_name("aside")
    desk.folder.rename(aside)
    try:
        result = look("recording")["recording"]
    finally:
        aside.rename(desk.folder)
        desk.kill_obs()  # its dialog waits
        desk.start_obs()
    assert (result.status, result.found) == ("fail", "OBS did not start it")


def test_a_disk_without_room_for_the_whole_event_fails(desk: Any, look: Look) -> None:
    assert look("disk")["disk"].status == "pass"
    small = look("disk", video_bitrate=10**10)["disk"]
    assert (small.status, "GiB free" in small.found) == ("fail", True)
    assert "GiB for a recording of" in small.expected
    assert small.remedy.startswith("Free some space on this disk")
    away = look("disk", record_dir=desk.folder / "away")["disk"]
    assert (away.status, away.found) == ("fail", f"{desk.folder / 'away'} is missing")
    assert "Connect the disk" in away.remedy


def test_a_microphone_that_is_not_heard_warns_and_none_at_all_fails(
    desk: Any, look: Look, asked: Any
) -> None:
    assert look("sound")["sound"].status == "pass"
    with pulsectl.Pulse("tests", server=desk.environment["PULSE_SERVER"]) as pulse:
        source = pulse.get_source_by_name(POLYCOM_SOURCE)
        pulse.mute(source, True)
        try:
            desk.wait(lambda: look("sound")["sound"].status == "warn")
        finally:
            pulse.mute(source, False)
    desk.wait(lambda: look("sound")["sound"].status == "pass")
    asked("RemoveInput", inputName="Mikrofon")
    try:
        desk.wait(lambda: look("sound")["sound"].found == "OBS has no audio source")
        result = look("sound")["sound"]
    finally:
        quit_obs(desk.workspace.settings.obs)
        desk.set_obs_up()
    assert (result.status, "prepare again" in result.remedy) == ("fail", True)


def test_frames_that_come_late_are_counted(desk: Any, look: Look) -> None:
    assert look("frames", lagged_percent=100)["frames"].status == "pass"
    pid = desk.obs_pid()

    def stall() -> None:
        """The machine stands still for a moment, as one that has too much to do."""
        time.sleep(1)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(pid, signal.SIGCONT)

    result = look("frames", beside=stall, lagged_percent=20, trial_seconds=3.0)["frames"]
    assert result.status == "warn", result
    assert "Close other programs" in result.remedy


def test_an_obs_that_hangs_is_told_by_each(desk: Any, look: Look) -> None:
    pid = desk.obs_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        found = look("answers", "version", "setup", "sources", "sound", "frames", "recording")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert {name: result.status.value for name, result in found.items()} == dict.fromkeys(
        found, "fail"
    )
    assert all(result.remedy for result in found.values())
    assert trials(desk) == []


def test_an_obs_that_is_absent_is_told_once(desk: Any, look: Look) -> None:
    quit_obs(desk.workspace.settings.obs)
    names = ("answers", "version", "setup", "sources", "sound", "frames", "recording", "idle")
    found = look(*names)
    statuses = {name: result.status.value for name, result in found.items()}
    assert statuses == {**dict.fromkeys(found, "skip"), "answers": "fail"}


@pytest.mark.parametrize("what", ["check", "trial"])
def test_a_check_that_is_killed_leaves_no_recording(
    desk: Any, look: Look, asked: Any, what: str
) -> None:
    """The check alone; or the test recording itself, which the next check clears away."""
    asked("SetProfileParameter", **NAME, parameterValue="as before")
    check = subprocess.Popen(
        [sys.executable, "-m", "cc_run.cli", "check", "obs", "--json"],
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    desk.wait(lambda: asked("GetRecordStatus")["outputActive"])
    [folder] = trials(desk)
    victims = [check.pid] if what == "check" else [int(folder.name.removeprefix(TRIAL)), check.pid]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    check.wait()
    if what == "trial":
        assert look("recording")["recording"].status == "pass"
    desk.wait(lambda: not trials(desk))
    desk.wait(lambda: not asked("GetRecordStatus")["outputActive"])
    if what == "check":
        desk.wait(lambda: asked("GetProfileParameter", **NAME)["parameterValue"] == "as before")
    else:
        assert TRIAL not in asked("GetProfileParameter", **NAME)["parameterValue"]
    assert asked("GetRecordDirectory")["recordDirectory"] == str(desk.folder)


def is_testing(desk: Any) -> bool:
    return is_trial(recording_status(desk.workspace))


def test_a_recording_begins_as_soon_as_a_checks_test_is_over(desk: Any, look: Look) -> None:
    event, ran = desk.event(), []

    def record() -> None:
        desk.wait(lambda: is_testing(desk))
        ran.append(desk.record("--event", event.id, "--for", "2"))

    result = look("recording", beside=record, trial_seconds=3.0)["recording"]
    assert result.status == "pass", result
    assert (ran[0].code, ran[0].err) == (0, ""), ran
    assert "OBS is being tested or restarted; the recording begins as soon as" in ran[0].out
    [file] = desk.parts(event)
    assert (file.parent, file.name.startswith(f"{event.id}_")) == (desk.folder, True)
    assert trials(desk) == []


def test_who_prepares_waits_for_another_checks_test_and_spares_no_recording(
    desk: Any, look: Look
) -> None:
    obs, spared = desk.workspace.settings.obs, []

    def prepare() -> None:
        desk.wait(lambda: is_testing(desk))
        spared.append(may_be_recording(desk.workspace))
        quit_obs(obs)

    result = look("recording", beside=prepare, trial_seconds=3.0)["recording"]
    assert result.status == "pass", result
    assert (spared, running_obs(obs)) == ([False], None)


def test_what_a_killed_test_has_left_stands_in_no_recordings_way(desk: Any, look: Look) -> None:
    check = subprocess.Popen(
        [sys.executable, "-m", "cc_run.cli", "check", "obs", "--json"],
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    desk.wait(lambda: is_testing(desk))
    [folder] = trials(desk)
    for pid in (int(folder.name.removeprefix(TRIAL)), check.pid):
        os.kill(pid, signal.SIGKILL)
    check.wait()
    event = desk.event()
    ran = desk.record("--event", event.id, "--for", "2")
    assert (ran.code, ran.err) == (0, ""), ran
    assert [file.parent for file in desk.parts(event)] == [desk.folder]
    assert look("recording")["recording"].status == "pass"
    assert trials(desk) == []
