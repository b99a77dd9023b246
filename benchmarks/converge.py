"""The room before an event with nothing to change: our roles beside pyinfra and ordinary modules.

All look at the same room and the same facts, in turns: a desktop with two screens, sound, a wall
of four panels, NetworkManager with a cable, and the files of OBS and Zoom. There is no camera,
because the mock of one is a library in every process that slows the start of all of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from _peers import Facts, facts, install_pyinfra, modules_play, pyinfra_deploy
from _room import NOWHERE, on_disk
from measuring import Peers, Row, arguments, interleaved, process_ms, publish, ratio

from cc_run import content
from cc_run.simulators.room import simulated_room
from cc_run.simulators.room.processes import running, wait_until

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/rigs"))
from networkmanager import CABLE, Network, network
from xorg import LAPTOP, WALL, two_screens

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
PROFILE = "Command Center"
LEAST_FACTS = 60
Samples = dict[str, list[float]]
VARIABLES = {
    "tv_wall_outputs": [{"output": LAPTOP, "primary": True}, {"output": WALL, "mode": "1920x1080"}],
    "wired_network_profile": PROFILE,
    "wired_network_interface": CABLE,
    "wired_network_address": "192.0.2.10/24",
    "wired_network_gateway": "192.0.2.1",
    "wired_network_dns": ["192.0.2.1"],
    "camera_controls": {},
    "camera_optional_controls": {},
}


def world(options: Sequence[str]) -> int:
    """Builds the room, and runs this file again inside of it."""
    with ExitStack() as stack:
        folder = stack.enter_context(on_disk())
        short = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ccb-", dir="/tmp")))
        cable = stack.enter_context(network(short))
        room = stack.enter_context(simulated_room(folder / "room"))
        display = stack.enter_context(two_screens(folder / "screens"))
        wall = stack.enter_context(_wall(cable, folder))
        program = install_pyinfra(folder / "pyinfra")
        environment = {
            **os.environ,
            **room.environment,
            "DISPLAY": display,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(content.root() / "ansible.cfg"),
            "CC_REHEARSAL_DIR": str(folder / "state"),
            "CC_REHEARSAL_ZOOM": NOWHERE,
            "CC_REHEARSAL_MIPP": NOWHERE,
            "CC_REHEARSAL_WALL_PORT": wall,
            "CC_REHEARSAL_OBS_PORT": "9",
            "CC_REHEARSAL_PROGRAMME": str(folder / "programme.mkv"),
        }
        again = [sys.executable, __file__, "--inside", str(folder), "--pyinfra", str(program)]
        inside = [*cable.inside, *again, *options]
        return subprocess.run(inside, env=environment, check=False).returncode


@contextmanager
def _wall(cable: Network, folder: Path) -> Iterator[str]:
    """Four panels in the room's network; their port."""
    program = [*cable.inside, sys.executable, "-m", "cc_run.cli", "simulate", "wall"]
    log = folder / "wall.log"
    state = ["--state", str(folder / "wall")]
    with running([*program, *state], environment=dict(os.environ), log=log) as process:

        def port() -> str:
            return log.read_text().rpartition(":")[2].strip()

        yield wait_until(port, process, name="the wall", log=log)


def ansible(playbook: Path, variables: Mapping[str, object], *words: str) -> list[str | Path]:
    """A play of the rehearsal's room by the plain ansible-playbook."""
    inventory = content.inventory() / "rehearsal"
    return [ANSIBLE, playbook, "-i", inventory, "-e", json.dumps(variables), *words]


def said(command: Sequence[str | Path], pattern: str) -> None:
    """Makes sure that a command succeeds and finds nothing to change."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not re.search(pattern, done.stdout + done.stderr):
        sys.exit(f"{command[0]} did not find everything in place:\n{done.stdout}{done.stderr}")


def quiet(command: Sequence[str | Path]) -> list[str | Path]:
    """The same command without its standard error, which is where pyinfra tells all."""
    return ["sh", "-c", 'exec "$@" 2>/dev/null', "sh", *command]


def measured(folder: Path, pyinfra: Path, runs: int, *, wall: bool) -> tuple[Facts, Samples]:
    """The facts, and the milliseconds of each way to find them in place, in turns.

    Args:
        folder: A new one, for the peers' files.
        pyinfra: Its program.
        runs: Of each.
        wall: Whether the panels count; their tool takes most of the time of those that call it.
    """
    folder.mkdir()
    variables = VARIABLES if wall else VARIABLES | {"tv_wall_driver": "none"}
    port = os.environ["CC_REHEARSAL_WALL_PORT"]
    panels = [f"{number}@127.0.0.1:{port}" for number in range(1, 5)] if wall else []
    ours = ansible(content.playbooks() / "pre_session.yml", variables, "--skip-tags", "verify")
    said(ours, r"failed=0 .*rescued=0")
    said(ours, r"changed=0 .*failed=0 .*rescued=0")
    home = Path(os.environ["HOME"])
    known = facts(home, folder, profile=PROFILE, screens=(LAPTOP, WALL), panels=panels)
    deploy, play, empty = (folder / name for name in ("deploy.py", "modules.yml", "empty.yml"))
    deploy.write_text(pyinfra_deploy(known))
    play.write_text(modules_play(known))
    empty.write_text("- hosts: all\n  gather_facts: false\n")
    theirs: list[str | Path] = [pyinfra, "@local", "-y", deploy]
    said(theirs, r"Grand total +(\d+) +- +- +\1")
    commands = {"our roles": ours, "pyinfra @local": theirs, "an empty play": ansible(empty, {})}
    if wall:
        commands["ordinary modules"] = ansible(play, {})
        said(commands["ordinary modules"], r"changed=0 .*failed=0")
    acts = [partial(process_ms, quiet(command)) for command in commands.values()]
    return known, dict(zip(commands, interleaved(runs, *acts), strict=True))


def main() -> None:
    parser = arguments(__doc__ or "", runs=5)
    parser.add_argument("--inside", type=Path, help="(the benchmark's own: its room's folder)")
    parser.add_argument("--pyinfra", type=Path, help="(the benchmark's own: pyinfra's program)")
    options = parser.parse_args()
    if options.inside is None:
        sys.exit(world(sys.argv[1:]))
    inside: Path = options.inside
    known, whole = measured(inside / "whole", options.pyinfra, options.runs, wall=True)
    fewer, bare = measured(inside / "bare", options.pyinfra, options.runs, wall=False)
    ours = whole["our roles"]
    name = "pre_session, nothing to change"
    rows = [
        Row("facts of the converged room", known.count, LEAST_FACTS, at_least=True),
        Row(f"{name} / pyinfra", ratio(ours, whole["pyinfra @local"]), 0.6),
        Row(f"{name} / ordinary modules", ratio(ours, whole["ordinary modules"]), 0.05),
        Row(f"{name} / an empty play", ratio(ours, whole["an empty play"])),
        Row("facts without the wall", fewer.count),
        Row(
            "the same without the wall / pyinfra", ratio(bare["our roles"], bare["pyinfra @local"])
        ),
    ]
    peers = [
        Peers(f"{known.count} facts, nothing to change", "ms", whole),
        Peers(f"{fewer.count} facts, without the wall", "ms", bare),
    ]
    publish("converge", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
