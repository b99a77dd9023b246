"""OBS at work on one segment: its processes, the conversation with it, and the file it writes."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.recording.launch import ensure_obs, kill_obs
from cc_run.recording.levels import Meters
from cc_run.recording.obs import ObsConnection, RecordStatus
from cc_run.recording.observation import (
    Observation,
    Setup,
    frames_of,
    microphones,
    scene_picture,
    setup_of,
)
from cc_run.recording.process import is_alive, is_held, kill, muxer_of, running_obs, wait
from cc_run.recording.segments import Segment
from cc_run.recording.space import free_in
from cc_run.recording.stamp import Stamp, ticking
from cc_run.recording.stopwatch import Stopwatch
from cc_run.recording.wire import ObsGone
from cc_run.settings import Settings

# A request that takes longer than this is answered by nobody.
_ANSWER_SECONDS: Final = 2.5
_FINAL_SECONDS: Final = 30.0
_MUXER_SECONDS: Final = 10.0
_SETUP_EVERY: Final = 2.0
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Lost:
    """A file without a name any more, whose content is still held open here."""

    segment: Segment
    descriptor: int

    def save(self, folder: Path) -> Segment:
        """Gives it a name in the folder again; the segment with that file.

        Raises:
            OutsideFailure: it cannot be written.
        """
        file = self.segment.file
        saved = folder / f"{file.stem}_saved{file.suffix}"
        try:
            with os.fdopen(self.descriptor, "rb") as content, saved.open("wb") as copy:
                content.seek(0)
                shutil.copyfileobj(content, copy, _BLOCK)
        except OSError as error:
            raise OutsideFailure(
                _("The file %(path)s cannot be saved: %(reason)s")
                % {"path": saved, "reason": error.strerror}
            ) from error
        return replace(self.segment, file=saved)


class Session:
    """OBS with a segment at work; ``close`` lets go of it and leaves OBS as it is.

    Attributes:
        segment: What is being recorded; None before the first start and after a fault.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._obs = settings.obs
        self._log = log
        self._connection: ObsConnection | None = None
        self._meters: Meters | None = None
        self._pid = self._muxer = 0
        self._watched: dict[str, int] = {}
        self._content = -1
        self._timer = Stopwatch()
        self._setup: tuple[float, Setup] | None = None
        self.segment: Segment | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> ObsConnection:
        """OBS running and answering; a conversation that is open already stays.

        Raises:
            CcRunError: OBS cannot be started, or does not answer.
        """
        if self._connection is None:
            ensure_obs(self._obs, self._log)
            return self.call()
        return self._connection

    def call(self) -> ObsConnection:
        """A new conversation with the OBS that runs, in the place of one that has broken off.

        Raises:
            ObsGone: it does not answer.
        """
        self.hang_up()
        connection = ObsConnection(self._obs, _ANSWER_SECONDS)
        try:
            self._meters = Meters(self._obs)
        except ObsGone:
            connection.close()
            raise
        self._connection = connection
        if self.segment is not None and (status := connection.record_status()).active:
            self._follow(connection, self.segment, status)
        if not self._pid:
            self._pid = running_obs(self._obs) or 0
            self._watch_process("obs", self._pid)
        return connection

    def hang_up(self) -> None:
        """Ends the conversation, not the recording."""
        for talk in (self._connection, self._meters):
            if talk is not None:
                talk.close()
        self._connection = self._meters = None
        self._setup = None

    def close(self) -> None:
        """Lets go of everything; OBS goes on with what it does."""
        self.hang_up()
        self._forget_processes()
        self._forget_segment()

    def begin(self, name: str, folder: Path, seconds: float) -> Segment:
        """Starts a new segment in ``folder``; OBS has ``seconds`` to report it as started.

        Raises:
            CcRunError: it does not start.
        """
        connection = self.open()
        self._forget_segment()
        file = connection.start_recording(name, seconds, folder)
        self._timer = connection.watch
        return self._take(Segment(file, Stamp.present()))

    def attach(self, segment: Segment, status: RecordStatus) -> Segment:
        """Takes over a segment that runs already."""
        self._follow(self.open(), segment, status)
        return self._take(segment)

    def adopt(self, file: Path) -> Segment:
        """Takes a recording that somebody has started meanwhile as the next segment."""
        status = self.open().record_status()
        self._forget_segment()
        start = Stamp.present().later(-status.seconds)
        return self.attach(Segment(file, start), status)

    def look(self, left: float) -> Observation:
        """Looks at OBS, at the file and at its disk.

        Raises:
            ObsGone: OBS does not answer.
        """
        if self._connection is None or self._meters is None or self.segment is None:
            raise ObsGone(_("There is no conversation with OBS."))
        if not self._muxer:
            self._find_muxer()
        connection, setup = self._connection, self._setup_now(self._connection)
        levels = self._meters.reading()
        return Observation(
            moment=ticking(),
            status=connection.record_status(),
            setup=setup,
            frames=frames_of(connection),
            picture=scene_picture(connection, setup),
            levels=levels,
            muted=frozenset(
                name
                for name in microphones(self._obs)
                if name not in levels or levels[name].peak in (None, -float("inf"))
                if self._is_muted(connection, name)
            ),
            # The size last: a folder that is gone has no free space, and is not full.
            free=free_in(self.segment.file.parent),
            size=self.size(),
            left=left,
        )

    @property
    def seconds(self) -> float:
        """How long the segment lasts by the clock, pauses left out; whoever OBS speaks with now."""
        return self._timer.seconds

    def size(self) -> int | None:
        """The file's bytes; None where it is not in its place any more."""
        if self.segment is None:
            return None
        try:
            there = self.segment.file.stat()
        except OSError:
            return None
        held = os.fstat(self._content) if self._content >= 0 else there
        return there.st_size if there.st_ino == held.st_ino else None

    def ended(self) -> str:
        """Which process has ended since this was last asked: ``obs``, ``muxer``, or none."""
        for name in ("obs", "muxer"):
            handle = self._watched.get(name, -1)
            if handle >= 0 and select.select([handle], [], [], 0)[0]:
                self._watch_process(name, 0)
                return name
        return ""

    @property
    def is_stopping(self) -> bool:
        """Whether OBS has said that it ends the recording."""
        return self._connection is not None and self._connection.stopping

    def descriptors(self) -> list[int]:
        """What becomes readable when a process ends."""
        return list(self._watched.values())

    def is_held(self) -> bool:
        """Whether OBS or its muxer was stopped and does nothing."""
        return any(pid and is_held(pid) for pid in (self._pid, self._muxer))

    def pause(self, seconds: float) -> None:
        """Pauses what has just begun."""
        self.open().pause_recording(paused=True, timeout=seconds)

    def stop(self) -> None:
        """Ends the segment if it is still this one, and waits until its file is final.

        Raises:
            CcRunError: OBS does not answer, or does not end it.
        """
        if self.segment is None:
            return
        connection = self._connection or self.call()
        status = connection.record_status()
        if status.active and status.file in (None, self.segment.file):
            connection.stop_recording(_FINAL_SECONDS)
        self.await_muxer()

    def await_muxer(self) -> None:
        """A muxer whose OBS is gone still finishes its file."""
        if self._muxer:
            wait(lambda: not is_alive(self._muxer), _MUXER_SECONDS)

    def kill(self) -> None:
        """Ends OBS, and a muxer that was stopped; what they have written is kept.

        Raises:
            OutsideFailure: OBS does not end.
        """
        self.hang_up()
        if self._muxer and is_held(self._muxer):
            kill(self._muxer, _ANSWER_SECONDS)
        pid = running_obs(self._obs)
        if pid is not None:
            kill_obs(pid)
        if self._muxer and not wait(lambda: not is_alive(self._muxer), _MUXER_SECONDS):
            kill(self._muxer, _ANSWER_SECONDS)  # it hangs, and holds OBS's port
        self._forget_processes()

    def lose_processes(self) -> None:
        """After OBS has ended by itself: nothing of it is watched any more."""
        self.hang_up()
        self._forget_processes()

    def lost(self) -> Lost | None:
        """The segment's file where it was deleted or moved away; None where it is in its place."""
        if self.segment is None or self._content < 0 or self.size() is not None:
            return None
        return Lost(self.segment, os.dup(self._content))

    def revive(self, name: str) -> None:
        """Has OBS open a microphone anew: one that was unplugged stays silent by itself."""
        connection = self.open()
        settings = connection.ask("GetInputSettings", {"inputName": name})["inputSettings"]
        if "device_id" not in settings:
            return
        for device in ("", settings["device_id"]):
            wished = {"inputName": name, "inputSettings": {"device_id": device}}
            connection.ask("SetInputSettings", wished)

    def _follow(self, connection: ObsConnection, segment: Segment, status: RecordStatus) -> None:
        if status.file in (None, segment.file):
            connection.follow_recording(status)
            self._timer = connection.watch

    def _take(self, segment: Segment) -> Segment:
        self.segment = segment
        with contextlib.suppress(OSError):
            wait(segment.file.exists, _ANSWER_SECONDS)
            self._content = os.open(segment.file, os.O_RDONLY | os.O_CLOEXEC)
        self._find_muxer()
        return segment

    def _find_muxer(self) -> None:
        """OBS starts it with the first packet, which can be later than it says that it records."""
        self._muxer = muxer_of(self._pid) or 0
        self._watch_process("muxer", self._muxer)

    def _setup_now(self, connection: ObsConnection) -> Setup:
        """Asked less often, for it changes by a hand only."""
        if self._setup is None or ticking() - self._setup[0] >= _SETUP_EVERY:
            self._setup = (ticking(), setup_of(connection))
        return self._setup[1]

    def _is_muted(self, connection: ObsConnection, name: str) -> bool:
        try:
            return bool(connection.ask("GetInputMute", {"inputName": name})["inputMuted"])
        except Refusal:
            return False  # there is no such source: it is not opened

    def _watch_process(self, name: str, pid: int) -> None:
        handle = self._watched.pop(name, -1)
        if handle >= 0:
            os.close(handle)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                self._watched[name] = os.pidfd_open(pid)

    def _forget_processes(self) -> None:
        for name in list(self._watched):
            self._watch_process(name, 0)
        self._pid = self._muxer = 0

    def _forget_segment(self) -> None:
        if self._content >= 0:
            os.close(self._content)
        self._content, self.segment = -1, None
