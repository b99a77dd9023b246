"""Faults at random moments on the real OBS: what is lost is counted by the picture's time code."""

import os
import random
import signal
import socket
import time

import pytest

from cc_run.recording.control import recording_status
from cc_run.recording.process import running_obs


def chance_moment(chance: random.Random) -> float:
    """So many seconds of a part until the next fault."""
    return chance.uniform(2.5, 4.5)


@pytest.mark.parametrize("what", ["obs", "muxer", "both"])
def test_what_dies_is_brought_back_and_the_verdict_is_true(
    desk, what: str, chance: random.Random
) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    for part in (1, 2):
        desk.recording(event, seconds=chance_moment(chance), part=part)
        victims = {"obs": [desk.obs_pid()], "muxer": [desk.muxer_pid()]}
        victims["both"] = victims["muxer"] + victims["obs"]
        for pid in victims[what]:
            os.kill(pid, signal.SIGKILL)
    desk.recording(event, seconds=2, part=3)
    output = desk.finished(foreground)
    codes = desk.verdict_is_true(output)
    assert (output["segments"], len(output["gaps"])) == (3, 2)
    assert output["missing_seconds"] == pytest.approx(codes.lost, abs=0.6)
    assert set(desk.alarms(event)) <= {"obs.gone", "obs.muxer"}
    assert len(desk.alarms(event)) == 2
    assert [gap["because"] is not None for gap in output["gaps"]] == [True, True]
    assert all(part.exists() for part in desk.parts(event))


def test_a_killed_supervisor_loses_nothing_and_the_next_attaches(
    desk, chance: random.Random
) -> None:
    event = desk.event()
    for _time in range(3):
        foreground = desk.begin("--event", event.id, "--for", "300", "--json")
        begun = recording_status(desk.workspace).seconds
        desk.recording(event, seconds=begun + chance_moment(chance))
        foreground.kill()
        foreground.communicate()
        assert recording_status(desk.workspace).active
    last = desk.begin("--event", event.id, "--for", "300", "--json")
    proven = len(desk.entries(event, "recording.proven"))
    desk.wait(lambda: len(desk.entries(event, "recording.proven")) > proven)
    output = desk.finished(last)
    assert (output["segments"], output["gaps"], output["remarks"]) == (1, [], [])
    codes = desk.verdict_is_true(output)
    assert codes.lost < 0.2


def test_all_die_and_the_next_command_goes_on(desk) -> None:
    """The power goes: nothing is left but the disk."""
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=4)
    victims = [foreground.pid, desk.muxer_pid(), desk.obs_pid()]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    foreground.communicate()
    desk.wait(lambda: running_obs(desk.workspace.settings.obs) is None)
    again = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=2, part=2)
    output = desk.finished(again)
    desk.verdict_is_true(output)
    assert (output["segments"], len(output["gaps"])) == (2, 1)
    assert "The recording was cut off" in " ".join(output["remarks"])


def test_what_hangs_is_replaced(desk, chance: random.Random) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    for part, hanging in enumerate((desk.obs_pid, desk.muxer_pid), start=1):
        desk.recording(event, seconds=chance_moment(chance), part=part)
        obs = desk.obs_pid()
        os.kill(hanging(), signal.SIGSTOP)
        desk.recording(event, seconds=2, part=part + 1)
        assert desk.obs_pid() != obs
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert output["segments"] == 3
    assert desk.alarms(event).count("obs.frozen") == 2
    assert desk.alarms(event, "recording.alarm_cleared").count("obs.frozen") == 2


def test_a_port_that_another_program_takes_is_told_until_it_is_free(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=2)
    muxer, obs = desk.muxer_pid(), desk.obs_pid()
    os.kill(foreground.pid, signal.SIGSTOP)  # so that the thief is the first
    os.kill(muxer, signal.SIGKILL)
    os.kill(obs, signal.SIGKILL)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        desk.wait(lambda: taken(thief, desk.workspace.settings.obs.port))
        thief.listen()
        os.kill(foreground.pid, signal.SIGCONT)
        desk.wait(lambda: "healing" in desk.alarms(event))
    desk.recording(event, seconds=2, part=2)
    desk.wait(lambda: "healing" in desk.alarms(event, "recording.alarm_cleared"))
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert desk.alarms(event).count("healing") == 1


def taken(thief: socket.socket, port: int) -> bool:
    try:
        thief.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def test_a_recording_that_was_stopped_in_obs_goes_on(desk) -> None:
    """Only cc-run's own stop ends it: the button in OBS is pressed by mistake."""
    from cc_run.recording.obs import ObsConnection

    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=2)
    with ObsConnection(desk.workspace.settings.obs) as connection:
        connection.stop_recording(30)
    desk.recording(event, seconds=2, part=2)
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert desk.alarms(event) == ["recording.stopped"]


def test_a_fault_is_healed_while_it_is_paused(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=2)
    assert desk.record("pause").code == 0
    desk.wait(lambda: desk.entries(event, "recording.paused"))
    desk.kill_obs()
    desk.wait(lambda: len(desk.parts(event)) == 2)
    desk.wait(lambda: recording_status(desk.workspace).paused)
    begun = time.monotonic()
    desk.wait(lambda: time.monotonic() - begun > 2)
    assert desk.record("resume").code == 0
    desk.recording(event, seconds=2, part=2)
    output = desk.finished(foreground)
    assert output["segments"] == 2
    assert len(desk.codes(output["file"]).frames) == output["frames"]
