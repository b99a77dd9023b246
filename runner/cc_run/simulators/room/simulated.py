"""A whole simulated room: desktop, session bus, sound and USB devices, in one folder."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.simulators.room.desktop import desktop
from cc_run.simulators.room.devices import CAMERA_FILE, POLYCOM_FILE, WISH, Camera
from cc_run.simulators.room.needs import SYSTEM_PYTHON, require_packages
from cc_run.simulators.room.picture import write_pictures
from cc_run.simulators.room.processes import leashed
from cc_run.simulators.room.sound import (
    POLYCOM,
    Conference,
    plug_in,
    session_bus,
    sound,
    unplug,
)

_UNDER_DEVICES: Final = Path(__file__).with_name("mocked") / "under_devices.py"
_PRELOADED: Final = (
    'LD_PRELOAD="libumockdev-preload.so.0${LD_PRELOAD:+:$LD_PRELOAD}" exec "$0" "$@"'
)
# A socket's path has at most 108 characters, and PipeWire's, D-Bus's and umockdev's go below.
_CLEARING_SECONDS: Final = 5.0
_LONGEST_TEMPORARY_FOLDER: Final = 40


@dataclass(frozen=True)
class Room:
    """A room that is running.

    ``dataclasses.replace(room, camera=Camera.BLACK)`` is the same room with another camera; sound
    stays as it was started.

    Attributes:
        folder: Everything that the room's programs write, but for the sockets.
        environment: Variables to lay over one's own environment, for every program in the room.
        camera: What the camera does.
        conference: What the Polycom speakerphone does.
        camera_file: The camera as udev sees it, a .umockdev file.
    """

    folder: Path
    environment: Mapping[str, str]
    camera: Camera = Camera.LIVE
    conference: Conference = Conference.SPEAKING
    camera_file: Path = CAMERA_FILE

    def under_devices(self, command: Sequence[str]) -> list[str]:
        """The command line that runs ``command`` with the room's USB devices instead of the real.

        It takes the standard streams, the signals and the exit code (128 + n after signal n) of
        ``command`` through, and ends it when the calling process ends. It does not set the room's
        environment. One program at a time can stream from the camera.
        """
        others = [] if self.conference is Conference.ABSENT else [str(POLYCOM_FILE)]
        mock = [
            "sh",
            "-c",
            _PRELOADED,
            SYSTEM_PYTHON,
            "-sE",
            str(_UNDER_DEVICES),
            str(_stage(self.folder)),
        ]
        mock += [self.environment["XDG_RUNTIME_DIR"], self.camera.value, str(self.camera_file)]
        mock.append(",".join(others))
        return leashed([*mock, "--", *command], sweep=Path(self.environment["XDG_RUNTIME_DIR"]))

    def camera_becomes(self, camera: Camera) -> None:
        """Changes the camera under the programs that run: unplugs it, plugs it in, darkens it."""
        wish = _stage(self.folder) / WISH
        new = wish.with_suffix(".new")
        new.write_text(camera.value)
        new.replace(wish)

    def unplug_phone(self) -> None:
        """Takes the Polycom from the sound server."""
        unplug(self.environment, POLYCOM)

    def plug_in_phone(self) -> None:
        """Gives the Polycom back to the sound server; what it hears is silence."""
        plug_in(self.environment, POLYCOM, Conference.SILENT)


@contextmanager
def simulated_room(
    folder: Path,
    *,
    camera: Camera = Camera.LIVE,
    conference: Conference = Conference.SPEAKING,
) -> Iterator[Room]:
    """Builds a room in ``folder``, and clears it away at the end, even if this process is killed.

    What a program changes in the room (default devices, camera controls, settings in the home
    folder) stays in the folder and is there again the next time, as on a machine.

    Args:
        folder: Made if it is not there; one room at a time.
        camera: What the Logitech camera does.
        conference: What the Polycom speakerphone does.

    Raises:
        OutsideFailure: A program is missing or did not start.
    """
    require_packages()
    folder = folder.resolve()
    logs = folder / "log"
    logs.mkdir(parents=True, exist_ok=True)
    write_pictures(_stage(folder))
    runtime = Path(tempfile.mkdtemp(prefix="cc-room-", dir=_short_temporary_folder()))
    environment = _environment(folder, runtime)
    try:
        with ExitStack() as stack:
            stack.enter_context(session_bus(environment, logs, sweep=runtime))
            environment["DISPLAY"] = stack.enter_context(desktop(environment, logs))
            stack.enter_context(sound(environment, logs, conference))
            yield Room(folder, environment, camera, conference)
    finally:
        _clear_away(runtime)


def _clear_away(folder: Path) -> None:
    """A program that is just ending may still put something into its folder, or take it out."""
    ended = time.monotonic() + _CLEARING_SECONDS
    while folder.exists() and time.monotonic() < ended:
        shutil.rmtree(folder, ignore_errors=True)


def _stage(folder: Path) -> Path:
    return folder / "camera"


def _short_temporary_folder() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) <= _LONGEST_TEMPORARY_FOLDER else Path("/", "tmp")


def _environment(folder: Path, runtime: Path) -> dict[str, str]:
    home = folder / "home"
    homes = {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
    }
    for place in homes.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        **{name: str(place) for name, place in homes.items()},
        "XDG_RUNTIME_DIR": str(runtime),
        "PIPEWIRE_RUNTIME_DIR": str(runtime),
        "PULSE_RUNTIME_PATH": str(runtime / "pulse"),
        "PULSE_SERVER": f"unix:{runtime}/pulse/native",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        "XAUTHORITY": str(runtime / "Xauthority"),
        # Programs that could also use a Wayland desktop must not find the real one.
        "XDG_SESSION_TYPE": "x11",
        # Desktop settings lie in the room's own folder, without a service that guards them.
        "GSETTINGS_BACKEND": "keyfile",
        "GDK_BACKEND": "x11",
        "QT_QPA_PLATFORM": "xcb",
    }
