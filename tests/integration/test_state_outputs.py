"""The laptop's screens and their blanking, on a real X server with two of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from xorg import LAPTOP, WALL, two_screens, xrandr

from cc_run.state import StateError, converge
from cc_run.state.outputs import read_screens

EXTEND: dict[str, Any] = {
    "outputs": "extend",
    "screens": [
        {"output": LAPTOP, "mode": "1280x720", "primary": True},
        {"output": "(DUMMY1|HDMI.*)", "mode": "1920x1080"},
    ],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with two_screens(tmp_path_factory.mktemp("screens")) as display:
        yield display


@pytest.fixture
def display(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The display, with the wall off and the laptop's screen the main one."""
    monkeypatch.setenv("DISPLAY", server)
    xrandr(server, "--output", WALL, "--off", "--output", LAPTOP, "--mode", "1280x720", "--primary")
    return server


def screens(display: str) -> dict[str, tuple[Any, Any, bool]]:
    found = read_screens(xrandr(display, "--current").splitlines())
    return {n: (found[n].mode, found[n].position, found[n].primary) for n in (LAPTOP, WALL)}


def one(item: dict[str, Any], *, check: bool = False) -> Any:
    [change] = converge([item], check=check)
    return change


def test_screens_lie_side_by_side_and_then_stay(display: str) -> None:
    before = screens(display)
    foretold = one(EXTEND, check=True)
    assert screens(display) == before
    change = one(EXTEND)
    assert change == foretold
    assert (change.before, change.after) == ("DUMMY1: off\n", "DUMMY1: 1920x1080 at 1280x0\n")
    assert screens(display) == {
        LAPTOP: ((1280, 720), (0, 0), True),
        WALL: ((1920, 1080), (1280, 0), False),
    }
    assert not one(EXTEND).changed


def test_what_someone_moved_is_put_back(display: str) -> None:
    one(EXTEND)
    xrandr(display, "--output", WALL, "--mode", "1280x720", "--pos", "0x0", "--primary")
    change = one(EXTEND)
    assert "DUMMY1: 1280x720 at 0x0, primary\n" in change.before
    assert screens(display)[WALL] == ((1920, 1080), (1280, 0), False)
    assert screens(display)[LAPTOP][2]


def test_a_mirror_takes_the_largest_picture_that_all_have(display: str) -> None:
    item = {"outputs": "mirror", "screens": [{"output": LAPTOP}, {"output": WALL}]}
    assert one(item).changed
    found = screens(display)
    assert {found[LAPTOP][:2], found[WALL][:2]} == {((1920, 1080), (0, 0))}
    assert not one(item).changed
    item["screens"] = [{"output": LAPTOP, "mode": "1280x720"}, {"output": WALL}]
    assert one(item).changed
    assert screens(display)[WALL][:2] == ((1280, 720), (0, 0))


def test_a_position_may_be_given(display: str) -> None:
    item = {"outputs": "extend", "screens": [{"output": WALL, "position": "0x720"}]}
    assert one(item).changed
    assert screens(display)[WALL][1] == (0, 720)
    assert screens(display)[LAPTOP][2], "nobody asked for another primary screen"


@pytest.mark.parametrize(
    ("screen", "said"),
    [
        ({"output": "HDMI.*"}, "No screen is attached as HDMI.*; attached are: DUMMY0, DUMMY1"),
        ({"output": WALL, "mode": "800x600"}, "DUMMY1 does not offer 800x600, but 1920x1080"),
    ],
)
def test_what_is_not_there_is_told(display: str, screen: dict[str, str], said: str) -> None:
    with pytest.raises(StateError) as told:
        one({"outputs": "extend", "screens": [screen]}, check=True)
    assert said in str(told.value)


@pytest.mark.parametrize("item", [EXTEND, {"blanking": "never"}])
def test_without_a_desktop_that_is_told(
    monkeypatch: pytest.MonkeyPatch, item: dict[str, Any]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(StateError, match="No X11 desktop answers"):
        one(item)


@pytest.mark.parametrize(
    "screens",
    [
        [],
        [{"mode": "1280x720"}],
        [{"output": "("}],
        [{"output": WALL, "mode": "wide"}],
        [{"output": WALL, "primary": True}, {"output": LAPTOP, "primary": True}],
    ],
)
def test_a_wish_that_makes_no_sense_is_told(screens: list[dict[str, Any]]) -> None:
    with pytest.raises(StateError, match="'screens' should be"):
        one({"outputs": "extend", "screens": screens}, check=True)


def test_the_screen_stays_on(display: str) -> None:
    subprocess.run(["xset", "s", "300", "300", "s", "blank"], check=True)
    foretold = one({"blanking": "never"}, check=True)
    assert one({"blanking": "never"}) == foretold
    assert foretold.before == "dark after 300 s\nblanking preferred\n"
    told = subprocess.run(["xset", "q"], capture_output=True, text=True, check=True).stdout
    assert "timeout:  0" in told
    assert "prefer blanking:  no" in told
    assert not one({"blanking": "never"}).changed
