"""What faults cost a recording on the real OBS, how soon it is told, and what watching costs."""

from __future__ import annotations

import contextlib
import os
import pty
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pulsectl
from _room import on_disk
from measuring import Peers, Row, arguments, publish

from cc_run.recording.control import recording_status
from cc_run.simulators.room.sound import POLYCOM_SOURCE
from cc_run.times import now

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/integration/recording"))

from desk import Desk, desk_in

PARTS = ("faults", "alarms", "clean")
LOSS_GOALS = {"obs": 3.0, "muxer": 5.0, "both": 5.0, "supervisor": 0.0}
ALARM_GOALS = {"silence": 5.0, "black": 5.0, "frozen": 5.0, "not growing": 3.0}
FRAME = 1 / 30


def main() -> None:
    parser = arguments(__doc__ or "", runs=10)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; repeat it")
    parser.add_argument("--minutes", type=float, default=10, help="of the clean recording")
    options = parser.parse_args()
    parts = options.part or PARTS
    rows: list[Row] = []
    peers: list[Peers] = []
    with on_disk() as folder, desk_in(folder) as desk:
        desk.show("run")
        if "clean" in parts:
            rows += clean(desk, options.minutes)
        if "alarms" in parts:
            times = {name: alarm_times(desk, name, options.runs) for name in ALARM_GOALS}
            peers.append(Peers("From the fault to the first alarm", "s", times))
            rows += [
                Row(f"first alarm, {name}, s (median)", median(found), ALARM_GOALS[name])
                for name, found in times.items()
            ]
        if "faults" in parts:
            chance = random.Random("recording")
            losses, unequal = {}, 0
            for what in LOSS_GOALS:
                losses[what], differs = faults(desk, what, options.runs, chance)
                unequal += differs
            peers.append(Peers("Lost by one fault, counted by the time code", "s", losses))
            rows += [
                Row(f"loss, {what} killed, s (median)", median(found), LOSS_GOALS[what])
                for what, found in losses.items()
            ]
            rows.append(Row("joined file against its parts, frames that differ", unequal, 0))
    publish("recording", rows, peers, as_json=options.json)


def faults(desk: Desk, what: str, runs: int, chance: random.Random) -> tuple[list[float], int]:
    """What each kill in one recording loses, and by how many frames the joined file differs."""
    event = desk.event()
    process = desk.begin("--event", event.id, "--for", "7200", "--json")
    part = 1
    for _run in range(runs):
        begun = recording_seconds(desk) if what == "supervisor" else 0.0
        desk.recording(event, seconds=begun + chance.uniform(3.0, 6.0), part=part)
        if what == "supervisor":
            process.kill()
            process.communicate()
            proven = len(desk.entries(event, "recording.proven"))
            process = desk.begin("--event", event.id, "--for", "7200", "--json")
            desk.wait(lambda proven=proven: len(desk.entries(event, "recording.proven")) > proven)
            continue
        victims = {"obs": [desk.obs_pid()], "muxer": [desk.muxer_pid()]}
        victims["both"] = victims["muxer"] + victims["obs"]
        for pid in victims[what]:
            os.kill(pid, signal.SIGKILL)
        part += 1
    desk.recording(event, seconds=3.0, part=part)
    output = desk.finished(process)
    codes = desk.codes(output["file"])
    print(
        f"{what}: {codes.gaps} told {[gap['seconds'] for gap in output['gaps']]}", file=sys.stderr
    )
    unequal = abs(output["frames"] - parts_frames(desk, event)) + abs(
        len(codes.frames) - output["frames"]
    )
    if what == "supervisor":
        # All kills together; a frame more or less is the code's own precision.
        lost = codes.lost if codes.lost > 2 * FRAME else 0.0
        return [lost / runs] * runs, unequal
    return codes.gaps, unequal


def parts_frames(desk: Desk, event: Any) -> int:
    from cc_run.recording.media import content_of

    return sum(content_of(part).frames for part in desk.parts(event))


def recording_seconds(desk: Desk) -> float:
    with contextlib.suppress(Exception):
        return recording_status(desk.workspace).seconds
    return 0.0


def alarm_times(desk: Desk, name: str, runs: int) -> list[float]:
    """The seconds from each fault to its alarm, in one recording."""
    keys = {
        "silence": {"microphone.Mikrofon"},
        "black": {"picture.black"},
        "frozen": {"picture.frozen"},
        # A muxer that is stopped is seen as such even before the file is seen to stand still.
        "not growing": {"file.still", "obs.frozen"},
    }[name]
    event = desk.event()
    process = desk.begin("--event", event.id, "--for", "7200", "--json")
    desk.proven(event)
    found = []
    for run in range(runs):
        desk.wait(lambda: recording_status(desk.workspace).seconds > 5)
        time.sleep(random.Random(run).uniform(0, 1))
        before = len(of_keys(desk, event, "recording.alarm", keys))
        with disturbed(desk, name):
            began = now()
            desk.wait(
                lambda before=before: len(of_keys(desk, event, "recording.alarm", keys)) > before
            )
        raised = of_keys(desk, event, "recording.alarm", keys)[before]
        found.append((raised.at - began).total_seconds())
        print(f"{name}: {found[-1]:.1f} s", file=sys.stderr)
        desk.wait(lambda: all_over(desk, event, keys))
    desk.finished(process)
    return found


def of_keys(desk: Desk, event: Any, kind: str, keys: set[str]) -> list[Any]:
    return [entry for entry in desk.entries(event, kind) if entry.data["key"] in keys]


def all_over(desk: Desk, event: Any, keys: set[str]) -> bool:
    raised = of_keys(desk, event, "recording.alarm", keys)
    return len(raised) == len(of_keys(desk, event, "recording.alarm_cleared", keys))


@contextmanager
def disturbed(desk: Desk, name: str) -> Iterator[None]:
    if name == "silence":
        with pulsectl.Pulse("bench", server=desk.environment["PULSE_SERVER"]) as pulse:
            source = pulse.get_source_by_name(POLYCOM_SOURCE)
            pulse.mute(source, True)
            try:
                yield
            finally:
                pulse.mute(source, False)
    elif name == "not growing":
        os.kill(desk.muxer_pid(), signal.SIGSTOP)  # it is replaced, so nobody wakes it
        yield
    else:
        desk.show("black" if name == "black" else "freeze")
        try:
            yield
        finally:
            desk.show("run")


def clean(desk: Desk, minutes: float) -> list[Row]:
    """A recording that nothing happens to, with its live view on a terminal."""
    event, seconds = desk.event(), minutes * 60
    with terminal() as end:
        command = [sys.executable, "-m", "cc_run.cli", "record", "--event", event.id]
        process = subprocess.Popen(
            [*command, "--for", str(round(seconds))],
            env={**desk.environment, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
            stdin=end,
            stdout=end,
            stderr=end,
        )
        desk.proven(event)
        before, began = cpu_seconds(process.pid), time.monotonic()
        time.sleep(max(seconds - 15, 5))
        cost = (cpu_seconds(process.pid) - before) / (time.monotonic() - began)
        memory = peak_mib(process.pid)
        process.wait(timeout=180)
    output = desk.workspace.journal.output(event.id, 5)
    codes = desk.codes(output["file"])
    for entry in desk.entries(event, "recording.alarm"):
        print(entry.at.time(), entry.data, file=sys.stderr)
    return [
        Row(f"false alarms in {minutes:g} clean minutes", len(desk.alarms(event)), 0),
        Row("lost in them, s", max(codes.lost, 0.0) if codes.lost > 2 * FRAME else 0.0),
        Row("supervisor, % of one core", 100 * cost, 2.0),
        Row("supervisor, MiB at its peak", memory, 80.0),
    ]


@contextmanager
def terminal() -> Iterator[int]:
    """A terminal whose output is read and forgotten."""
    ours, theirs = pty.openpty()

    def drain() -> None:
        with contextlib.suppress(OSError):
            while os.read(ours, 1 << 16):
                pass

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reader.join(5)
        os.close(ours)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
