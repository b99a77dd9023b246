"""The laptop's probes on the kernel's own files (umockdev), a real X server, dpkg, and SNTP."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def supply(name: str, **attributes: object) -> str:
    head = f"P: /devices/LNXSYSTM:00/{name}/power_supply/{name}\nE: SUBSYSTEM=power_supply\n"
    return head + "".join(f"A: {key}={value}\\n\n" for key, value in attributes.items()) + "\n"


def battery(charge: object, status: str) -> str:
    return supply("BAT0", type="Battery", capacity=charge, status=status, present=1)


MOUSE = supply("hidpp_battery_0", type="Battery", scope="Device", capacity=3, status="Discharging")


@pytest.mark.parametrize(
    ("devices", "mains", "level"),
    [
        (
            supply("AC", type="Mains", online=1) + battery(96, "Charging"),
            ("pass", "on mains"),
            ("pass", "96 % charged"),
        ),
        (
            supply("AC", type="Mains", online=0) + battery(42, "Discharging"),
            ("fail", "on battery, 42 % left"),
            ("pass", "42 % charged"),
        ),
        (
            supply("AC", type="Mains", online=1) + battery(12, "Charging"),
            ("pass", "on mains"),
            ("warn", "12 % charged"),
        ),
        (
            supply("ucsi-source-psy-1", type="USB", online=1) + battery(100, "Full"),
            ("pass", "on mains"),
            ("pass", "100 % charged"),
        ),
        (
            battery("", "Discharging"),
            ("fail", "on battery, ? % left"),
            ("skip", "this machine has no battery"),
        ),
        (
            supply("AC", type="Mains", online=1) + MOUSE,
            ("pass", "on mains"),
            ("skip", "this machine has no battery"),
        ),
        (
            MOUSE,
            ("skip", "this machine tells nothing of its power"),
            ("skip", "this machine has no battery"),
        ),
    ],
    ids=["good", "unplugged", "charging", "usb-c", "silent-battery", "no-battery", "mouse-only"],
)
def test_mains_and_battery(
    good: Any, devices: str, mains: tuple[str, str], level: tuple[str, str]
) -> None:
    looks = good.look("laptop.mains", "laptop.battery", devices=devices)
    assert (looks["laptop.mains"].status, looks["laptop.mains"].found) == mains
    assert (looks["laptop.battery"].status, looks["laptop.battery"].found) == level


def test_a_battery_that_empties_on_mains_is_another_matter(good: Any) -> None:
    devices = supply("AC", type="Mains", online=1) + battery(12, "Discharging")
    look = good.look("laptop.battery", devices=devices)["laptop.battery"]
    assert look.status == "warn"
    assert "too weak" in look.remedy


def sensors(zone: int, monitor: int) -> str:
    return (
        f"P: /devices/virtual/thermal/thermal_zone0\nE: SUBSYSTEM=thermal\n"
        f"A: type=x86_pkg_temp\\n\nA: temp={zone}\\n\n\n"
        f"P: /devices/platform/coretemp.0/hwmon/hwmon3\nE: SUBSYSTEM=hwmon\n"
        f"A: name=coretemp\\n\nA: temp1_input={monitor}\\n\n\n"
    )


@pytest.mark.parametrize(
    ("zone", "monitor", "status", "found"),
    [
        (45000, 51500, "pass", "52 °C"),
        (97000, 51500, "warn", "97 °C"),
        (45000, 99000, "warn", "99 °C"),
        (-273200, 0, "skip", "this machine tells no temperature"),
    ],
)
def test_the_hottest_sensor_counts(
    good: Any, zone: int, monitor: int, status: str, found: str
) -> None:
    look = good.look("laptop.temperature", devices=sensors(zone, monitor))["laptop.temperature"]
    assert (look.status, look.found) == (status, found)


def test_disk_and_memory_against_their_limits(good: Any) -> None:
    enough = {"laptop_disk_free_gib": 0, "laptop_memory_free_gib": 0}
    looks = good.look("laptop.disk", "laptop.memory", variables=enough)
    assert {look.status for look in looks.values()} == {"pass"}
    much = {"laptop_disk_free_gib": 1e9, "laptop_memory_free_gib": 1e9}
    looks = good.look("laptop.disk", "laptop.memory", variables=much)
    assert looks["laptop.disk"].status == "fail"
    assert looks["laptop.memory"].status == "warn"


@pytest.mark.parametrize(
    ("ahead", "status", "words"),
    [(0.2, "pass", "s behind time.example"), (5, "fail", "s behind"), (-5, "fail", "s ahead of")],
)
def test_the_clock_is_measured(lan: Any, ahead: float, status: str, words: str) -> None:
    look = lan.cable().serving(clock=ahead).look("laptop.clock")["laptop.clock"]
    assert look.status == status
    assert words in look.found
    assert abs(float(look.found.partition(" ")[0]) - abs(ahead)) < 0.5


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "status", "found"),
    [
        ("echo yes", "pass", "set by a time server"),
        ("echo no", "warn", "not set by a time server"),
        ("exit 1", "skip", "the time service does not answer here"),
        ("sleep 600", "fail", "no answer within 4 s"),
    ],
    ids=["synchronised", "adrift", "absent", "hanging"],
)
def test_a_server_without_time_leaves_the_word_to_the_time_service(
    lan: Any, programs: Path, script: str, status: str, found: str
) -> None:
    program(programs, "timedatectl", script)
    look = lan.cable().serving(clock=None).look("laptop.clock", probe_timeout=4)["laptop.clock"]
    assert (look.status, look.found) == (status, found)


def test_a_time_server_that_is_away_is_not_waited_for_long(lan: Any, programs: Path) -> None:
    program(programs, "timedatectl", "echo yes")
    wish = {"laptop_time_server": "198.51.100.9"}
    look = lan.cable().look("laptop.clock", variables=wish)["laptop.clock"]
    assert (look.status, look.found) == ("pass", "set by a time server")


@pytest.fixture
def display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real X server."""
    assert shutil.which("Xvfb"), "sudo apt-get install xvfb"
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-noreset", "-nolisten", "tcp"],
        pass_fds=(writer,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.readline().strip()
    assert number, "Xvfb did not start"
    for name in ("WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", f":{number}")
    yield f":{number}"
    server.kill()
    server.wait()


def test_a_screen_that_would_go_dark_is_seen(good: Any, display: str) -> None:
    subprocess.run(["xset", "s", "333"], check=True, timeout=30)
    look = good.look("laptop.awake")["laptop.awake"]
    assert (look.status, look.found) == ("fail", "the screen saver after 333 s")
    subprocess.run(["xset", "s", "off"], check=True, timeout=30)
    assert good.look("laptop.awake")["laptop.awake"].status == "pass"
    wish = {"laptop_blank_screen": True}
    assert good.look("laptop.awake", variables=wish)["laptop.awake"].status == "skip"


def test_an_x_server_that_hangs_or_is_gone(
    good: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    path = tmp_path / "deaf"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        monkeypatch.setenv("DISPLAY", f"unix:{path}")
        look = good.look("laptop.awake", probe_timeout=1)["laptop.awake"]
    assert look.status == "fail"
    path.unlink()
    look = good.look("laptop.awake")["laptop.awake"]
    assert look.status == "fail"
    assert "X does not answer" in look.found


def test_gnome_is_asked_for_its_own_delay(
    good: Any, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    program(programs, "gsettings", "echo uint32 300")
    look = good.look("laptop.awake")["laptop.awake"]
    assert (look.status, look.found) == ("fail", "GNOME after 300 s")
    program(programs, "gsettings", "echo uint32 0")
    assert good.look("laptop.awake")["laptop.awake"].status == "pass"


@pytest.fixture
def installed(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zoom's program, and dpkg's own record of it."""
    program(programs, "zoom", "exit 0")
    record = tmp_path / "dpkg"
    (record / "info").mkdir(parents=True)
    (record / "status").write_text(
        "Package: zoom\nStatus: install ok installed\nMaintainer: Z <z@example.org>\n"
        "Architecture: amd64\nVersion: 6.2.11.5069\nDescription: meetings\n\n"
    )
    monkeypatch.setenv("DPKG_ADMINDIR", str(record))


@pytest.mark.usefixtures("installed")
def test_zooms_program_and_its_version(good: Any) -> None:
    look = good.look("laptop.zoom")["laptop.zoom"]
    assert (look.status, look.found) == ("pass", "version 6.2.11.5069")
    for oldest, status in (("6.2.9", "pass"), ("6.10", "fail")):
        wish = {"zoom_client_oldest_version": oldest}
        assert good.look("laptop.zoom", variables=wish)["laptop.zoom"].status == status


def test_zooms_program_may_come_another_way_or_not_at_all(good: Any, programs: Path) -> None:
    look = good.look("laptop.zoom", variables={"zoom_client_command": "zoom-of-the-tests"})
    assert look["laptop.zoom"].status == "fail"
    program(programs, "zoom-of-the-tests", "exit 0")
    look = good.look("laptop.zoom", variables={"zoom_client_command": "zoom-of-the-tests"})
    assert (look["laptop.zoom"].status, look["laptop.zoom"].found) == ("pass", "installed")
