"""How soon ``check --watch`` shows what is plugged in and out, from the act to the probe's line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from _room import environment, on_disk
from measuring import Row, arguments, publish

from cc_run.simulators.room import Camera, Conference, Room, simulated_room

GOAL_MS = 1000.0
WATCH = [sys.executable, "-m", "cc_run.cli", "check", "--watch", "--json"]
# A network of its own, with its own /sys, and a cable in it.
NETWORK = """
mount -t sysfs sysfs /sys
ip link add cable0 type veth peer name far0
ip link set cable0 up
ip link set far0 up
exec "$@"
"""

Lines = Iterator[dict[str, object]]
Act = tuple[str, Callable[[], object], Mapping[str, str]]


@contextmanager
def watching(
    command: Sequence[str], variables: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Lines]]:
    """A program that watches, and what it tells, as it comes."""
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, (json.loads(line) for line in process.stdout)
        finally:
            process.terminate()


def until(lines: Lines, wanted: Mapping[str, str]) -> None:
    """Reads to the line that holds all of this."""
    for line in lines:
        facts = line.get("probe", line)
        assert isinstance(facts, dict)
        if all(value in str(facts.get(name)) for name, value in wanted.items()):
            return
    raise AssertionError(f"it was never told: {wanted}")


def times(lines: Lines, acts: Sequence[Act], runs: int) -> dict[str, list[float]]:
    """Milliseconds from each act to what has to be told of it, in turns."""
    taken: dict[str, list[float]] = {name: [] for name, _act, _wanted in acts}
    for _run in range(runs):
        for name, act, wanted in acts:
            start = time.perf_counter()
            act()
            until(lines, wanted)
            taken[name].append((time.perf_counter() - start) * 1000)
            time.sleep(1.5)  # until the rest of what it concerns has been looked at
    return taken


def of_devices(room: Room, variables: Mapping[str, str], runs: int) -> dict[str, list[float]]:
    """Camera and conference phone."""
    command = room.under_devices([*WATCH, "camera", "sound"])
    with watching(command, {**variables, **room.environment}) as (_process, lines):
        until(lines, {"id": "sound.microphone"})
        gone, here = {"status": "fail"}, {"status": "pass"}
        camera, phone = {"id": "camera.present"}, {"id": "sound.present"}
        plug = room.camera_becomes
        acts: list[Act] = [
            ("camera unplugged", partial(plug, Camera.ABSENT), {**camera, **gone}),
            ("camera plugged in", partial(plug, Camera.LIVE), {**camera, **here}),
            ("phone unplugged", room.unplug_phone, {**phone, **gone}),
            ("phone plugged in", room.plug_in_phone, {**phone, **here}),
        ]
        return times(lines, acts, runs)


def of_a_cable(variables: Mapping[str, str], runs: int) -> dict[str, list[float]]:
    """A network cable, at its far end; it is the change that is told, not a probe."""
    command = ["unshare", "--net", "--mount", "sh", "-c", NETWORK, "sh", *WATCH, "network"]
    with watching(command, variables) as (process, lines):
        until(lines, {"id": "network.cable"})

        def cable(state: str) -> None:
            inside = ["nsenter", f"--target={process.pid}", "--net"]
            subprocess.run([*inside, "ip", "link", "set", "far0", state], check=True)

        acts: list[Act] = [
            ("cable unplugged", partial(cable, "down"), {"changed": "unplugged: cable0"}),
            ("cable plugged in", partial(cable, "up"), {"changed": "plugged in: cable0"}),
        ]
        return times(lines, acts, runs)


def main() -> None:
    options = arguments(__doc__ or "", runs=7).parse_args()
    with on_disk() as folder:
        variables = {**os.environ, **environment(folder / "state")}
        (folder / "state").mkdir()
        with simulated_room(Path(folder) / "room", conference=Conference.SILENT) as room:
            taken = of_devices(room, variables, options.runs)
        taken |= of_a_cable(variables, options.runs)
    rows = [Row(f"{name}, ms (median)", median(found), GOAL_MS) for name, found in taken.items()]
    rows += [Row(f"{name}, ms (slowest)", max(found), GOAL_MS) for name, found in taken.items()]
    publish("hotplug", rows, as_json=options.json)


if __name__ == "__main__":
    main()
