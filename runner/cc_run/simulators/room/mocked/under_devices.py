"""Run a program with mocked USB devices.

    under_devices.py STAGE SCRATCH CAMERA DEVICE_FILES -- PROGRAM …

Run by Debian's own /usr/bin/python3, the one interpreter that has the umockdev bindings; so it uses
the standard library and gi alone. STAGE is a folder with the camera's pictures (raw YUYV, named by
their size, `1280x720.yuyv`) and its controls; SCRATCH is one for the mock; CAMERA is what the
camera does; DEVICE_FILES are those of the devices that are plugged in, parted by commas.

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

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

CAMERA = "video0"
PRELOAD = "libumockdev-preload.so.0"
# What of the machine's own /sys stays visible; a mock hides all of it otherwise.
KEPT_OF_SYS = ("class/dmi", "devices/system", "fs", "kernel", "module")
CHANGING = ("carrier", "carrier_changes", "duplex", "operstate", "speed")
WAITED_FOR = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Mock the devices, run the program to its end, and return its exit code."""
    stage, scratch, camera, devices = Path(arguments[0]), *arguments[1:4]
    program = arguments[5:]
    environment = dict(os.environ)
    os.environ["TMPDIR"] = scratch  # the mock's folder goes there
    # Blocked before the first thread starts, so that every signal waits for us below.
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
    testbed = UMockdev.Testbed.new()
    root = Path(testbed.get_root_dir())
    for device in filter(None, devices.split(",")):
        testbed.add_from_file(device)
    keep_own_sys(testbed)
    if (root / "dev" / CAMERA).exists():
        attach_camera(testbed, stage, camera)
    preloads = [PRELOAD, *filter(None, [environment.get("LD_PRELOAD")])]
    mock = {"UMOCKDEV_DIR": str(root), "LD_PRELOAD": ":".join(preloads)}
    code = run(program, {**environment, **mock})
    del testbed  # removes its folder
    return code


def attach_camera(testbed: UMockdev.Testbed, stage: Path, camera: str) -> None:
    """Let the camera answer for its node, in a thread of its own."""
    # This is a script: its neighbours are a package only by way of their folder's folder.
    sys.path[0] = str(Path(__file__).parents[1])
    emulation = importlib.import_module("mocked.camera").Camera
    node = Path(testbed.get_root_dir()) / "dev" / CAMERA
    device = emulation(stage, camera, node)
    ioctls = UMockdev.IoctlBase()
    ioctls.connect("handle-ioctl", device.handle)
    # umockdev knows an open file by the name it was opened with, so each name is attached.
    dev = node.parent
    links = [
        path for path in dev.rglob("*") if path.is_symlink() and path.resolve() == node.resolve()
    ]
    for name in (node, *links):
        testbed.attach_ioctl(f"/dev/{name.relative_to(dev)}", ioctls)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()


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
