"""The programs that a simulated room is made of, and the Debian packages that have them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _

# Debian's own interpreter: the bindings of umockdev exist for no other.
SYSTEM_PYTHON: Final = "/usr/bin/python3"
_PROGRAMS: Final = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus-daemon",
    "ffmpeg": "ffmpeg",
    "pactl": "pulseaudio-utils",
    "pipewire": "pipewire",
    "pipewire-pulse": "pipewire-pulse",
    "pw-metadata": "pipewire-bin",
    "setpriv": "util-linux",
    "umockdev-run": "umockdev",
    "v4l2-ctl": "v4l-utils",
    "wireplumber": "wireplumber",
    SYSTEM_PYTHON: "python3",
}
_FILES: Final = {
    "girepository-1.0/UMockdev-1.0.typelib": "gir1.2-umockdev-1.0",
    "python3/dist-packages/gi/__init__.py": "python3-gi",
}


def missing_packages() -> list[str]:
    """The Debian packages that a simulated room needs and this machine lacks, in order."""
    missing = {package for program, package in _PROGRAMS.items() if not shutil.which(program)}
    for name, package in _FILES.items():
        libraries = Path("/usr/lib")
        if not any(
            (libraries / name).exists() for libraries in (libraries, *libraries.glob("*-*"))
        ):
            missing.add(package)
    return sorted(missing)


def require_packages() -> None:
    """Makes sure that a simulated room can be built here.

    Raises:
        OutsideFailure: A program is missing; the remedy names every package at once.
    """
    if missing := missing_packages():
        raise OutsideFailure(
            _("The simulated room needs programs that are not installed here: %(packages)s.")
            % {"packages": ", ".join(missing)},
            _("Install them: apt-get install %(packages)s") % {"packages": " ".join(missing)},
        )
