"""The real NetworkManager on a bus and in a network of its own, with one cable to plug."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cc_run.simulators.room.processes import running, wait_until

CABLE, SOCKET = "eno1", "wall0"
_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/>
    <allow send_destination="*"/> <allow receive_sender="*"/>
  </policy>
</busconfig>
"""
_MANAGER = f"""\
[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
auth-polkit=false
[keyfile]
unmanaged-devices=interface-name:{SOCKET}
"""
# Read-only /sys tells NetworkManager that no udev runs here, as in a container.
_START = """\
set -e
folder=$1
export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$folder/bus"
mount --make-rprivate /
mkdir -p /run/NetworkManager /etc/NetworkManager /var/lib/NetworkManager
mount -t tmpfs none /run/NetworkManager
mount -t tmpfs none /var/lib/NetworkManager
mount --bind "$folder/etc" /etc/NetworkManager
mount -t sysfs -o ro none /sys
ip link set lo up
ip link add eno1 type veth peer name wall0
ip address add 192.0.2.1/24 dev wall0
ip link set wall0 up
dbus-daemon --config-file="$folder/bus.conf" --nofork &
echo $$ >"$folder/pid"
until [ -S "$folder/bus" ]; do sleep 0.05; done
exec NetworkManager --debug --config "$folder/etc/NetworkManager.conf" \
  --config-dir "$folder/none" --intern-config "$folder/none" --pid-file "$folder/manager.pid"
"""


@dataclass(frozen=True)
class Network:
    """A laptop's network; programs run in it with ``inside`` before them."""

    folder: Path

    @property
    def inside(self) -> list[str]:
        """The words that run a command in this network."""
        pid = (self.folder / "pid").read_text().strip()
        bus = f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={self.folder}/bus"
        return ["nsenter", "--target", pid, "--net", "--mount", "env", bus]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in this network, finished, whatever its exit code."""
        return subprocess.run(
            [*self.inside, *command], capture_output=True, text=True, check=False, timeout=60
        )

    def told(self, *command: str) -> str:
        """What a command in this network printed; it has to succeed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def plug(self) -> None:
        """The cable is in, and NetworkManager has seen it."""
        self.told("ip", "link", "set", SOCKET, "up")
        self._wait_for(lambda state: not state.startswith(("unavailable", "unmanaged")))

    def unplug(self) -> None:
        """The cable is out, and NetworkManager has seen it."""
        self.told("ip", "link", "set", SOCKET, "down")
        self._wait_for(lambda state: state.startswith("unavailable"))

    def _wait_for(self, right) -> None:
        question = ["nmcli", "-g", "GENERAL.STATE", "device", "show", CABLE]
        deadline = 30
        while not right(self.told(*question).partition("(")[2]):
            deadline -= 0.1
            assert deadline > 0, self.told(*question)
            subprocess.run(["sleep", "0.1"], check=True)


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """Starts it in ``folder``, which has to be short: a socket lies there."""
    for name in ("etc", "none"):
        (folder / name).mkdir(parents=True)
    (folder / "bus.conf").write_text(_BUS.format(folder=folder))
    (folder / "etc/NetworkManager.conf").write_text(_MANAGER)
    (folder / "start").write_text(_START)
    log = folder / "log"
    start = ["unshare", "--net", "--mount", "sh", str(folder / "start"), str(folder)]
    with running(start, environment=dict(os.environ), log=log) as process:
        made = Network(folder)

        def runs() -> bool:
            ready = (folder / "pid").exists() and (folder / "bus").exists()
            return ready and "running" in made.run("nmcli", "-t", "-f", "RUNNING", "general").stdout

        wait_until(runs, process, name="NetworkManager (network-manager)", log=log, seconds=60)
        yield made
