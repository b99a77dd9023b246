"""When a topic is looked at again: when something of it changes, and in turns."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from cc_run import lookout
from cc_run.probe import Context, Finding, Probe, Result, failed, passed
from cc_run.room.hotplug.change import Change, Tell
from cc_run.settings import Settings


class Room:
    """Probes that are counted, and a hand that plugs things."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs = {"camera": 0, "sound": 0}
        self.seen: list[str] = []
        self.told: list[str] = []
        self.results: list[Result] = []
        self.finding = passed("well")
        self.hangs = False
        self.broken_off = 0
        self.tell: Tell = lambda change: None
        probes = [Probe(f"{topic}.one", topic, self._probe(topic)) for topic in self.runs]
        monkeypatch.setattr(lookout, "select", lambda only: probes)
        monkeypatch.setattr(lookout, "device_changes", self._hand)
        monkeypatch.setattr(lookout, "sound_changes", lambda wish, tell: contextlib.nullcontext())
        monkeypatch.setattr(lookout, "link_changes", lambda tell: contextlib.nullcontext())

    def _probe(self, topic: str) -> Callable[[Context], object]:
        async def look(context: Context) -> Finding:
            self.runs[topic] += 1
            if self.hangs and topic == "camera":
                try:
                    await asyncio.Event().wait()
                finally:
                    self.broken_off += 1
            return self.finding if topic == "camera" else passed("well")

        return look

    @contextlib.contextmanager
    def _hand(self, tell: Tell):
        self.tell = tell
        yield

    async def watched(self, settings: Settings, folder: Path, act) -> None:
        watcher = lookout.Watcher(
            lambda change: self.told.append(change.text), self.results.append, self.seen.append
        )
        looking = asyncio.ensure_future(lookout.keep_looking(settings, None, folder, watcher))
        await self.until(lambda: "sound" in self.seen and (self.hangs or "camera" in self.seen))
        await act()
        looking.cancel()
        await looking

    async def until(self, condition: Callable[[], bool]) -> None:
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def test_only_what_a_change_concerns_is_looked_at_again(
    room: Room, settings: Settings, tmp_path: Path
) -> None:
    async def plug() -> None:
        room.tell(Change("camera", "Camera unplugged"))
        await room.until(lambda: room.seen.count("camera") == 2)
        room.tell(Change("camera"))
        await room.until(lambda: room.seen.count("camera") == 3)
        room.tell(Change("wall", "Screen plugged in"))  # nobody asked for the wall

    asyncio.run(room.watched(settings, tmp_path, plug))
    assert room.runs == {"camera": 3, "sound": 1}
    assert room.told == ["Camera unplugged"]


def test_a_look_that_hangs_is_broken_off_by_a_change(
    room: Room, settings: Settings, tmp_path: Path
) -> None:
    room.hangs = True

    async def plug() -> None:
        await room.until(lambda: room.runs["camera"] == 1)
        room.hangs = False
        room.tell(Change("camera", "Camera unplugged"))
        await room.until(lambda: "camera" in room.seen)

    asyncio.run(room.watched(settings, tmp_path, plug))
    assert (room.runs["camera"], room.broken_off) == (2, 1)


def test_what_is_wrong_is_looked_at_again_soon_and_what_is_well_seldom(
    room: Room, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "TROUBLED_SECONDS", 0.01)
    room.finding = failed("black", "a picture", "Open the lens cover.")

    async def wait() -> None:
        await room.until(lambda: room.runs["camera"] >= 3)
        room.finding = passed("live")
        await room.until(lambda: room.results[-1].found == "live")

    asyncio.run(room.watched(settings, tmp_path, wait))
    assert room.runs["sound"] == 1


def test_what_loads_the_line_or_the_disk_is_not_repeated_in_turns(
    room: Room, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "TROUBLED_SECONDS", 0.01)
    room.finding = failed("black", "a picture", "Open the lens cover.")
    loads = 0

    async def load(context: Context) -> Finding:
        nonlocal loads
        loads += 1
        return passed("measured")

    probes = [*lookout.select(()), Probe("camera.load", "load", load, lasting=True)]
    monkeypatch.setattr(lookout, "select", lambda only: probes)

    async def wait() -> None:
        await room.until(lambda: room.runs["camera"] >= 3)
        assert loads == 1
        room.tell(Change("camera", "Camera plugged in"))
        await room.until(lambda: loads == 2)

    asyncio.run(room.watched(settings, tmp_path, wait))


def test_nothing_is_left_when_it_ends(room: Room, settings: Settings, tmp_path: Path) -> None:
    room.hangs = True

    async def nothing() -> None:
        await room.until(lambda: room.runs["camera"] == 1)

    asyncio.run(room.watched(settings, tmp_path, nothing))
    assert room.broken_off == 1
