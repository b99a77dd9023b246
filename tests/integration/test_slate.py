"""The slate on a real X server with two screens, and a look at what each shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from tests.rigs.xorg import LAPTOP, WALL, two_screens, xrandr

from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.room.screens import photograph, screens, wall_screen
from cc_run.room.slate import draw_slate, hide_slate, show_slate
from cc_run.settings import Settings

GROUND = (16, 36, 60)


@pytest.fixture
def display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with two_screens(tmp_path / "xorg") as name:
        xrandr(name, "--output", LAPTOP, "--mode", "1280x720", "--primary")
        xrandr(name, "--output", WALL, "--mode", "1920x1080", "--right-of", LAPTOP)
        monkeypatch.setenv("DISPLAY", name)
        yield name


def corner(path: Path) -> tuple[int, int, int]:
    with Image.open(path) as picture:
        red, green, blue = picture.convert("RGB").getpixel((10, 330))
    return red, green, blue


def shows(colour: tuple[int, int, int], name: str, folder: Path) -> bool:
    """Whether the screen comes to show that colour, within half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if seen(name, folder) == colour:
            return True
        time.sleep(0.1)
    return False


def seen(name: str, folder: Path) -> tuple[int, int, int]:
    screen = next(one for one in asyncio.run(screens()) if one.output == name)
    return corner(asyncio.run(photograph(screen, folder / f"{name}.png")).path)


def test_the_slate_covers_the_wall_and_not_the_laptop(
    display: str, settings: Settings, event: Event, tmp_path: Path
) -> None:
    settings.room.state_dir.mkdir(parents=True, exist_ok=True)
    assert show_slate(settings, event).output == WALL
    try:
        assert shows(GROUND, WALL, tmp_path)
        assert seen(LAPTOP, tmp_path) == (0, 0, 0)
        assert show_slate(settings, event).output == WALL  # a second one replaces the first
        assert shows(GROUND, WALL, tmp_path)
    finally:
        assert hide_slate(settings)
    assert shows((0, 0, 0), WALL, tmp_path)
    assert not hide_slate(settings)


def test_the_walls_screen_is_named_or_the_one_that_is_not_the_main_one(display: str) -> None:
    lit = asyncio.run(screens())
    assert wall_screen(lit, "").output == WALL
    assert wall_screen(lit, "DUMMY0").output == LAPTOP
    assert wall_screen(lit[:1], "").output == LAPTOP
    with pytest.raises(OutsideFailure, match="No lit screen is named HDMI"):
        wall_screen(lit, "HDMI.*")


def test_without_a_desktop_it_is_told(
    settings: Settings, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(OutsideFailure, match="No X11 desktop answers"):
        show_slate(settings, event)


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (1024, 1280)])
def test_everything_stays_within_the_picture(
    settings: Settings, event: Event, size: tuple[int, int]
) -> None:
    long = event.model_copy(
        update={"title": "Rapat Koordinasi Evaluasi Percepatan Penurunan Stunting " * 4}
    )
    with Image.open(BytesIO(draw_slate(settings, long, *size))) as picture:
        assert picture.size == size
        ground = Image.new("RGB", size, GROUND)
        edge = size[1] // 50
        frame = [(0, edge, edge, size[1]), (0, size[1] - edge, *size)]
        for box in frame:
            assert picture.crop(box).tobytes() == ground.crop(box).tobytes()
