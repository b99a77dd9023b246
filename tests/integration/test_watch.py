"""``check --watch``: what is plugged in and out is heard, and what it changes is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cc_run.simulators.room import Camera, Conference, Room, simulated_room

WATCH = [sys.executable, "-m", "cc_run.cli", "check", "--watch", "--json"]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with simulated_room(tmp_path / "room", conference=Conference.SILENT) as room:
        yield room


class Watching:
    """A program that watches, and what it has told so far, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    def until(self, **facts: str) -> list[dict[str, Any]]:
        """Reads until a line has all the facts; what was told up to it since the last time."""
        new = []
        assert self.process.stdout
        for line in self.process.stdout:
            fact = json.loads(line)
            new.append(fact)
            self.told.append(fact)
            plain = fact.get("probe", fact)
            if all(value in str(plain.get(name)) for name, value in facts.items()):
                return new
        pytest.fail(f"{facts} was never told: {self.told}")


@contextmanager
def watching(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Watching]:
    with subprocess.Popen(
        command,
        env={**os.environ, **environment, "HOME": os.environ["HOME"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def topics(lines: list[dict[str, Any]]) -> set[str]:
    return {line["probe"]["id"].partition(".")[0] for line in lines if "probe" in line}


def test_a_camera_and_a_phone_are_plugged_out_and_in(
    room: Room, rehearsal_environment: Path
) -> None:
    command = room.under_devices([*WATCH, "camera", "sound"])
    with watching(command, room.environment) as watch:
        watch.until(id="camera.picture", status="pass")
        watch.until(id="sound.microphone", found="nothing but zeros")

        room.camera_becomes(Camera.ABSENT)
        lines = watch.until(changed="Camera unplugged: Logitech BRIO")
        assert "probe" not in lines[-1]
        lines = watch.until(id="camera.present", status="fail")
        assert topics(lines) == {"camera"}

        room.camera_becomes(Camera.BLACK)
        watch.until(changed="Camera plugged in: Logitech BRIO")
        watch.until(id="camera.present", status="pass")
        watch.until(id="camera.picture", found="black")

        # No cable tells of a lens cover: what is wrong is looked at again.
        room.camera_becomes(Camera.LIVE)
        assert topics(watch.until(id="camera.picture", status="pass")) == {"camera"}

        room.unplug_phone()
        watch.until(changed="Loudspeaker unplugged: Polycom CX5500")
        assert topics(watch.until(id="sound.present", status="fail")) == {"sound"}
        room.plug_in_phone()
        watch.until(changed="Microphone plugged in: Polycom CX5500")
        watch.until(id="sound.present", status="pass")

        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait() == 0


def test_a_camera_that_hangs_is_left_as_soon_as_it_is_unplugged(
    room: Room, rehearsal_environment: Path
) -> None:
    room.camera_becomes(Camera.LIVE)
    command = room.under_devices([*WATCH, "camera"])
    with watching(command, room.environment) as watch:
        watch.until(id="camera.picture", status="pass")
        room.camera_becomes(Camera.ABSENT)
        watch.until(id="camera.present", status="fail")
        room.camera_becomes(Camera.HANGING)
        watch.until(id="camera.mode", status="pass")
        room.camera_becomes(Camera.ABSENT)
        lines = watch.until(id="camera.present", status="fail")
        assert not [line for line in lines if "within" in str(line)]
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait() == 0


def test_a_sound_server_that_ends_is_told(room: Room, rehearsal_environment: Path) -> None:
    with watching([*WATCH, "sound"], room.environment) as watch:
        watch.until(id="sound.microphone")
        room.unplug_phone()
        watch.until(id="sound.present", status="fail")  # so it is being listened to
        for server in pulse_servers(room):
            os.kill(server, signal.SIGKILL)
        watch.until(changed="The sound server has ended")
        watch.until(id="sound.present", found="does not answer")


def pulse_servers(room: Room) -> list[int]:
    mark = f"XDG_RUNTIME_DIR={room.environment['XDG_RUNTIME_DIR']}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() == "pipewire-pulse" and mark in (
                process / "environ"
            ).read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    assert found
    return found


def test_a_cable_is_plugged_out_and_in(rehearsal_environment: Path) -> None:
    """In a network of its own, with its own /sys."""
    prepare = "mount -t sysfs sysfs /sys; ip link add cable0 type veth peer name far0; "
    prepare += "ip link set cable0 up; ip link set far0 up; "
    command = ["unshare", "--net", "--mount", "sh", "-c", prepare + 'exec "$@"', "sh"]
    with watching([*command, *WATCH, "network"], {}) as watch:
        watch.until(id="network.cable")
        inside = ["nsenter", f"--target={watch.process.pid}", "--net"]
        subprocess.run([*inside, "ip", "link", "set", "far0", "down"], check=True)
        watch.until(topic="network", changed="Network cable unplugged: cable0")
        subprocess.run([*inside, "ip", "link", "set", "far0", "up"], check=True)
        watch.until(topic="network", changed="Network cable plugged in: cable0")
        subprocess.run(
            [
                *inside,
                "sh",
                "-c",
                "ip addr add 10.9.0.2/24 dev cable0; ip route add default via 10.9.0.1",
            ],
            check=True,
        )
        watch.until(id="network.route", found="cable0")


def test_people_read_the_time_what_happened_and_what_it_changed(
    room: Room, rehearsal_environment: Path
) -> None:
    words = [word for word in WATCH if word != "--json"]
    with subprocess.Popen(
        room.under_devices([*words, "camera"]),
        env={
            **os.environ, **room.environment, "HOME": os.environ["HOME"],
            "LC_ALL": "id_ID.UTF-8", "PYTHONUNBUFFERED": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        told: list[str] = []
        for line in process.stdout:
            told.append(line)
            if "Kamera menampilkan gambar langsung" in line:
                break
        room.camera_becomes(Camera.ABSENT)
        for line in process.stdout:
            told.append(line)
            if "→" in line:
                break
        process.send_signal(signal.SIGINT)
        told += process.stdout.readlines()
        assert process.wait() == 0
    text = "".join(told)
    assert "✗ Kamera terpasang" in text
    assert text.splitlines()[-1] == "Pemantauan selesai."


def test_a_tone_is_played_once_not_while_watching(office: Any) -> None:
    office.run("check", "sound", "--tone", "--watch").refused(2, "--tone")
