"""Step 3 against Zoom's emulator: how often it asks, eight at once, and an account that is full."""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import httpx
from _room import environment, on_day, on_disk, plan
from measuring import Peers, Row, arguments, interleaved, publish, ratio, seconds

from cc_run import sop
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.hosting.schedule import Hosted, current_meeting, ensure_meeting
from cc_run.settings import Settings
from cc_run.settings.inventory import load
from cc_run.settings.models import ZoomHost
from cc_run.workspace import Workspace, open_workspace

HOSTS = [f"vidcon{number}@dinkominfo.example.go.id" for number in range(5)]
FEW, MANY, ASKED = "few@example.go.id", "many@example.go.id", "asked@example.go.id"
PROCESSES = 8
TRIES = 50
BATCH = 500
GROWTH_GOAL = 1.2
# Each fifth request goes wrong, in turn in each of these ways.
FAULTS: list[dict[str, Any]] = [
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 429, "headers": {"X-RateLimit-Type": "QPS"}},
    {"kind": "truncate"},
    {"kind": "delay", "seconds": 0.3},
]
FORK = multiprocessing.get_context("fork")
# A process's peak as the system counts it; from outside it would count the parent's too.
PEAK = """\
import pathlib, re, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import hosting
room = hosting.Room(Path(sys.argv[2]), sys.argv[3])
workspace = room.workspace([sys.argv[4]])
hosting.make(workspace, workspace.events.get(sys.argv[5]))
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


class Room:
    """A folder with a database, and the emulator that it speaks to."""

    def __init__(self, folder: Path, zoom: str) -> None:
        with patch.dict(os.environ, environment(folder) | {"CC_REHEARSAL_ZOOM": zoom}, clear=True):
            self._settings = load()
        self.folder, self.zoom = folder, zoom
        self._days = itertools.count()

    def settings(self, hosts: Sequence[str]) -> Settings:
        pool = tuple(ZoomHost(email=email) for email in hosts)
        zoom = self._settings.zoom.model_copy(update={"hosts": pool})
        return self._settings.model_copy(update={"zoom": zoom})

    def workspace(self, hosts: Sequence[str]) -> Workspace:
        return open_workspace(self.settings(hosts), actor="Budi Santoso")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = httpx.request(method, f"{self.zoom}/_control{path}", json=body, timeout=120)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def event(self, workspace: Workspace) -> Event:
        """An event of an hour on a day of its own."""
        wished = plan(on_day(next(self._days), 2), 1)
        return workspace.events.add(wished, workspace.zone)


def make(workspace: Workspace, event: Event) -> Hosted:
    """Step 3 without its papers: the meeting stands, and is read back."""
    with workspace.journal.touching_up(event.id, sop.HOST, workspace.actor) as step:
        return ensure_meeting(workspace, event, step)


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "cc_run.cli", "simulate", "zoom", "--state", str(folder)]
    for host in (*HOSTS, FEW, MANY, ASKED):
        command += ["--host", host]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


# --- how often Zoom is asked


def requests_of(room: Room, act: Callable[[], object]) -> int:
    room.control("DELETE", "/requests")
    act()
    return len(room.control("GET", "/requests"))


def asking(room: Room) -> list[Row]:
    workspace = room.workspace([ASKED])
    make(workspace, room.event(workspace))  # the token is warm now
    plainly = requests_of(room, lambda: make(workspace, room.event(workspace)))
    create = {"method": "POST", "path": "/v2/users/*/meetings", "times": 1}

    room.control("PUT", "/faults", [{**create, "kind": "drop_after"}])
    lost = requests_of(room, lambda: make(workspace, room.event(workspace)))

    room.control("PUT", "/faults", [{**create, "kind": "drop_before"}])
    event = room.event(workspace)
    with suppress(CcRunError):
        make(workspace, event)
    room.control("DELETE", "/faults")
    after = requests_of(room, lambda: make(workspace, event))
    return [
        Row("requests of host create, warm token", plainly, 2),
        Row("the same where Zoom acted and its reply was lost", lost, 3),
        Row("the same after a run that was cut off before Zoom acted", after, 3),
    ]


# --- eight at once


def work(settings: Settings, events: Sequence[Event], troubles: Any) -> None:
    """One process: its events in order, each until it stands."""
    workspace = open_workspace(settings, actor="Budi Santoso")
    for event in events:
        for _attempt in range(TRIES):
            try:
                make(workspace, event)
            except CcRunError as error:
                troubles.put(type(error).__name__)
            else:
                break


def crowd(room: Room, count: int, faults: bool, name: str) -> list[Row]:
    """So many events by eight processes at five hosts, each of which is needed all the time."""
    before = {one["id"] for one in room.control("GET", "/state")["meetings"]}
    workspace = room.workspace(HOSTS)
    first = next(room._days) + (400 if faults else 200)
    events = [
        workspace.events.add(
            plan(on_day(first + slot, 2), slot).model_copy(update={"room": f"ruang-{at}"}),
            workspace.zone,
        )
        for slot in range(-(-count // len(HOSTS)))
        for at in range(len(HOSTS))
    ][:count]
    workspace.engine.dispose()
    rules = [
        {**fault, "path": "/v2/*", "every": 5 * len(FAULTS), "matched": 5 * at}
        for at, fault in enumerate(FAULTS)
    ]
    room.control("PUT", "/faults", rules if faults else [])
    room.control("DELETE", "/requests")
    troubles = FORK.Queue()
    shares = [events[at::PROCESSES] for at in range(PROCESSES)]
    processes = [
        FORK.Process(target=work, args=(room.settings(HOSTS), share, troubles)) for share in shares
    ]
    taken = seconds(lambda: run_all(processes))
    told = room.control("GET", "/requests")
    room.control("DELETE", "/faults")
    made = [one for one in room.control("GET", "/state")["meetings"] if one["id"] not in before]
    struck = sum(one["fault"] is not None for one in told)
    rows = [
        Row(f"{name}: meetings too many", max(0, len(made) - count), 0),
        Row(f"{name}: overlaps, the gap included", overlaps(workspace, made), 0),
        Row(f"{name}: events without their own meeting", lost(workspace, events, made), 0),
        Row(f"{name}: events a second", count / taken),
        Row(f"{name}: requests an event", len(told) / count),
    ]
    if faults:
        rows.append(Row(f"{name}: requests that went wrong, %", 100 * struck / len(told)))
    return rows


def run_all(processes: Sequence[Any]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0


def overlaps(workspace: Workspace, made: Sequence[dict[str, Any]]) -> int:
    gap = timedelta(minutes=workspace.settings.zoom.gap_minutes)
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in made:
        start = datetime.fromisoformat(one["start_time"])
        end = start + timedelta(minutes=one["duration"])
        spans.setdefault(one["host_email"], []).append((start, end))
    return sum(
        later[0] < earlier[1] + gap
        for host in spans.values()
        for earlier, later in itertools.pairwise(sorted(host))
    )


def lost(workspace: Workspace, events: Sequence[Event], made: Sequence[dict[str, Any]]) -> int:
    """Events whose journal names no meeting, or one that Zoom does not have just so."""
    there = {one["id"]: one for one in made}
    wrong = 0
    for event in events:
        record = current_meeting(workspace, event)
        found = there.get(record.meeting_id) if record and record.meeting_id else None
        wrong += not (
            record
            and found
            and found["host_email"] == record.host
            and found["agenda"].startswith(record.marker)
            and found["topic"] == event.title
            and datetime.fromisoformat(found["start_time"]) == event.starts_at
        )
    return wrong


# --- an account that is full


def filled(room: Room, host: str, count: int) -> None:
    """Meetings that somebody else has at that host, on other days than ours."""
    far = on_day(2000, 2)
    body = {"topic": "Rapat lain", "duration": 60, "agenda": "x" * 500}
    for first in range(0, count, BATCH):
        moments = (far + timedelta(hours=2 * at) for at in range(first, min(count, first + BATCH)))
        rows = [
            {"host": host, "body": {**body, "start_time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}}
            for moment in moments
        ]
        room.control("POST", "/meetings", rows)


def cpu_ms(act: Callable[[], object]) -> float:
    """The processor time of this process; the emulator's own does not count."""
    begin = time.process_time()
    act()
    return (time.process_time() - begin) * 1000


def peak_mib(room: Room, host: str, event: Event) -> float:
    command = [sys.executable, "-c", PEAK, str(Path(__file__).parent), str(room.folder), room.zoom]
    done = subprocess.run(
        [*command, host, event.id],
        env=environment(room.folder) | {"CC_REHEARSAL_ZOOM": room.zoom},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1]) / 1024


def bare(room: Room) -> Callable[[], float]:
    """Peer: the two requests alone, by a client that keeps no journal and survives nothing."""
    token = json.loads((room.folder / "zoom" / "zoom-token.json").read_text())["access_token"]
    web = httpx.Client(base_url=f"{room.zoom}/v2", headers={"Authorization": f"Bearer {token}"})
    body = {"topic": "Rapat", "type": 2, "start_time": "2040-11-24T02:00:00Z", "duration": 60}

    def ask() -> None:
        made = web.post(f"/users/{ASKED}/meetings", json=body).raise_for_status().json()
        web.get(f"/meetings/{made['id']}").raise_for_status()

    return lambda: seconds(ask) * 1000


def growing(room: Room, meetings: int, runs: int) -> tuple[list[Row], list[Peers]]:
    room.control("PUT", "/switches", {"daily_limit": None})
    filled(room, FEW, 10)
    filled(room, MANY, meetings)
    sides = {host: room.workspace([host]) for host in (FEW, MANY)}

    def act(host: str, measure: Callable[[Callable[[], object]], float]) -> float:
        event = room.event(sides[host])
        return measure(lambda: make(sides[host], event))

    wall = interleaved(
        runs,
        bare(room),
        partial(act, FEW, lambda step: seconds(step) * 1000),
        partial(act, MANY, lambda step: seconds(step) * 1000),
    )
    worked = interleaved(runs, partial(act, FEW, cpu_ms), partial(act, MANY, cpu_ms))
    asked = [
        requests_of(room, lambda host=host: make(sides[host], room.event(sides[host])))
        for host in (FEW, MANY)
    ]
    peaks = [peak_mib(room, host, room.event(sides[host])) for host in (FEW, MANY)]
    against = f"{meetings:,} meetings in the account / 10"
    rows = [
        Row(f"host create, processor time, {against}", ratio(worked[1], worked[0]), GROWTH_GOAL),
        Row(f"host create, time, {against}", ratio(wall[2], wall[1]), GROWTH_GOAL),
        Row(f"host create, peak memory, {against}", peaks[1] / peaks[0], GROWTH_GOAL),
        Row(f"host create, requests, {against}", asked[1] / asked[0], 1),
        Row("host create, ms in process (median)", median(wall[1])),
        Row(f"host create, peak memory at {meetings:,} meetings, MiB", peaks[1]),
    ]
    names = ("bare client: POST and GET", "10 meetings", f"{meetings:,} meetings")
    title = "host create: journal, host, request, read back"
    return rows, [Peers(title, "ms", dict(zip(names, wall, strict=True)))]


def measured(options: argparse.Namespace, folder: Path) -> tuple[list[Row], list[Peers]]:
    with emulator(folder / "zoom-account") as zoom:
        room = Room(folder / "room", zoom)
        rows = asking(room)
        rows += crowd(room, options.events, False, f"{options.events} events")
        rows += crowd(room, options.events, True, "each fifth request faulted")
        grown, peers = growing(room, options.meetings, options.runs)
        return rows + grown, peers


def main() -> None:
    parser = arguments(__doc__ or "", runs=15)
    parser.add_argument("--events", type=int, default=200, help="made by eight processes at once")
    parser.add_argument("--meetings", type=int, default=3000, help="in the account that is full")
    options = parser.parse_args()
    with on_disk() as folder:
        rows, peers = measured(options, folder)
    publish("hosting", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
