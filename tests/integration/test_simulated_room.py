"""The simulated room with its true parts: Xvfb, D-Bus, PipeWire, umockdev, ffmpeg."""

from __future__ import annotations

import array
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cc_run.errors import OutsideFailure
from cc_run.simulators.room import (
    Camera,
    Conference,
    Room,
    missing_packages,
    programme,
    simulated_room,
)
from cc_run.simulators.room.sound import LAPTOP_SINK, LAPTOP_SOURCE, POLYCOM_SINK, POLYCOM_SOURCE

BY_ID = "/dev/v4l/by-id/usb-046d_Logitech_BRIO_0A1B2C3D-video-index0"

LIST_DEVICES = """
import json, pyudev
found = []
for subsystem in ("video4linux", "sound", "net"):
    for device in pyudev.Context().list_devices(subsystem=subsystem):
        usb = device.find_parent("usb", "usb_device")
        found.append({
            "subsystem": subsystem,
            "name": device.sys_name,
            "capabilities": device.properties.get("ID_V4L_CAPABILITIES"),
            "vendor": usb and usb.attributes.asstring("idVendor"),
            "speed": usb and usb.attributes.asstring("speed"),
        })
print(json.dumps(found))
"""

A_ROOM_OF_ITS_OWN = """
import subprocess, sys
from pathlib import Path
from cc_run.simulators.room import simulated_room
with simulated_room(Path(sys.argv[1])) as room:
    subprocess.Popen(room.under_devices(["sh", "-c", "sleep 600 & sleep 601"]))
    print(room.environment["XDG_RUNTIME_DIR"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with simulated_room(tmp_path_factory.mktemp("room")) as room:
        yield room


def run(room: Room, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the room and return how it ended."""
    return subprocess.run(
        command,
        env={**os.environ, **room.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_with_devices(room: Room, *command: str) -> subprocess.CompletedProcess[str]:
    return run(room, *room.under_devices(command))


def devices(room: Room) -> list[dict[str, str | None]]:
    answer = run_with_devices(room, sys.executable, "-c", LIST_DEVICES)
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, str | None]] = json.loads(answer.stdout)
    return found


def watch(room: Room, *, node: str = "/dev/video0") -> subprocess.CompletedProcess[str]:
    """Look at the camera for 45 frames and report what stands still and what is black."""
    filters = "blackdetect=d=0.3:pix_th=0.1,freezedetect=n=-60dB:d=0.5"
    ffmpeg = ["ffmpeg", "-nostdin", "-hide_banner", "-f", "v4l2", "-i", node]
    return run_with_devices(room, *ffmpeg, "-frames:v", "45", "-vf", filters, "-f", "null", "-")


def level(room: Room, source: str) -> float:
    """The loudness of 1.5 seconds of a source, in dB of full scale; -inf for exact zeros."""
    command = ["parec", f"--device={source}", "--format=s16le", "--rate=48000", "--channels=1"]
    with subprocess.Popen(
        [*command, "--raw", "--latency-msec=50"],
        env={**os.environ, **room.environment},
        stdout=subprocess.PIPE,
    ) as recorder:
        assert recorder.stdout
        samples = array.array("h", recorder.stdout.read(2 * 72_000))
        recorder.terminate()
    assert len(samples) == 72_000
    power = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(power / 32768**2) if power else -math.inf


def wait_for_default_sink(room: Room, sink: str) -> None:
    # WirePlumber takes a moment: pactl has set the wish, not the default.
    deadline = time.monotonic() + 20
    while run(room, "pactl", "get-default-sink").stdout.strip() != sink:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes_of(runtime: str) -> list[int]:
    """The processes that live in the room with this runtime folder."""
    mark = f"XDG_RUNTIME_DIR={runtime}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def wait_until_gone(runtime: str) -> None:
    deadline = time.monotonic() + 20
    while processes_of(runtime) or Path(runtime).exists():
        left = [Path(f"/proc/{pid}/cmdline") for pid in processes_of(runtime)]
        assert time.monotonic() < deadline, f"still there: {left}, {runtime}"
        time.sleep(0.02)


def test_this_machine_has_what_a_room_needs() -> None:
    assert missing_packages() == []


def test_missing_programs_are_named_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideFailure) as failure, simulated_room(tmp_path / "room"):
        pass
    assert "apt-get install" in failure.value.remedy
    for package in ("xvfb", "pipewire", "wireplumber", "ffmpeg", "umockdev", "v4l-utils"):
        assert package in failure.value.remedy.split()


def test_a_program_sees_the_camera_and_the_polycom(room: Room) -> None:
    found = devices(room)
    cameras = [d for d in found if d["vendor"] == "046d"]
    assert [d["name"] for d in cameras if "capture" in str(d["capabilities"])] == ["video0"]
    assert [d["name"] for d in cameras if "capture" not in str(d["capabilities"])] == ["video1"]
    assert {d["speed"] for d in cameras} == {"5000"}
    assert "card1" in [d["name"] for d in found if d["vendor"] == "095d"]


def test_unplugged_devices_are_not_seen(room: Room) -> None:
    bare = dataclasses.replace(room, camera=Camera.ABSENT, conference=Conference.ABSENT)
    assert [d for d in devices(bare) if d["subsystem"] != "net"] == []


def test_the_machines_own_network_stays_visible(room: Room) -> None:
    own = sorted(path.name for path in Path("/sys/class/net").iterdir())
    assert sorted(str(d["name"]) for d in devices(room) if d["subsystem"] == "net") == own
    mtu = run_with_devices(room, "cat", "/sys/class/net/lo/mtu").stdout
    assert mtu == Path("/sys/class/net/lo/mtu").read_text()
    bytes_seen = run_with_devices(room, "cat", "/sys/class/net/lo/statistics/rx_bytes")
    assert int(bytes_seen.stdout) >= 0


def test_a_live_camera_moves(room: Room) -> None:
    seen = watch(room)
    assert seen.returncode == 0, seen.stderr
    assert "frame=   45" in seen.stderr
    assert "freeze_start" not in seen.stderr
    assert "black_start" not in seen.stderr


def test_a_camera_answers_by_its_lasting_name_too(room: Room) -> None:
    assert watch(room, node=BY_ID).returncode == 0


def test_a_frozen_camera_stands_still(room: Room) -> None:
    seen = watch(dataclasses.replace(room, camera=Camera.FROZEN))
    assert seen.returncode == 0, seen.stderr
    assert "freeze_start" in seen.stderr
    assert "black_start" not in seen.stderr


def test_a_black_camera_is_black(room: Room) -> None:
    seen = watch(dataclasses.replace(room, camera=Camera.BLACK))
    assert seen.returncode == 0, seen.stderr
    assert "black_start:0" in seen.stderr


def test_a_busy_camera_says_so(room: Room) -> None:
    seen = watch(dataclasses.replace(room, camera=Camera.BUSY))
    assert seen.returncode != 0
    assert "Device or resource busy" in seen.stderr


def test_a_camera_serves_one_program_and_comes_back_when_that_is_killed(room: Room) -> None:
    script = """
    read="ffmpeg -nostdin -v error -f v4l2 -i /dev/video0 -f rawvideo -y"
    mkfifo "$1/frames"
    $read "$1/frames" & first=$!
    exec 3< "$1/frames"; head -c 100000 <&3 > /dev/null
    $read -frames:v 1 /dev/null; echo "while held: $?"
    kill -9 $first; wait $first 2> /dev/null
    $read -frames:v 1 /dev/null; echo "afterwards: $?"
    """
    answer = run_with_devices(room, "bash", "-c", script, "bash", str(room.folder))
    assert answer.stdout.splitlines() == ["while held: 1", "afterwards: 0"], answer.stderr
    assert "CRITICAL" not in answer.stderr


def test_the_camera_offers_two_sizes_and_delivers_the_one_that_was_chosen(room: Room) -> None:
    formats = run_with_devices(room, "v4l2-ctl", "--list-formats-ext").stdout
    assert "Discrete 1280x720" in formats
    assert "Discrete 640x360" in formats
    frame = room.folder / "small.yuyv"
    small = ["ffmpeg", "-nostdin", "-v", "error", "-f", "v4l2", "-video_size", "640x360"]
    small += ["-i", "/dev/video0", "-frames:v", "1", "-f", "rawvideo", str(frame)]
    answer = run_with_devices(room, *small)
    assert answer.returncode == 0, answer.stderr
    assert frame.stat().st_size == 640 * 360 * 2


def test_the_camera_remembers_its_controls(room: Room) -> None:
    listed = run_with_devices(room, "v4l2-ctl", "--list-ctrls").stdout
    assert "power_line_frequency" in listed
    assert "focus_automatic_continuous" in listed
    wish = "power_line_frequency=1,zoom_absolute=150"
    assert run_with_devices(room, "v4l2-ctl", f"--set-ctrl={wish}").returncode == 0
    got = run_with_devices(room, "v4l2-ctl", "--get-ctrl=power_line_frequency,zoom_absolute")
    assert got.stdout.splitlines() == ["power_line_frequency: 1", "zoom_absolute: 150"]
    assert run_with_devices(room, "v4l2-ctl", "--set-ctrl=zoom_absolute=9999").returncode != 0


def test_exit_codes_and_streams_pass_through(room: Room) -> None:
    answer = subprocess.run(
        room.under_devices(["sh", "-c", "cat; echo oops >&2; exit 42"]),
        env={**os.environ, **room.environment},
        input="hello",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (answer.stdout, answer.stderr, answer.returncode) == ("hello", "oops\n", 42)
    assert run_with_devices(room, "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM
    assert run_with_devices(room, "no-such-program").returncode == 127


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_program_once(room: Room, number: signal.Signals) -> None:
    program = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: print(number, flush=True))
print("ready", flush=True)
sys.stdin.readline()
print("end")
"""
    with subprocess.Popen(
        room.under_devices([sys.executable, "-c", program]),
        env={**os.environ, **room.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, number)
        assert process.stdout.readline() == f"{int(number)}\n"
        rest, _ = process.communicate("\n")
    assert rest == "end\n"
    assert process.returncode == 0


def test_ansible_runs_under_the_devices(room: Room) -> None:
    ansible = str(Path(sys.executable).with_name("ansible"))
    answer = run_with_devices(
        room, ansible, "localhost", "-m", "command", "-a", "v4l2-ctl --list-devices"
    )
    assert answer.returncode == 0, answer.stderr
    assert "Logitech BRIO" in answer.stdout


def test_the_desktop_is_private(room: Room) -> None:
    shot = ["ffmpeg", "-nostdin", "-v", "error", "-f", "x11grab", "-video_size", "1280x800"]
    shot += ["-i", room.environment["DISPLAY"], "-frames:v", "1", "-f", "null", "-"]
    assert run(room, *shot).returncode == 0
    stranger = dataclasses.replace(
        room, environment={**room.environment, "XAUTHORITY": str(room.folder / "none")}
    )
    assert run(stranger, *shot).returncode != 0


def test_a_new_room_has_the_laptops_own_sound_as_default(room: Room) -> None:
    info = run(room, "pactl", "info").stdout
    assert f"Default Sink: {LAPTOP_SINK}\n" in info
    assert f"Default Source: {LAPTOP_SOURCE}\n" in info


def test_a_speaking_room_is_heard_and_an_idle_microphone_is_not(room: Room) -> None:
    assert -35 < level(room, POLYCOM_SOURCE) < -12
    assert level(room, LAPTOP_SOURCE) == -math.inf


def test_two_rooms_side_by_side_do_not_disturb_each_other(room: Room, tmp_path: Path) -> None:
    deep = tmp_path / ("a-folder-with-a-long-name-" * 4)
    before = dict(os.environ)
    with simulated_room(deep, conference=Conference.SILENT) as other:
        for variable in ("DISPLAY", "XDG_RUNTIME_DIR", "HOME", "DBUS_SESSION_BUS_ADDRESS"):
            assert other.environment[variable] != room.environment[variable]
        assert level(other, POLYCOM_SOURCE) == -math.inf
        assert level(room, POLYCOM_SOURCE) > -35
        # A choice made in one room is not seen in the other.
        assert run(other, "pactl", "set-default-sink", POLYCOM_SINK).returncode == 0
        wait_for_default_sink(other, POLYCOM_SINK)
        assert f"Default Sink: {LAPTOP_SINK}\n" in run(room, "pactl", "info").stdout
        runtime = other.environment["XDG_RUNTIME_DIR"]
        assert Path(runtime).stat().st_mode & 0o777 == 0o700
    assert processes_of(runtime) == []
    assert not Path(runtime).exists()
    assert dict(os.environ) == before
    assert run(room, "pactl", "info").returncode == 0


def test_a_room_remembers_its_defaults_as_a_machine_does(tmp_path: Path) -> None:
    remembered = tmp_path / "home/.local/state/wireplumber/default-nodes"
    with simulated_room(tmp_path) as room:
        run(room, "pactl", "set-default-sink", POLYCOM_SINK)
        deadline = time.monotonic() + 20
        while not (remembered.exists() and POLYCOM_SINK in remembered.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    with simulated_room(tmp_path) as room:
        assert run(room, "pactl", "get-default-sink").stdout.strip() == POLYCOM_SINK


def test_a_room_without_the_polycom_has_none(tmp_path: Path) -> None:
    with simulated_room(tmp_path, conference=Conference.ABSENT) as room:
        sinks = run(room, "pactl", "list", "short", "sinks").stdout
        assert LAPTOP_SINK in sinks
        assert "Polycom" not in sinks
        assert [d for d in devices(room) if d["vendor"] == "095d"] == []


def test_an_error_inside_leaves_nothing(tmp_path: Path) -> None:
    class Stumble(Exception):
        pass

    runtimes: list[str] = []
    with pytest.raises(Stumble), simulated_room(tmp_path) as room:
        runtimes.append(room.environment["XDG_RUNTIME_DIR"])
        assert processes_of(runtimes[0])
        raise Stumble
    assert processes_of(runtimes[0]) == []
    assert not Path(runtimes[0]).exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_owner_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", A_ROOM_OF_ITS_OWN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        assert owner.stdout
        runtime = owner.stdout.readline().strip()
        assert processes_of(runtime)
        owner.send_signal(number)
        owner.wait(20)
    wait_until_gone(runtime)


def test_the_programme_moves_and_sounds(tmp_path: Path) -> None:
    clip = programme(tmp_path / "programme.mkv", 2)
    made = clip.stat().st_mtime_ns
    assert programme(clip, 2).stat().st_mtime_ns == made
    filters = ["-vf", "blackdetect=d=0.3,freezedetect=n=-60dB:d=0.5", "-af", "volumedetect"]
    answer = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(clip), *filters, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "640x360" in answer.stderr
    assert "30 fps" in answer.stderr
    assert "frame=   60" in answer.stderr
    assert "freeze_start" not in answer.stderr
    assert "black_start" not in answer.stderr
    loudness = float(answer.stderr.split("mean_volume: ")[1].split()[0])
    assert -35 < loudness < -12
