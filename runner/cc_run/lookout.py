"""Keeps proving a room: a topic's probes run again when something of it is plugged in or out.

What no cable tells (a lens cover, a panel's remote control, the disk) is seen in turns: soon where
something is wrong, because somebody is at it, and seldom where all is well.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.events import Event
from cc_run.probe import Context, Probe, Result, Status, run_probes
from cc_run.readiness import select
from cc_run.room.hotplug.change import Change, Tell
from cc_run.room.hotplug.devices import device_changes
from cc_run.room.hotplug.links import link_changes
from cc_run.room.hotplug.sounds import sound_changes
from cc_run.settings import Settings

TROUBLED_SECONDS: Final = 5.0
WELL_SECONDS: Final = 30.0
# A device comes in several parts: its probes wait until they are all there.
_SETTLE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Watcher:
    """Whom it is told.

    Attributes:
        changed: Something was plugged in or out.
        result: A probe has ended.
        seen: All probes of a topic have ended.
    """

    changed: Tell
    result: Callable[[Result], None]
    seen: Callable[[str], None]


async def keep_looking(
    settings: Settings,
    event: Event | None,
    evidence_dir: Path,
    watcher: Watcher,
    *,
    only: Collection[str] = (),
) -> None:
    """Looks at the room, all of it or what ``only`` names, until it is cancelled or SIGTERM comes.

    Args:
        settings: The room.
        event: The event that it is looked at for, if any.
        evidence_dir: Where probes keep what they see.
        watcher: Whom it is told.
        only: Ids or topics of probes.
    """
    topics: dict[str, list[Probe]] = {}
    for probe in select(only):
        topics.setdefault(probe.id.partition(".")[0], []).append(probe)
    woken = {topic: asyncio.Event() for topic in topics}

    def heard(change: Change) -> None:
        if change.topic in woken:
            if change.text:
                watcher.changed(change)
            woken[change.topic].set()

    def context() -> Context:
        return Context(settings, event, evidence_dir)

    everything = asyncio.gather(
        *(
            _look_again(topic, probes, context, woken[topic], watcher)
            for topic, probes in topics.items()
        )
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everything.cancel)
    sounds = sound_changes(settings.conference_audio, heard)
    with device_changes(heard), sounds, link_changes(heard), suppress(asyncio.CancelledError):
        await everything


async def _look_again(
    topic: str,
    probes: Sequence[Probe],
    context: Callable[[], Context],
    woken: asyncio.Event,
    watcher: Watcher,
) -> None:
    """Looks at one topic again and again; what happens meanwhile breaks off the look."""
    due = probes
    while True:
        woken.clear()
        looking = asyncio.ensure_future(run_probes(due, context(), on_result=watcher.result))
        waking = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait({looking, waking}, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                watcher.seen(topic)
                await asyncio.wait({waking}, timeout=_pause(looking.result()))
        finally:
            looking.cancel()
            waking.cancel()
            await asyncio.gather(looking, waking, return_exceptions=True)
        if woken.is_set():
            due = probes
            await asyncio.sleep(_SETTLE_SECONDS)
        else:
            due = [probe for probe in probes if not probe.lasting]


def _pause(results: Sequence[Result]) -> float:
    troubled = any(result.status in (Status.FAIL, Status.WARN) for result in results)
    return TROUBLED_SECONDS if troubled else WELL_SECONDS
