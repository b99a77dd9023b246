"""What is seen of a running recording, once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cc_run.recording.levels import Level
from cc_run.recording.obs import ObsConnection, RecordStatus
from cc_run.recording.picture import small_picture
from cc_run.settings.models import Obs

_MICROPHONES = ("pulse_input_capture", "alsa_input_capture", "jack_output_capture")


@dataclass(frozen=True)
class Setup:
    """OBS's profile, scene collection and the scene that is recorded."""

    profile: str
    collection: str
    scene: str


@dataclass(frozen=True)
class Frames:
    """Counted since OBS started: rendered, of these too late, and lost by the encoder."""

    rendered: int
    lagged: int
    dropped: int


@dataclass(frozen=True)
class Observation:
    """One look at OBS, at its file and at the disk (``moment``: seconds of the kernel's clock).

    Attributes:
        levels: How loud each source was since the look before.
        muted: The microphones that are muted in OBS.
        picture: A small grey copy of the scene.
        size: The file's bytes; None where the file is not in its place any more.
        free: The free bytes of its disk.
        left: Seconds until the recording is to end.
    """

    moment: float
    status: RecordStatus
    setup: Setup
    frames: Frames
    picture: bytes
    levels: Mapping[str, Level]
    muted: frozenset[str]
    size: int | None
    free: int
    left: float


@dataclass(frozen=True)
class Sample:
    """What a person is shown of the recording (sizes in bytes, times in seconds).

    Attributes:
        growth: Bytes a second that the file grew by lately.
        lagged: Frames that came too late since the segment began, and ``dropped`` that are lost.
        levels: Each microphone's peak in dBFS; None: never opened; -inf: nothing.
        disk: How long the disk lasts at this growth.
        picture: ``moves``, ``frozen``, ``black`` or ``unknown``.
        overtime: Whether the event's time is over and only the grace runs.
        alarms: The sentences of the alarms that are on.
    """

    elapsed: float
    left: float
    size: int
    free: int
    paused: bool
    growth: float = 0.0
    lagged: int = 0
    dropped: int = 0
    levels: Mapping[str, float | None] = field(default_factory=dict)
    disk: float = 0.0
    picture: str = "unknown"
    segments: int = 1
    overtime: bool = False
    file: Path | None = None
    alarms: tuple[str, ...] = ()


def microphones(obs: Obs) -> tuple[str, ...]:
    """The names of the scene's microphones."""
    sources = (*obs.sources, *(source for scene in obs.scenes for source in scene.sources))
    names = [source.name for source in sources if source.kind in _MICROPHONES]
    return tuple(dict.fromkeys(names))


def setup_of(connection: ObsConnection) -> Setup:
    """How OBS is set now."""
    return Setup(
        connection.ask("GetProfileList")["currentProfileName"],
        connection.ask("GetSceneCollectionList")["currentSceneCollectionName"],
        connection.ask("GetCurrentProgramScene")["currentProgramSceneName"],
    )


def frames_of(connection: ObsConnection) -> Frames:
    """OBS's own counts."""
    counts = connection.ask("GetStats")
    return Frames(
        counts["renderTotalFrames"], counts["renderSkippedFrames"], counts["outputSkippedFrames"]
    )


def scene_picture(connection: ObsConnection, setup: Setup) -> bytes:
    """What the scene shows."""
    return small_picture(connection, setup.scene)
