"""The roles for sound, camera, network and laptop in the simulated room."""

import dataclasses

import pulsectl
import pytest

from cc_run.simulators.room import Camera, Room
from cc_run.simulators.room.sound import LAPTOP_SINK, POLYCOM_SINK, POLYCOM_SOURCE

VERIFY = ("--tags", "verify")


@pytest.fixture
def pulse(room: Room):
    with pulsectl.Pulse("tests", server=room.environment["PULSE_SERVER"]) as pulse:
        yield pulse


def test_the_conference_phone_becomes_the_default_unmuted_at_its_volume(room_site, pulse) -> None:
    pulse.default_set(pulse.get_sink_by_name(LAPTOP_SINK))
    sink = pulse.get_sink_by_name(POLYCOM_SINK)
    pulse.mute(sink, True)
    pulse.volume_set_all_chans(sink, 0.1)

    assert room_site.play("conference_audio", "--check", "--skip-tags", "verify").changed == 1
    assert pulse.server_info().default_sink_name == LAPTOP_SINK
    played = room_site.play("conference_audio", "--diff")
    assert (played.changed, played.failed, played.rescued) == (1, 0, 0), played.output
    told = pulse.server_info()
    assert (told.default_sink_name, told.default_source_name) == (POLYCOM_SINK, POLYCOM_SOURCE)
    sink = pulse.get_sink_by_name(POLYCOM_SINK)
    assert (sink.mute, round(sink.volume.value_flat, 2)) == (0, 0.8)
    assert room_site.play("conference_audio", "--skip-tags", "verify").changed == 0


def test_without_a_phone_the_other_roles_go_on(room_site) -> None:
    room_site.variables = {"conference_audio_sink_pattern": "jabra"}
    played = room_site.play("conference_audio")
    assert (played.changed, played.failed, played.rescued) == (0, 0, 1)
    assert "No sink matches (?i)jabra" in played.output
    assert "Conference phone is attached: missing: loudspeaker → " in (
        " ".join(played.output.split())
    )


def test_the_camera_is_set_and_shows_its_picture(room_site) -> None:
    assert room_site.play("camera", "--check", "--skip-tags", "verify").changed == 1
    played = room_site.play("camera", "--diff", "-v")
    assert (played.changed, played.failed, played.rescued) == (1, 0, 0), played.output
    assert "-power_line_frequency=2\n+power_line_frequency=1\n" in played.output
    assert '"status": "pass"' in played.output
    assert "WARNING" not in played.output
    assert room_site.play("camera", "--skip-tags", "verify").changed == 0


def test_the_camera_takes_a_view_of_the_room_and_leaves_out_what_it_may(room_site) -> None:
    room_site.variables = {
        "camera_optional_controls": {"smell": 1, "focus_automatic_continuous": 0},
        "camera_presets": {"podium": {"zoom_absolute": 150}},
        "camera_preset": "podium",
    }
    held_back = room_site.play("camera", "--skip-tags", "verify,disrupts_session")
    assert (held_back.changed, held_back.failed) == (0, 0)
    played = room_site.play("camera", "--diff", "--skip-tags", "verify")
    assert (played.changed, played.failed, played.rescued) == (1, 0, 0), played.output
    assert "+zoom_absolute=150\n" in played.output
    assert "smell" not in played.output
    assert room_site.play("camera", "--skip-tags", "verify").changed == 0
    room_site.variables["camera_preset"] = "nowhere"
    assert "camera_presets has no such view" in room_site.play("camera").output


def test_of_two_devices_the_preferred_one_is_taken(room_site, pulse) -> None:
    room_site.variables = {
        "conference_audio_sink_pattern": "alsa_output",
        "conference_audio_prefer": ["nobody's", "POLYCOM"],
    }
    pulse.default_set(pulse.get_sink_by_name(LAPTOP_SINK))
    held_back = room_site.play("conference_audio", "--skip-tags", "verify,disrupts_session")
    assert (held_back.changed, held_back.failed) == (0, 0)
    assert pulse.server_info().default_sink_name == LAPTOP_SINK, "nobody turns it in a meeting"
    assert room_site.play("conference_audio", "--skip-tags", "verify").changed == 1
    assert pulse.server_info().default_sink_name == POLYCOM_SINK


def test_a_control_that_the_camera_lacks_is_told_and_the_play_goes_on(room_site) -> None:
    room_site.variables = {"camera_controls": {"smell": 1}}
    played = room_site.play("camera", "--skip-tags", "verify")
    assert (played.changed, played.failed, played.rescued) == (0, 0, 1)
    assert "The camera has no control smell." in played.output


def test_a_black_picture_is_a_warning_and_with_fatal_a_failure(room_site, room: Room) -> None:
    room_site.prefix = dataclasses.replace(room, camera=Camera.BLACK).under_devices([])
    told = "Camera shows a live picture: the picture is black → Open the camera's lens cover"
    warned = room_site.play("camera", *VERIFY)
    assert (warned.changed, warned.failed) == (0, 0)
    assert told in " ".join(warned.output.split())
    play = room_site.folder / "fatal.yml"
    play.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks: [{probe: {only: [camera], fatal: true}}]\n"
    )
    failed = room_site.play(str(play))
    assert failed.failed == 1
    assert told in " ".join(failed.output.split())


def test_a_network_that_is_left_alone_is_only_looked_at(site) -> None:
    site.variables = {"wired_network_profile": ""}
    played = site.play("wired_network", "-v")
    assert (played.changed, played.failed) == (0, 0)
    assert '"id": "network.route"' in played.output


def test_the_screen_stays_on_unless_it_may_go_dark(site) -> None:
    entry = site.home / ".config/autostart/cc-run-screen.desktop"
    assert site.play("laptop", "--check").changed == 1
    assert not entry.exists()
    assert site.play("laptop").changed == 1
    written = entry.read_text()
    assert "xset s off" in written
    assert site.play("laptop").changed == 0
    entry.write_text("damaged")
    assert site.play("laptop").changed == 1
    assert entry.read_text() == written
    site.variables = {"laptop_blank_screen": True}
    assert site.play("laptop").changed == 1
    assert not entry.exists()
