"""What is wrong with a recording, judged by what was seen of it over some seconds."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import Final

from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.levels import Level
from cc_run.recording.observation import Frames, Observation, microphones
from cc_run.recording.picture import is_black
from cc_run.recording.space import planned_rate, seconds_left
from cc_run.settings import Settings

STILL_FILE: Final = "file.still"
_FILE_SECONDS: Final = 2.3
_CLIP_SECONDS: Final = 3.0
_CLIP_SHARE: Final = 0.2
_LAG_SECONDS: Final = 10.0
_RATE_SECONDS: Final = 30.0
_SETTLING_SECONDS: Final = 8.0


class Watch:
    """Remembers what was seen since a segment began, and tells what is wrong."""

    def __init__(self, settings: Settings, moment: float) -> None:
        self._settings = settings
        self._microphones = microphones(settings.obs)
        self._scenes = {settings.obs.scene, *(scene.name for scene in settings.obs.scenes)}
        self._begun = moment
        self._size, self._grown = 0, moment
        self._picture: bytes | None = None
        self._moved = moment
        self._since: dict[str, float] = {}
        self._first: Frames | None = None
        self._frames: deque[tuple[float, Frames]] = deque()
        self._sizes: deque[tuple[float, int]] = deque([(moment, 0)])

    @property
    def growth(self) -> float:
        """Bytes a second that the file grew by lately."""
        (first, small), (last, large) = self._sizes[0], self._sizes[-1]
        return max(large - small, 0) / (last - first) if last > first else 0.0

    def still_for(self, moment: float) -> float:
        """For how many seconds the file has not grown."""
        return moment - self._grown

    def saw_size(self, size: int, moment: float) -> None:
        """Takes the file's size; cheap, so it can be done more often than a whole look."""
        if size > self._size:
            self._grown = moment
        self._size = size
        self._sizes.append((moment, size))
        while moment - self._sizes[0][0] > _RATE_SECONDS:
            self._sizes.popleft()

    def late_and_lost(self, seen: Observation) -> tuple[int, int]:
        """Frames that came too late since the segment began, and those that are lost."""
        first = self._first or seen.frames
        return seen.frames.lagged - first.lagged, seen.frames.dropped - first.dropped

    def picture_state(self, seen: Observation) -> str:
        """``black``, ``frozen`` or ``moves``."""
        if is_black(seen.picture):
            return "black"
        frozen = seen.moment - self._moved >= self._settings.recording.frozen_seconds
        return "frozen" if frozen else "moves"

    def wrong(self, seen: Observation) -> dict[str, str]:
        """The sentences of all that is wrong now, by a key each."""
        if seen.picture != self._picture or seen.status.paused:
            self._picture, self._moved = seen.picture, seen.moment
        if seen.status.paused:
            self._grown = seen.moment
        self._first = self._first or seen.frames
        found = dict(self._of_file(seen))
        if seen.size is not None:
            found |= dict(self._of_disk(seen))
        found |= dict(self._of_picture(seen))
        for name in self._microphones:
            found |= dict(self._of_microphone(name, seen))
        found |= dict(self._of_setup(seen))
        found |= dict(self._of_frames(seen))
        return found

    def _of_file(self, seen: Observation) -> Iterator[tuple[str, str]]:
        if seen.status.active and self.still_for(seen.moment) >= _FILE_SECONDS:
            yield STILL_FILE, _("The file does not grow, though OBS says that it records.")

    def _of_disk(self, seen: Observation) -> Iterator[tuple[str, str]]:
        planned = planned_rate(self._settings.obs)
        settled = seen.moment - self._begun >= _RATE_SECONDS and self.growth > 0
        lasts = seconds_left(seen.free, self.growth if settled else planned)
        if lasts < seen.left:
            yield (
                "disk.short",
                _("The disk lasts %(minutes)s minutes more, the event %(left)s.")
                % {"minutes": Number(lasts / 60, 0), "left": Number(seen.left / 60, 0)},
            )

    def _of_picture(self, seen: Observation) -> Iterator[tuple[str, str]]:
        state = self.picture_state(seen)
        if self._held("black", state == "black", seen.moment) >= self._silent_seconds:
            yield "picture.black", _("The picture is black.")
        if state == "frozen":
            yield "picture.frozen", _("The picture does not move any more.")

    def _of_microphone(self, name: str, seen: Observation) -> Iterator[tuple[str, str]]:
        level, words = seen.levels.get(name), {"name": name}
        key, sentence = f"microphone.{name}", ""
        if name in seen.muted:
            sentence = _("The microphone %(name)s is muted in OBS.") % words
        elif level is None or level.peak is None:
            sentence = _("OBS has not opened the microphone %(name)s.") % words
        elif level.peak == -math.inf:
            sentence = _("The microphone %(name)s gives nothing: unplugged, or muted.") % words
        dead = self._held(key, bool(sentence) and not seen.status.paused, seen.moment)
        if dead >= self._silent_seconds:
            yield key, sentence
        elif not sentence and level is not None:
            yield from self._of_loudness(name, level, seen)

    def _of_loudness(self, name: str, level: Level, seen: Observation) -> Iterator[tuple[str, str]]:
        recording, words = self._settings.recording, {"name": name}
        low = level.peak is not None and level.peak < recording.silence_db
        if self._held(f"{name} low", low, seen.moment) >= recording.quiet_seconds:
            yield f"microphone.{name}.low", _("The microphone %(name)s is too low.") % words
        clips = level.clipped >= _CLIP_SHARE
        if self._held(f"{name} clips", clips, seen.moment) >= _CLIP_SECONDS:
            yield (
                f"microphone.{name}.clips",
                _("The microphone %(name)s is too loud: its sound is distorted.") % words,
            )

    def _of_setup(self, seen: Observation) -> Iterator[tuple[str, str]]:
        obs, setup = self._settings.obs, seen.setup
        if setup.profile != obs.profile:
            yield (
                "setup.profile",
                _("OBS's profile is %(found)s, not %(wished)s.")
                % {"found": setup.profile, "wished": obs.profile},
            )
        if setup.collection != obs.collection:
            yield (
                "setup.collection",
                _("OBS's scene collection is %(found)s, not %(wished)s.")
                % {"found": setup.collection, "wished": obs.collection},
            )
        elif setup.scene not in self._scenes:
            yield (
                "setup.scene",
                _("OBS's scene is %(found)s, which is none of the room's.")
                % {"found": setup.scene},
            )

    def _of_frames(self, seen: Observation) -> Iterator[tuple[str, str]]:
        if seen.moment - self._begun < _SETTLING_SECONDS:
            return  # an OBS that has just started is late with its first frames
        self._frames.append((seen.moment, seen.frames))
        while seen.moment - self._frames[0][0] > _LAG_SECONDS:
            self._frames.popleft()
        before, after = self._frames[0][1], seen.frames
        rendered = after.rendered - before.rendered
        late = after.lagged - before.lagged + after.dropped - before.dropped
        percent = 100 * late / rendered if rendered > 0 else 0.0
        enough = self._frames[-1][0] - self._frames[0][0] >= _LAG_SECONDS / 2
        if enough and percent >= self._settings.recording.lagged_percent:
            yield (
                "frames.late",
                _("%(percent)s %% of the frames come too late: the machine has too much to do.")
                % {"percent": Number(percent, 0)},
            )

    @property
    def _silent_seconds(self) -> float:
        return self._settings.recording.silent_seconds

    def _held(self, key: str, holds: bool, moment: float) -> float:
        """For how many seconds something has been so; -1 where it is not."""
        if not holds:
            self._since.pop(key, None)
            return -1.0
        return moment - self._since.setdefault(key, moment)
