"""A real X server with two screens that nobody sees: Xorg with the driver ``dummy``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cc_run.simulators.room.processes import running, wait_until

LAPTOP, WALL = "DUMMY0", "DUMMY1"
_CONFIG = """\
Section "Device"
  Identifier "nothing"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "nobody"
  HorizSync 5-1000
  VertRefresh 5-200
EndSection
Section "Screen"
  Identifier "screen"
  Device "nothing"
  Monitor "nobody"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1280x720"
    Virtual 3840 2160
  EndSubSection
EndSection
"""
# The wall's panels offer what the laptop's screen does not, and the other way round.
WALL_MODES = ("1920x1080", "1280x720")


@contextmanager
def two_screens(folder: Path) -> Iterator[str]:
    """Runs it, with its files in ``folder``, and yields the display's name."""
    folder.mkdir(parents=True, exist_ok=True)
    config, log, number = folder / "xorg.conf", folder / "xorg.log", folder / "display"
    config.write_text(_CONFIG)
    options = ["-config", str(config), "-logfile", str(folder / "server.log"), "-nolisten", "tcp"]
    options += ["-noreset", "-novtswitch", "-sharevts", "-displayfd", "9"]
    server = ["sh", "-c", 'exec Xorg "$@" 9>"$0"', str(number), *options]
    with running(server, environment=dict(os.environ), log=log) as process:

        def display() -> str:
            said = number.read_text() if number.exists() else ""
            return f":{said.strip()}" if said.endswith("\n") else ""

        name = wait_until(
            display, process, name="Xorg (xserver-xorg-video-dummy)", log=log, seconds=60
        )
        for mode in WALL_MODES:
            xrandr(name, "--addmode", WALL, mode)
        yield name


def xrandr(display: str, *words: str) -> str:
    """What xrandr says on that display."""
    done = subprocess.run(
        ["xrandr", *words],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
