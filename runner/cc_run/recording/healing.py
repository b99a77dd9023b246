"""After a fault: OBS is brought back and a new segment begun, again and again until it works."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from cc_run.errors import CcRunError, OutsideFailure
from cc_run.events import Event
from cc_run.language import _
from cc_run.recording.faults import Fault
from cc_run.recording.herald import Herald
from cc_run.recording.notes import Notes
from cc_run.recording.segments import SEGMENT_STARTED, Segment
from cc_run.recording.session import Lost, Session
from cc_run.recording.space import place_to_go_on
from cc_run.recording.stamp import ticking
from cc_run.recording.start import file_name
from cc_run.sentences import kept
from cc_run.settings import Settings

_START_SECONDS: Final = 3.0
_AGAIN_SECONDS: Final = 1.0
_HEALING: Final = "healing"


class Healer:
    """Heals one fault at a time.

    Attributes:
        fault: What is not healed yet; None where all is well.
    """

    def __init__(
        self, settings: Settings, event: Event, session: Session, notes: Notes, herald: Herald
    ) -> None:
        self._settings, self._event = settings, event
        self._session, self._notes, self._herald = session, notes, herald
        self._rescues: list[threading.Thread] = []
        self._why = ""
        self._tried = 0.0
        self.fault: Fault | None = None

    def heal(self, fault: Fault, wrong: dict[str, str]) -> Segment | None:
        """Tries it; the new segment, or None: the next call tries again.

        Args:
            fault: What has happened.
            wrong: What else is wrong; those alarms stay on meanwhile.
        """
        if self.fault is not None and ticking() - self._tried < _AGAIN_SECONDS:
            return None
        self.fault, self._tried = fault, ticking()
        self._alarm(wrong)
        try:
            segment, lost = self._next_segment(fault)
        except CcRunError as error:
            self._why = error.message
            self._alarm(wrong)
            return None
        self._herald.over(fault.key, _HEALING)
        self.fault, self._why = None, ""
        begun = {"file": str(segment.file), **segment.start.as_data()}
        self._notes.note(SEGMENT_STARTED, {**begun, "because": kept(fault.sentence)})
        self._herald.say(_("Recording goes on in %(file)s.") % {"file": segment.file.name}, "ok")
        if lost is not None:
            rescue = threading.Thread(target=self._rescue, args=(lost, segment.file.parent))
            rescue.start()
            self._rescues.append(rescue)
        return segment

    def wait(self) -> None:
        """Waits for files that are still being saved."""
        for rescue in self._rescues:
            rescue.join()

    def _next_segment(self, fault: Fault) -> tuple[Segment, Lost | None]:
        session, last = self._session, self._session.segment
        if fault.adopt is not None and not self._why:
            return session.adopt(fault.adopt), None
        if fault.kill or self._why:
            session.kill()
        elif fault.gone:
            session.lose_processes()
        else:
            self._stop_segment()
        lost = session.lost()
        # A disk that takes nothing more may still tell that it has space.
        avoid = last.file.parent if last is not None and fault.elsewhere else None
        folder = place_to_go_on(self._settings, avoid) or self._folder_made_again()
        name = file_name(self._event, self._settings)
        return session.begin(name, folder, _START_SECONDS), lost

    def _stop_segment(self) -> None:
        try:
            self._session.stop()
        except CcRunError:
            self._session.kill()

    def _folder_made_again(self) -> Path:
        """The usual folder, made anew where it was taken away."""
        folder = self._settings.obs.record_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideFailure(
                _("The folder for recordings, %(folder)s, cannot be used: %(reason)s")
                % {"folder": folder, "reason": error.strerror}
            ) from error
        found = place_to_go_on(self._settings)
        if found is None:
            raise OutsideFailure(_("No folder for recordings has space."))
        return found

    def _rescue(self, lost: Lost, folder: Path) -> None:
        try:
            saved = lost.save(folder)
        except CcRunError as error:
            self._herald.say(error.message, "fail")
            return
        instead = {"file": str(saved.file), "instead_of": str(lost.segment.file)}
        self._notes.note(SEGMENT_STARTED, instead)

    def _alarm(self, wrong: dict[str, str]) -> None:
        fault = {} if self.fault is None else {self.fault.key: self.fault.sentence}
        sentence = _("OBS cannot be brought back yet: %(reason)s") % {"reason": self._why}
        self._herald.alarm({**wrong, **fault, **({_HEALING: sentence} if self._why else {})})
