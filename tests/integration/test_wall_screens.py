"""The probe of the laptop's screens, on a real X server with two of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from xorg import LAPTOP, WALL, two_screens, xrandr

from cc_run.probe import Context, Result, run_probes
from cc_run.room.wall.outputs import PROBES
from cc_run.settings import Settings
from cc_run.settings.models import WallOutput

NAMES = (LAPTOP, WALL)
Look = Callable[..., Result]
WISHED = (
    WallOutput(output=LAPTOP, mode="1280x720", primary=True),
    WallOutput(output="(DUMMY1|HDMI.*)", mode="1920x1080"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screens")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with two_screens(folder) as display:
        yield display


@pytest.fixture
def display(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The display, as the room wants it."""
    monkeypatch.setenv("DISPLAY", server)
    xrandr(server, "--output", LAPTOP, "--mode", "1280x720", "--pos", "0x0", "--primary")
    xrandr(server, "--output", WALL, "--mode", "1920x1080", "--pos", "1280x0")
    return server


@pytest.fixture
def look(settings: Settings, tmp_path: Path) -> Look:
    def run(timeout: float = 60.0, **wall: Any) -> Result:
        wishes = {"outputs": WISHED, **wall}
        changed = settings.model_copy(
            update={
                "tv_wall": settings.tv_wall.model_copy(update=wishes),
                "room": settings.room.model_copy(update={"probe_timeout": timeout}),
            }
        )
        [result] = asyncio.run(run_probes(PROBES, Context(changed, None, tmp_path / "evidence")))
        return result

    return run


def test_screens_in_their_places_pass_with_a_picture_of_the_wall(display: str, look: Look) -> None:
    xsetroot = ["xsetroot", "-solid", "#10243c"]
    subprocess.run(xsetroot, check=True)
    result = look()
    assert result.status == "pass"
    assert result.found == "DUMMY0: 1280x720 at 0x0, the main screen; DUMMY1: 1920x1080 at 1280x0"
    [picture] = result.evidence
    assert picture.title == "What DUMMY1 shows"
    with Image.open(picture.path) as seen:
        assert seen.size == (640, 360)
        red, green, blue = seen.convert("RGB").getpixel((320, 180))
    assert max(abs(red - 0x10), abs(green - 0x24), abs(blue - 0x3C)) < 12


def test_the_walls_screen_that_is_off_fails(display: str, look: Look) -> None:
    xrandr(display, "--output", WALL, "--off")
    result = look()
    assert (result.status, result.found) == ("fail", "DUMMY1: off")
    assert result.expected == "DUMMY1: 1920x1080 at 1280x0"
    assert "cc-run prepare" in result.remedy


def test_another_mode_place_or_main_screen_fails(display: str, look: Look) -> None:
    xrandr(display, "--output", WALL, "--mode", "1280x720", "--pos", "0x0", "--primary")
    result = look()
    assert result.status == "fail"
    assert result.found == "DUMMY0: 1280x720 at 0x0; DUMMY1: 1280x720 at 0x0, the main screen"
    assert result.evidence, "a person may look at it"


def test_a_mirror_is_judged_as_one(display: str, look: Look) -> None:
    mirror = {"arrangement": "mirror", "outputs": [WallOutput(output=name) for name in NAMES]}
    assert look(**mirror).status == "fail"
    for name in NAMES:
        xrandr(display, "--output", name, "--mode", "1920x1080", "--pos", "0x0")
    assert look(**mirror).status == "pass"


def test_a_cable_that_is_not_plugged_in_is_told(display: str, look: Look) -> None:
    result = look(outputs=(WISHED[0], WallOutput(output="HDMI.*", mode="1920x1080")))
    assert result.status == "fail"
    assert result.found == "No screen is attached as HDMI.*; attached are: DUMMY0, DUMMY1."
    assert "Plug the screen's cable in" in result.remedy


def test_a_mode_that_the_screen_has_not_is_told(display: str, look: Look) -> None:
    result = look(outputs=(WallOutput(output=WALL, mode="3840x2160"),))
    assert result.status == "fail"
    assert "DUMMY1 does not offer 3840x2160, but 1920x1080" in result.found


def server_process(folder: Path) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"Xorg") and str(folder / "xorg.conf").encode() in words:
                return int(process.name)
    raise AssertionError("no Xorg")


def test_an_x_server_that_hangs_is_given_up(folder: Path, display: str, look: Look) -> None:
    pid = server_process(folder)
    os.kill(pid, signal.SIGSTOP)
    try:
        result = look(timeout=1.0)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (result.status, result.found) == ("fail", "no answer within 1 s")


def test_without_a_desktop_it_fails_or_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    result = look()
    assert (result.status, result.found) == ("fail", "No X11 desktop answers.")
    assert "desktop session" in result.remedy
    assert look(outputs=()).status == "skip"


def test_without_a_wish_what_is_lit_is_told_and_without_a_wall_nothing(
    display: str, look: Look
) -> None:
    result = look(outputs=())
    assert (result.status, len(result.evidence)) == ("pass", 1)
    assert "DUMMY1: 1920x1080 at 1280x0" in result.found
    bare = look(outputs=(), driver="none", slate=False)
    assert (bare.status, bare.evidence) == ("skip", ())
