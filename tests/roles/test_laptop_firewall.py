"""The firewall that the role laptop writes, in a network with a neighbour who knocks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).parents[2] / "roles/laptop"
# The neighbour lives behind the other end of a cable, in a network of its own.
KNOCKS = """\
set -e
ip link set lo up
unshare --net sleep 600 &
neighbour=$!
trap 'kill $neighbour' EXIT
here=$(readlink /proc/self/ns/net)
until [ "$(readlink /proc/$neighbour/ns/net)" != "$here" ]; do sleep 0.05; done
ip link add eno1 type veth peer name out0
ip link set out0 netns $neighbour
ip address add 192.0.2.10/24 dev eno1
ip link set eno1 up
far() { nsenter --target $neighbour --net "$@"; }
far ip address add 192.0.2.1/24 dev out0
far ip link set out0 up
python3 - "$1" "$neighbour" <<'PYTHON'
import socket, subprocess, sys
servers = [socket.create_server(("0.0.0.0", port)) for port in (4455, 4456)]
def knock(prefix, host, port):
    program = f"import socket; socket.create_connection(({host!r}, {port}), 1)"
    done = subprocess.run([*prefix, "python3", "-c", program], capture_output=True)
    return "open" if done.returncode == 0 else "closed"
far = ["nsenter", "--target", sys.argv[2], "--net"]
def told():
    return [knock(far, "192.0.2.10", 4455), knock(far, "192.0.2.10", 4456),
            knock([], "127.0.0.1", 4455), knock([], "192.0.2.10", 4455)]
print("before", *told())
for turn in ("first", "again"):
    subprocess.run(["nft", "-f", sys.argv[1]], check=True)
print("after", *told())
print(subprocess.check_output(["nft", "list", "table", "inet", "cc_run"], text=True).count("dport"))
PYTHON
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    templar = Templar(loader=DataLoader(), variables={"laptop_closed_ports": [4455]})
    text = (ROLE / "templates/firewall.nft.j2").read_text()
    path = tmp_path / "firewall.nft"
    path.write_text(templar.template(trust_as_template(text)))
    return path


def test_obs_is_reached_from_the_laptop_and_from_nowhere_else(rules: Path) -> None:
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", KNOCKS, "knocks", str(rules)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "before open open open open",
        "after closed open open open",
        "1",
    ]
