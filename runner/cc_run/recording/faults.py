"""What ends a segment against our will, and what has to be done before the next can begin."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.errors import CcRunError
from cc_run.language import _
from cc_run.recording.observation import Observation
from cc_run.recording.session import Session
from cc_run.recording.space import is_nearly_full, place_to_go_on, planned_rate, seconds_left
from cc_run.recording.stamp import ticking
from cc_run.recording.watch import Watch
from cc_run.settings import Settings

_HELD_SECONDS: Final = 1.5
_STILL_SECONDS: Final = 5.0
_SILENT_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Fault:
    """Why this segment has ended or has to.

    Attributes:
        kill: OBS cannot go on as it is, and is ended first.
        gone: OBS has ended already.
        elsewhere: The next segment goes to another folder where there is one.
        adopt: A file that OBS writes instead, which is taken as the next segment.
    """

    key: str
    sentence: str
    kill: bool = False
    gone: bool = False
    elsewhere: bool = False
    adopt: Path | None = None


class FaultFinder:
    """Finds faults of a session."""

    def __init__(self, settings: Settings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._held: float | None = None

    def of_processes(self) -> Fault | None:
        """What its processes tell at once."""
        match self._session.ended():
            case "obs":
                return Fault("obs.gone", _("OBS has ended; it is started again."), gone=True)
            case "muxer" if not self._session.is_stopping:
                sentence = _("OBS's file writer has ended.")
                return Fault("obs.muxer", sentence, kill=True, elsewhere=True)
        if not self._session.is_held():
            self._held = None
            return None
        self._held = ticking() if self._held is None else self._held
        return self._frozen() if ticking() - self._held >= _HELD_SECONDS else None

    def of_silence(self, watch: Watch) -> Fault | None:
        """OBS did not answer: as long as its file grows it is left alone, and called again."""
        if watch.still_for(ticking()) >= _SILENT_SECONDS:
            return self._frozen()
        with contextlib.suppress(CcRunError):
            self._session.call()
        return None

    def of_recording(self, seen: Observation, watch: Watch) -> Fault | None:
        """What a look at OBS and its file tells."""
        segment = self._session.segment
        if not seen.status.active:
            return Fault(
                "recording.stopped",
                _("The recording was stopped in OBS; to end it, use: cc-run record stop"),
            )
        if segment is not None and seen.status.file not in (None, segment.file):
            sentence = _("Another recording was started in OBS; it is taken as the next part.")
            return Fault("recording.other", sentence, adopt=seen.status.file)
        if seen.size is None and segment is not None:
            sentence = _("The file %(file)s was taken away.") % {"file": segment.file}
            return Fault("file.gone", sentence)
        if watch.still_for(seen.moment) >= _STILL_SECONDS:
            sentence = _("The file does not grow, though OBS says that it records.")
            return Fault("file.still", sentence, kill=True, elsewhere=True)
        return self._of_disk(seen)

    def disk_seconds(self, seen: Observation, growth: float) -> float:
        """How long the disk lasts."""
        return seconds_left(seen.free, max(growth, planned_rate(self._settings.obs) / 4))

    def begun(self) -> None:
        """A new segment has begun."""
        self._held = None

    def _of_disk(self, seen: Observation) -> Fault | None:
        segment = self._session.segment
        if segment is None or not is_nearly_full(segment.file.parent, self._settings):
            return None
        other = place_to_go_on(self._settings)
        if other is None or other == segment.file.parent or self._session.size() is None:
            return None
        words = {"folder": segment.file.parent, "other": other}
        sentence = _("The disk of %(folder)s is full; recording goes on in %(other)s.") % words
        return Fault("disk.full", sentence)

    def _frozen(self) -> Fault:
        return Fault("obs.frozen", _("OBS hangs; it is started again."), kill=True)
