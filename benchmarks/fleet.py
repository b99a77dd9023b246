"""Two hundred rooms in one inventory, a folder each on this machine, beside pyinfra doing the same.

Each room has a folder, a file of its own and three options of an ini file. Memory is the greatest
sum, over all processes of a run, of what each has in memory with shared pages counted in parts (PSS
in /proc/PID/smaps_rollup, looked at every tenth of a second in a run that is not timed).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from _peers import install_pyinfra
from _room import on_disk
from measuring import Peers, Row, arguments, publish, ratio, seconds

from cc_run import content

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
GOAL, MIB_GOAL = 0.4, 150.0
OURS, PEER = "the task state", "pyinfra"
OPTIONS = {"FirstRun": "true", "Profile": "Command Center", "Scene": "Rekaman"}
PLAY = [
    {
        "name": "The rooms have their files",
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "tasks": [
            {
                "name": "The room has its folder, its name and its options",
                "state": {
                    "items": [
                        {"directory": "{{ folder }}", "mode": "0755"},
                        {"file": "{{ folder }}/name", "content": "{{ inventory_hostname }}\n"},
                        {"ini": "{{ folder }}/room.ini", "options": {"General": OPTIONS}},
                    ]
                },
            }
        ],
    }
]
# pyinfra knows this machine once only; here it may stand for many.
MANY = """\
from pyinfra.connectors.local import LocalConnector

def one_of_many(name=None):
    yield f"@local/{name}", {}, ["@local"]

LocalConnector.make_names_data = staticmethod(one_of_many)
from pyinfra_cli.main import main

main()
"""
DEPLOY = f"""\
from io import StringIO
from pyinfra import host
from pyinfra.operations import files

folder = host.data.folder
files.directory(path=folder, mode="755")
files.put(src=StringIO(host.data.room + "\\n"), dest=f"{{folder}}/name")
options = "".join(f"{{name}}={{value}}\\n" for name, value in {OPTIONS!r}.items())
files.put(src=StringIO("[General]\\n" + options), dest=f"{{folder}}/room.ini")
"""


def ours(folder: Path, rooms: Sequence[str]) -> list[str | Path]:
    """Writes inventory and play; the command."""
    hosts = {name: {"folder": str(folder / OURS / name)} for name in rooms}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "play.yml").write_text(json.dumps(PLAY))
    return [ANSIBLE, "-i", folder / "hosts.yml", folder / "play.yml"]


def theirs(folder: Path, rooms: Sequence[str]) -> list[str | Path]:
    """Installs pyinfra and writes inventory and deploy; the command."""
    python = install_pyinfra(folder / "peer").with_name("python")
    data = {name: {"folder": str(folder / PEER / name), "room": name} for name in rooms}
    hosts = [(f"@local/{name}", facts) for name, facts in data.items()]
    (folder / "hosts.py").write_text(f"rooms = {hosts!r}\n")
    (folder / "deploy.py").write_text(DEPLOY)
    (folder / "many.py").write_text(MANY)
    return [python, folder / "many.py", "-y", folder / "hosts.py", folder / "deploy.py"]


def play(command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
    """A whole run; it has to succeed."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def in_turns(
    runs: int, folder: Path, acts: Mapping[str, Callable[[], None]]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of the first run into nothing and of the one after it, of each in turns."""
    first: dict[str, list[float]] = {name: [] for name in acts}
    again: dict[str, list[float]] = {name: [] for name in acts}
    for _run in range(runs):
        for name, act in acts.items():
            shutil.rmtree(folder / name, ignore_errors=True)
            first[name].append(seconds(act))
            again[name].append(seconds(act))
    return first, again


def peak_mib(command: Sequence[str | Path], environment: Mapping[str, str]) -> float:
    """The most memory that a run and all its children hold at one time, in MiB."""
    peak = 0
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            peak = max(peak, sum(_pss_kib(pid) for pid in _tree(process.pid)))
            time.sleep(0.1)
    return peak / 1024


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has just ended
        return
    for child in children:
        yield from _tree(int(child))


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    parser = arguments(__doc__ or "", runs=5)
    parser.add_argument("--rooms", type=int, default=200, help="in the inventory (here 200)")
    options = parser.parse_args()
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    environment["ANSIBLE_CONFIG"] = str(content.root() / "ansible.cfg")
    rooms = [f"room-{number:03}" for number in range(1, options.rooms + 1)]
    with on_disk() as folder:
        commands = {OURS: ours(folder, rooms), PEER: theirs(folder, rooms)}
        acts = {name: partial(play, each, environment) for name, each in commands.items()}
        first, again = in_turns(options.runs, folder, acts)
        memory = {name: peak_mib(each, environment) for name, each in commands.items()}
    rows = [
        Row("nothing to change / pyinfra", ratio(again[OURS], again[PEER]), GOAL),
        Row("the first run / pyinfra", ratio(first[OURS], first[PEER]), GOAL),
        Row("peak memory, MiB", memory[OURS], MIB_GOAL),
        Row("pyinfra's, MiB", memory[PEER]),
        Row("rooms", len(rooms)),
        *(Row(f"{name}, nothing to change, s", median(times)) for name, times in again.items()),
    ]
    title = f"{len(rooms)} rooms, "
    peers = [
        Peers(title + "nothing to change", "s", again),
        Peers(title + "from nothing", "s", first),
    ]
    publish("fleet", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
