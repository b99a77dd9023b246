"""Run a program with mocked USB devices.

    under_devices.py STAGE SCRATCH CAMERA CAMERA_FILE OTHER_FILES -- PROGRAM …

Run under umockdev's preload, without which it tells nobody of a device that comes or goes, and
by Debian's own /usr/bin/python3, the one interpreter that has the umockdev bindings; so it uses
the standard library and gi alone. STAGE is a folder with the camera's pictures (raw YUYV, named by
their size, `1280x720.yuyv`) and its controls; SCRATCH is one for the mock; CAMERA is what the
camera does, CAMERA_FILE what udev sees of it; OTHER_FILES are those of the other devices that are
plugged in, parted by commas. Who writes another word for CAMERA into `STAGE/camera.wish` changes
the camera while the program runs: it is unplugged, plugged in, or does something else.

The program sees the devices through its environment and keeps our standard input and output. We
exit as it does: 128 + n after signal n.
"""

import contextlib
import importlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

CAMERA = "video0"
WISH_MILLISECONDS = 50
# What of the machine's own /sys stays visible; a mock hides all of it otherwise.
KEPT_OF_SYS = ("class/dmi", "devices/system", "fs", "kernel", "module")
CHANGING = ("carrier", "carrier_changes", "duplex", "operstate", "speed")
WAITED_FOR = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Mock the devices, run the program to its end, and return its exit code."""
    stage, scratch, scenario = Path(arguments[0]), *arguments[1:3]
    program = arguments[6:]
    environment = dict(os.environ)
    os.environ["TMPDIR"] = scratch  # the mock's folder goes there
    # Blocked before the first thread starts, so that every signal waits for us below.
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
    testbed = UMockdev.Testbed.new()
    os.unsetenv("UMOCKDEV_DIR")  # we ourselves look at the machine as it is
    root = Path(testbed.get_root_dir())
    for device in filter(None, arguments[4].split(",")):
        testbed.add_from_file(device)
    socket = Socket(testbed, stage, Path(arguments[3]))
    if scenario != "absent":
        socket.plug_in(scenario)
    keep_own_sys(testbed)
    GLib.timeout_add(WISH_MILLISECONDS, socket.follow_wish)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    code = run(program, {**environment, "UMOCKDEV_DIR": str(root)})
    del socket, testbed  # removes its folder
    return code


class Socket:
    """The USB socket that the camera is plugged into, and out of."""

    def __init__(self, testbed: UMockdev.Testbed, stage: Path, device: Path) -> None:
        # This is a script: its neighbours are a package only by way of their folder's folder.
        sys.path[0] = str(Path(__file__).parents[1])
        self._emulation = importlib.import_module("mocked.camera").Camera
        self._testbed, self._stage, self._device = testbed, stage, device
        self._camera: Any = None
        self._names: list[str] = []
        lines = device.read_text().splitlines()
        self._paths = [f"/sys{line[3:]}" for line in lines if line.startswith("P: ")]
        self._wished = self._wish()

    def plug_in(self, scenario: str, *, tell: bool = False) -> None:
        """Add the camera, let it answer for its node, and tell those who listen to udev."""
        self._testbed.add_from_file(str(self._device))
        dev = Path(self._testbed.get_root_dir()) / "dev"
        node = dev / CAMERA
        self._camera = self._emulation(self._stage, scenario, node)
        ioctls = UMockdev.IoctlBase()
        ioctls.connect("handle-ioctl", self._camera.handle)
        # umockdev knows an open file by the name it was opened with, so each name is attached.
        links = [
            path
            for path in dev.rglob("*")
            if path.is_symlink() and path.resolve() == node.resolve()
        ]
        self._names = [f"/dev/{name.relative_to(dev)}" for name in (node, *links)]
        for name in self._names:
            self._testbed.attach_ioctl(name, ioctls)
        if tell:
            self._tell("add", self._paths)

    def unplug(self) -> None:
        """Take the camera away, its innermost part first, as the kernel does."""
        for name in self._names:
            self._testbed.detach_ioctl(name)
        parts = self._paths[::-1]
        self._tell("remove", parts)
        for path in parts:
            self._testbed.remove_device(path)
        for link in (Path(self._testbed.get_root_dir()) / "dev").rglob("*"):
            if link.is_symlink() and not link.exists():
                link.unlink()
        self._camera = None

    def _tell(self, action: str, paths: list[str]) -> None:
        os.putenv("UMOCKDEV_DIR", self._testbed.get_root_dir())
        for path in paths:
            self._testbed.uevent(path, action)
        os.unsetenv("UMOCKDEV_DIR")

    def follow_wish(self) -> bool:
        """Do what was wished since the last time; to be called again and again."""
        wished, self._wished = self._wished, self._wish()
        if self._wished == wished:
            return True
        scenario = self._wished[1]
        if scenario == "absent":
            if self._camera is not None:
                self.unplug()
        elif self._camera is None:
            self.plug_in(scenario, tell=True)
        else:
            self._camera.become(scenario)
        return True

    def _wish(self) -> tuple[int, str]:
        """When something was wished, and what."""
        wish = self._stage / "camera.wish"
        try:
            return wish.stat().st_mtime_ns, wish.read_text().strip()
        except FileNotFoundError:
            return 0, ""


def keep_own_sys(testbed: UMockdev.Testbed) -> None:
    """Leave the machine's own network interfaces, cgroups and processors visible."""
    mocked = Path(testbed.get_root_dir()) / "sys"
    for interface in Path("/sys/class/net").iterdir():
        hardware = interface.resolve()
        line = [place for place in (hardware, *hardware.parents) if (place / "uevent").exists()]
        for place in reversed(line):
            keep_device(testbed, mocked, place)
    for name in KEPT_OF_SYS:
        link = mocked / name
        if not link.exists() and (Path("/sys") / name).exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path("/sys") / name)


def keep_device(testbed: UMockdev.Testbed, mocked: Path, place: Path) -> None:
    """Mock a device of the machine as itself.

    What may change is a link, which the kernel follows out of the mock; udev reads no attribute
    through a link, so the others are copied.
    """
    copy = mocked / place.relative_to("/sys")
    if not (place / "subsystem").exists() or (copy / "uevent").exists():
        return
    lines = [
        f"P: /{place.relative_to('/sys')}",
        f"E: SUBSYSTEM={(place / 'subsystem').resolve().name}",
    ]
    lines += [f"E: {line}" for line in (place / "uevent").read_text().splitlines()]
    testbed.add_from_string("\n".join(lines) + "\n")
    for entry in place.iterdir():
        own = copy / entry.name
        if own.exists() or own.is_symlink():
            continue
        if entry.is_symlink():
            own.symlink_to(entry.readlink())
        elif entry.name in CHANGING or (entry.is_dir() and (place / "ifindex").exists()):
            own.symlink_to(entry)
        elif entry.is_file():
            with contextlib.suppress(OSError):  # some attributes can only be written
                own.write_bytes(entry.read_bytes())


def run(program: list[str], environment: dict[str, str]) -> int:
    """Run the program, pass on the signals that another process sends us, and reap it."""
    try:
        child = os.posix_spawnp(
            program[0],
            program,
            environment,
            setsigmask=(),
            setsigdef=[*WAITED_FOR, signal.SIGPIPE, signal.SIGXFSZ],
        )
    except OSError as error:
        print(f"{program[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127 if isinstance(error, FileNotFoundError) else 126
    while True:
        arrived = signal.sigwaitinfo(WAITED_FOR)
        if arrived.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
        elif arrived.si_code <= 0:  # sent by a process; what the terminal sends reaches both of us
            os.kill(child, arrived.si_signo)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
