"""All topics' probes at once, and the verdict over a room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cc_run.archive.probes import PROBES as ARCHIVE_PROBES
from cc_run.assignment import PROBES as ASSIGNMENT_PROBES
from cc_run.events import Event
from cc_run.hosting.probes import PROBES as ZOOM_PROBES
from cc_run.hosting.sharing import PROBES as SHARING_PROBES
from cc_run.language import N_, _, joined
from cc_run.probe import Context, Probe, Result, Status, run_probes
from cc_run.recording.probes import PROBES as OBS_PROBES
from cc_run.room.camera.probes import PROBES as CAMERA_PROBES
from cc_run.room.laptop import PROBES as LAPTOP_PROBES
from cc_run.room.network import PROBES as NETWORK_PROBES
from cc_run.room.sound.probes import ON_REQUEST as SOUND_ON_REQUEST
from cc_run.room.sound.probes import PROBES as SOUND_PROBES
from cc_run.room.wall.outputs import PROBES as WALL_OUTPUTS_PROBES
from cc_run.room.wall.probes import PROBES as WALL_PROBES
from cc_run.settings import Settings

PROBES: tuple[Probe, ...] = (
    *CAMERA_PROBES,
    *SOUND_PROBES,
    *WALL_PROBES,
    *WALL_OUTPUTS_PROBES,
    *NETWORK_PROBES,
    *LAPTOP_PROBES,
    *OBS_PROBES,
    *ZOOM_PROBES,
    *ASSIGNMENT_PROBES,
    *SHARING_PROBES,
    *ARCHIVE_PROBES,
)

# Those that people notice, or that take long.
ON_REQUEST: tuple[Probe, ...] = SOUND_ON_REQUEST

# What people call what a probe's id begins with.
TOPICS: Final = {
    "camera": N_("Camera"),
    "sound": N_("Conference phone"),
    "wall": N_("TV wall"),
    "network": N_("Wired network"),
    "laptop": N_("Laptop"),
    "obs": N_("OBS"),
    "zoom": N_("Zoom"),
    "event": N_("Event"),
    "archive": N_("Archive"),
}


@dataclass(frozen=True)
class Readiness:
    """What was found of a room for an event."""

    results: tuple[Result, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing that is required failed."""
        return not self.of(Status.FAIL)

    @property
    def verdict(self) -> Literal["ready", "not ready"]:
        """The verdict in a word."""
        return "ready" if self.ready else "not ready"

    def of(self, status: Status) -> list[Result]:
        """The results with that status."""
        return [result for result in self.results if result.status is status]

    def remedies(self, *, besides: Collection[str] = ()) -> list[str]:
        """What a person must still do, and to what; what failed first, nothing twice.

        Args:
            besides: Ids of probes, and remedies, of which is spoken elsewhere.
        """
        troubled = [*self.of(Status.FAIL), *self.of(Status.WARN)]
        return list(
            dict.fromkeys(
                about(result.id, result.remedy)
                for result in troubled
                if result.remedy and not {result.id, result.remedy} & set(besides)
            )
        )


def about(probe: str, text: str) -> str:
    """A text with the name of what the probe looks at before it."""
    return joined((_(TOPICS[probe.partition(".")[0]]), text), ": ")


def check(
    settings: Settings,
    event: Event | None,
    evidence_dir: Path,
    *,
    only: Collection[str] = (),
    on_result: Callable[[Result], None] = lambda result: None,
) -> Readiness:
    """Runs the probes, all or those named in ``only`` (by id or topic)."""
    context = Context(settings, event, evidence_dir)
    probes = select(only)
    return Readiness(tuple(asyncio.run(run_probes(probes, context, on_result=on_result))))


def select(only: Collection[str]) -> Sequence[Probe]:
    """The probes with one of these ids or topics; all where none is named.

    Those that run on request only, such as the test tone, have to be named by their id.
    """
    if not only:
        return PROBES
    named = [probe for probe in PROBES if {probe.id, probe.id.partition(".")[0]} & set(only)]
    return [*named, *(probe for probe in ON_REQUEST if probe.id in only)]
