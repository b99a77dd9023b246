"""Watches over a recording from its start to its end, and heals what breaks on the way.

Whatever happens, a new segment is begun; only the end, or a person, ends a recording. When this
process dies, OBS goes on; the next one finds all it needs in the journal, and attaches.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.language import _, joined
from cc_run.recording.beacon import Beacon
from cc_run.recording.control import STOP_ASKED
from cc_run.recording.faults import Fault, FaultFinder
from cc_run.recording.healing import Healer
from cc_run.recording.herald import Herald, Observer
from cc_run.recording.notes import Notes
from cc_run.recording.observation import Observation, Sample, microphones
from cc_run.recording.proof import Proof
from cc_run.recording.segments import PAUSED, RESUMED
from cc_run.recording.session import Session
from cc_run.recording.stamp import Deadline, Stamp, ticking
from cc_run.recording.start import start_or_attach
from cc_run.recording.stopping import StopSignal
from cc_run.recording.watch import Watch
from cc_run.recording.wire import ObsGone
from cc_run.sentences import kept
from cc_run.times import format_clock, now
from cc_run.workspace import Workspace

PROVEN: Final = "recording.proven"
UNPROVEN: Final = "recording.unproven"
CLOCK_SET: Final = "recording.clock_set"

_GLANCE_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 0.95
_STEER_SECONDS: Final = 3.0
_REVIVE_SECONDS: Final = 4.0
_CLOCK_SECONDS: Final = 2.0
_SHORT_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Ending:
    """How a recording ended.

    Attributes:
        at: When it was to end; None where it had ended already when it was looked for.
        wall: Seconds that the last segment lasted by the clock, pauses left out.
        because: The sentence of the fault that it ended with; empty where all was well.
    """

    at: Stamp | None
    wall: float | None
    because: str = ""


class Supervisor:
    """Records one event; ``run`` it once."""

    def __init__(
        self,
        workspace: Workspace,
        event: Event,
        notes: Notes,
        *,
        planned: Callable[[], datetime],
        grace: float,
        stop: StopSignal,
        observer: Observer,
    ) -> None:
        self._workspace, self._event, self._notes = workspace, event, notes
        self._settings = workspace.settings
        self._planned, self._grace, self._stop = planned, grace, stop
        self._deadline = Deadline(planned())
        self._session = Session(self._settings, workspace.state_dir / "logs" / "obs.log")
        self._herald = Herald(self._settings, event, notes, observer)
        self._healer = Healer(self._settings, event, self._session, notes, self._herald)
        self._finder = FaultFinder(self._settings, self._session)
        self._beacon = Beacon(workspace.state_dir, event.id)
        self._microphones = microphones(self._settings.obs)
        self._proof: Proof | None = Proof(self._microphones)
        asked = self._stop_asked()
        self._asked_before = 0 if asked is None else asked.number
        self._ended: Stamp | None = None
        self._wrong: dict[str, str] = {}
        self._paused: Stamp | None = None
        self._offset = _clock_offset()
        self._looked = self._steered = self._revived = 0.0
        self._before, self._segments, self._noted_pauses = 0.0, 1, 0.0

    def run(self) -> Ending:
        """Records until the time has come, or a person ends it.

        Raises:
            CcRunError: the recording does not start.
        """
        with self._session, self._herald.notices, self._beacon:
            self._segments = start_or_attach(
                *(self._workspace, self._event, self._session, self._notes),
                *(self._deadline, self._stop, self._herald.say),
            )
            self._begun = ticking()
            self._noted_pauses = self._pauses(Stamp.present())
            self._watch = Watch(self._settings, self._begun)
            until = now() + timedelta(seconds=self._deadline.left)
            words = {
                "event": self._event.id,
                "time": format_clock(until, self._settings.zone, seconds=True),
            }
            self._herald.say(
                _("Recording %(event)s until %(time)s; Ctrl-C ends it earlier.") % words, "next"
            )
            while not self._is_over():
                self._tick()
                self._rest()
            return self._end()

    def _tick(self) -> None:
        """Looks once, briefly or whole, and heals what is broken."""
        moment = ticking()
        if moment - self._steered >= _STEER_SECONDS:
            self._steered = moment
            self._steer()
        fault = self._healer.fault or self._finder.of_processes()
        if fault is None:
            size = self._session.size()
            if size is not None:
                self._watch.saw_size(size, moment)
            if self._proof is not None or moment - self._looked >= _LOOK_SECONDS:
                self._looked = moment
                fault = self._look()
        if fault is not None:
            self._heal(fault)

    def _look(self) -> Fault | None:
        try:
            seen = self._session.look(self._deadline.left)
        except ObsGone:
            return self._finder.of_silence(self._watch)
        except CcRunError:
            return None  # a scene that is being changed has no picture for a moment
        if seen.size is not None:
            # A busy machine can take seconds to look; by then the file has grown again.
            self._watch.saw_size(seen.size, seen.moment)
        self._wrong = self._watch.wrong(seen)
        self._follow_pause(seen)
        self._follow_clock()
        if self._proof is not None:
            self._prove(self._proof, seen)
        self._revive(seen)
        self._herald.alarm(self._wrong)
        self._show(seen)
        return self._finder.of_recording(seen, self._watch)

    def _heal(self, fault: Fault) -> None:
        if self._healer.fault is None:
            asked = self._stop_asked()
            if asked is not None and asked.number != self._asked_before:
                self._ended = Stamp.from_data(asked.data, asked.at)
                self._stop.set()
                return
            self._before += self._session.seconds
            if self._paused is not None:
                self._note_pause(Stamp.present())
        if self._healer.heal(fault, self._wrong) is None:
            return
        self._segments += 1
        self._noted_pauses = 0.0
        self._watch, self._looked = Watch(self._settings, ticking()), 0.0
        if self._paused is not None:
            with contextlib.suppress(CcRunError):
                self._session.pause(self._settings.recording.start_timeout)

    def _steer(self) -> None:
        """Follows an end that was moved, and writes what could not be written before."""
        self._notes.flush()
        with contextlib.suppress(SQLAlchemyError, CcRunError):
            moved = self._deadline.move(self._planned())
            if moved:
                words = {"minutes": round(moved / 60)}
                self._herald.say(_("The end was moved by %(minutes)s minutes.") % words, "next")

    def _is_over(self) -> bool:
        return self._stop.is_set() or self._deadline.left <= 0

    def _stop_asked(self) -> Entry | None:
        """When another command asked for the end last."""
        return self._workspace.journal.latest(self._event.id, STOP_ASKED)

    def _rest(self) -> None:
        """Waits for the next look; a stop, or the end of OBS or its muxer, ends that at once."""
        seconds = min(_GLANCE_SECONDS, self._deadline.left)
        select.select([self._stop.fileno(), *self._session.descriptors()], [], [], seconds)

    def _end(self) -> Ending:
        """Stops what runs and waits for the file."""
        ended, fault = self._ended or Stamp.present(), self._healer.fault
        wall = self._session.seconds or None
        self._note_pause(ended)
        try:
            self._session.stop()
        except CcRunError:
            with contextlib.suppress(CcRunError):
                self._session.kill()
        self._session.await_muxer()
        self._healer.wait()
        self._herald.over()
        return Ending(ended, wall, "" if fault is None else fault.sentence)

    def _prove(self, proof: Proof, seen: Observation) -> None:
        proof.take(seen)
        setup = [text for key, text in self._wrong.items() if key.startswith("setup.")]
        missing, took = [*proof.missing(), *setup], seen.moment - self._begun
        if not missing:
            self._proof = None
            self._notes.note(PROVEN, {"seconds": round(took, 2)})
            self._herald.say(
                _("It records: the file grows, the microphone is heard, the picture moves."), "ok"
            )
        elif took >= self._settings.recording.start_timeout - _GLANCE_SECONDS:
            self._proof = None
            self._notes.note(UNPROVEN, {"sentences": [kept(text) for text in missing]})
            reasons = joined(missing, " ")
            self._herald.say(
                _("It records, but not all is right: %(reasons)s") % {"reasons": reasons}, "fail"
            )

    def _revive(self, seen: Observation) -> None:
        """Has OBS open dead microphones anew, again and again: one day it is plugged in."""
        if seen.moment - self._revived < _REVIVE_SECONDS:
            return
        for name in self._microphones:
            if f"microphone.{name}" in self._wrong and name not in seen.muted:
                self._revived = seen.moment
                with contextlib.suppress(CcRunError):
                    self._session.revive(name)

    def _follow_pause(self, seen: Observation) -> None:
        if seen.status.paused and self._paused is None:
            self._paused = Stamp.present()
            self._notes.note(PAUSED, self._paused.as_data())
        elif not seen.status.paused and seen.status.active and self._paused is not None:
            self._note_pause(Stamp.present())
            self._paused = None

    def _pauses(self, until: Stamp) -> float:
        """Seconds that this segment was paused until then, by OBS's events."""
        segment = self._session.segment
        if segment is None:
            return 0.0
        return max(until.since(segment.start) - self._session.seconds, 0.0)

    def _note_pause(self, until: Stamp) -> None:
        """Writes down how long it was paused, as far as that is not written yet."""
        pauses = self._pauses(until)
        fresh = pauses - self._noted_pauses
        if fresh > (0.0 if self._paused is not None else _SHORT_PAUSE):
            self._notes.note(RESUMED, {"paused": round(fresh, 2)})
            self._noted_pauses = pauses

    def _follow_clock(self) -> None:
        """A clock that was set is told; the end and the lengths do not follow it."""
        stepped = _clock_offset() - self._offset
        if abs(stepped) > _CLOCK_SECONDS:
            self._offset += stepped
            self._notes.note(CLOCK_SET, {"seconds": round(stepped, 1)})
            self._herald.say(
                _("The clock was set by %(seconds)s seconds; the end stays as far away.")
                % {"seconds": round(stepped)},
                "warn",
            )

    def _show(self, seen: Observation) -> None:
        left, growth = self._deadline.left, self._watch.growth
        late, lost = self._watch.late_and_lost(seen)
        peaks = {name: level.peak for name, level in seen.levels.items()}
        sample = Sample(
            elapsed=self._before + self._session.seconds,
            left=left,
            size=seen.size or 0,
            free=seen.free,
            paused=seen.status.paused,
            growth=growth,
            lagged=late,
            dropped=lost,
            levels={name: peaks.get(name) for name in self._microphones},
            disk=self._finder.disk_seconds(seen, growth),
            picture=self._watch.picture_state(seen),
            segments=self._segments,
            overtime=left <= self._grace,
            file=seen.status.file,
            alarms=self._herald.standing,
        )
        self._beacon.show(sample)
        self._herald.show(sample)


def _clock_offset() -> float:
    """How far the wall clock is from the kernel's."""
    present = Stamp.present()
    return present.at.timestamp() - present.seconds
