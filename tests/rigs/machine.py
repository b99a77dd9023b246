"""A bare Debian or Ubuntu that really boots: made once, kept as an archive, unpacked for each use.

The machine has a network of its own whose only way out is a process of the user's (slirp4netns);
nothing on the host is configured, and the machine's SSH answers on the host's loopback alone.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from registries import trust_what_the_host_trusts, ubuntus_keyring

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "cc-run-tests")
NEEDED = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "slirp4netns": "slirp4netns",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "nsenter": "util-linux",
}
# What an installer's minimal choice leaves on the disk, and the SSH server that IT comes in by.
INCLUDED = (
    "adduser,ca-certificates,dbus,iproute2,libpam-systemd,openssh-server,passwd,python3,sudo,"
    "systemd-sysv,tzdata,udev"
)
COMPONENTS = {"bookworm": "main", "noble": "main,universe"}
KEPT_DAYS = 30  # later the archive is made anew, so that it does not fall behind the releases
BOOT_SECONDS = 120
CABLE = "enp0s1"


@dataclass(frozen=True)
class Machine:
    """A booted machine.

    Attributes:
        root: its file system, as the host sees it.
        leader: the host's number of its first process.
        port: where its SSH answers on 127.0.0.1.
        key: the private key that root there lets in.
    """

    root: Path
    leader: int
    port: int
    key: Path

    def run(
        self, *command: str, user: str = "root", check: bool = True, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """A program in the machine, as after a login; what it said comes with a failure."""
        home = "/root" if user == "root" else f"/home/{user}"
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        settings = [f"HOME={home}", f"USER={user}", f"PATH={path}", "LC_ALL=C.UTF-8"]
        become = [] if user == "root" else ["runuser", "-u", user, "--"]
        enter = ["nsenter", "--target", str(self.leader), "--all"]
        done = subprocess.run(
            [*enter, *become, "env", "-i", "--chdir=/", *settings, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            said = f"{done.stdout}{done.stderr}".strip()
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        return done

    def says(self, *command: str, user: str = "root") -> str:
        """What a program in the machine prints, without the last line's end."""
        return self.run(*command, user=user).stdout.strip()

    def wait_for(self, *command: str, says: str, seconds: float = 60) -> None:
        """Waits until a program in the machine prints a text."""
        self.wait_until(lambda: says in self.run(*command, check=False).stdout, seconds, says)

    def wait_until(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Waits until a condition holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
            time.sleep(0.2)


@contextmanager
def booted(release: str) -> Iterator[Machine]:
    """A bare machine of that release, running; it and all that it wrote are gone afterwards."""
    _need_programs()
    base = _base(release)
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        root, key = folder / "root", folder / "key"
        root.mkdir()
        subprocess.run(
            ["tar", "--numeric-owner", "--xattrs", "-xf", str(base), "-C", str(root)], check=True
        )
        _prepare(root, key)
        leader = stack.enter_context(_started(root, folder))
        port = stack.enter_context(_connected(leader, folder))
        machine = Machine(root, leader, port, key)
        ready = ["systemctl", "is-system-running"]
        machine.wait_until(
            lambda: machine.run(*ready, check=False).stdout.strip() in ("running", "degraded"),
            BOOT_SECONDS,
            "the machine has booted",
        )
        yield machine


def _need_programs() -> None:
    assert os.geteuid() == 0, "Only root can boot a machine: run these tests as root."
    missing = {package for name, package in NEEDED.items() if shutil.which(name) is None}
    assert not missing, f"Debian packages are missing: {' '.join(sorted(missing))}"


def _base(release: str) -> Path:
    """The archive of a bare system: from the cache, or made now."""
    base = CACHE / f"{release}.tar"
    if base.is_file() and time.time() - base.stat().st_mtime < KEPT_DAYS * 86_400:
        return base
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = CACHE / f"{release}.{os.getpid()}.tar"
    command = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={INCLUDED}"]
    command += [f"--components={COMPONENTS[release]}", release, str(unfinished)]
    try:
        with ubuntus_keyring(release) as words:
            made = subprocess.run(
                [*command[:1], *words, *command[1:]], capture_output=True, text=True, check=False
            )
        assert made.returncode == 0, f"{release} could not be made:\n{made.stderr[-2000:]}"
        unfinished.replace(base)
    finally:
        unfinished.unlink(missing_ok=True)
    return base


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder on a real disk; one whose run was killed goes at the next."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for left in CACHE.glob("machine-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=f"machine-{os.getpid()}-", dir=CACHE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _prepare(root: Path, key: Path) -> None:
    """What the machine needs to be reached, and to reach the registries as its host does."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(key)], check=True
    )
    login = root / "root/.ssh"
    login.mkdir(mode=0o700, exist_ok=True)
    (login / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    name = root / "etc/hostname"
    name.write_text("command-center\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost command-center\n")
    resolver = root / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    resolver.write_text("nameserver 10.0.2.3\n")
    # The machine lives for minutes: what it writes need not reach the disk at once.
    (root / "etc/dpkg/dpkg.cfg.d/hasty").write_text("force-unsafe-io\n")
    # A container sees its host's devices read-only, and udev would not start for that reason alone.
    udev = root / "etc/systemd/system/systemd-udevd.service.d/container.conf"
    udev.parent.mkdir(parents=True)
    udev.write_text("[Unit]\nConditionPathIsReadWrite=\n")
    trust_what_the_host_trusts(root)


@contextmanager
def _started(root: Path, folder: Path) -> Iterator[int]:
    """Boots it; yields its first process. If this process is killed, the machine shuts down."""
    name = f"cc-run-test-{os.getpid()}"
    command = ["systemd-nspawn", "--quiet", f"--machine={name}", f"--directory={root}", "--boot"]
    command += ["--private-network", "--resolv-conf=off", "--timezone=off", "--link-journal=no"]
    command += ["--console=read-only"]
    groups: list[Path] = []
    if not Path("/run/systemd/system").is_dir():
        # No systemd here that would give it a control group: it gets one of its own.
        command += ["--register=no", "--keep-unit"]
        groups = [hierarchy / name for hierarchy in _hierarchies()]
    for group in groups:
        group.mkdir()
    with (folder / "console").open("w") as console:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *_joining(groups), *command],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
    try:
        leader = _first_child(process, folder / "console")
        try:
            yield leader
        finally:
            os.kill(leader, signal.SIGKILL)  # and so all of the machine
    finally:
        process.terminate()
        process.wait()
        for group in groups:
            _remove(group)


def _hierarchies() -> list[Path]:
    top = Path("/sys/fs/cgroup")
    separate = [top / "systemd", top / "unified"]
    return [path for path in separate if path.is_dir()] or [top]


def _joining(groups: Sequence[Path]) -> list[str]:
    """The words before a command that is to run in these control groups."""
    join = "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups)
    return ["sh", "-c", f'{join}exec "$@"', "sh"]


def _remove(group: Path) -> None:
    """Removes an empty control group; its last processes may take a moment to end."""
    end = time.monotonic() + 30
    for path in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
        _remove(path)
    while True:
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def _first_child(process: subprocess.Popen[bytes], console: Path) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for child in children.read_text().split():
            init = Path("/proc", child, "exe")
            if init.exists() and init.resolve().name == "systemd":
                return int(child)
        time.sleep(0.1)
    raise AssertionError(f"The machine does not boot:\n{console.read_text()[-2000:]}")


@contextmanager
def _connected(leader: int, folder: Path) -> Iterator[int]:
    """Gives the machine its way out, and its SSH a free port on the host's loopback."""
    # A socket's path must be short, and a cache folder's need not be.
    control = Path(mkdtemp(prefix="cc-run-")) / "control"
    command = ["slirp4netns", "--configure", f"--api-socket={control}", str(leader), CABLE]
    with (folder / "network").open("w") as said:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + 30
        while not control.exists():
            assert time.monotonic() < end and process.poll() is None, Path(said.name).read_text()
            time.sleep(0.1)
        yield _forward(control, 22)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        shutil.rmtree(control.parent)


def _forward(control: Path, guest_port: int) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    arguments = {"proto": "tcp", "host_addr": "127.0.0.1", "host_port": port}
    request = {"execute": "add_hostfwd", "arguments": {**arguments, "guest_port": guest_port}}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(control))
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        answer = json.loads(connection.makefile().read())
    assert "return" in answer, answer
    return port
