"""What is made from a finished recording: .mp4, contact sheet, photos to choose from, loudness.

The recording is final and journalled before anything of this begins, and nothing of it can spoil
that: what cannot be made is said. It works behind, and whoever does not want to wait leaves it;
then ``record stop`` or ``archive`` makes what is missing.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.durable import replace_file
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.recording.analysis import Analysis, analyse
from cc_run.recording.background import LeftForLater, PutOff, never
from cc_run.recording.contact_sheet import draw_contact_sheet
from cc_run.recording.faces import face_counter
from cc_run.recording.findings import Finding, findings_of, summed
from cc_run.recording.gap_report import write_gap_report
from cc_run.recording.loudness import Loudness
from cc_run.recording.media import pictures_at
from cc_run.recording.mp4 import remux
from cc_run.recording.second import SecondRecording, note_seconds, second_folder
from cc_run.recording.stills import Still, chosen
from cc_run.recording.timeline import Timeline, timeline_of
from cc_run.recording.zoom_folder import copy_from_zoom
from cc_run.sentences import kept
from cc_run.workspace import Workspace

FINISHED: Final = "recording.finished"
MADE: Final = "recording.products"
_CANDIDATES: Final = 6
# In a trial of the room nobody looks for faces, and loading what finds them takes longer than it.
_TRIAL_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.3


@dataclass(frozen=True)
class Candidate:
    """A picture that may become a photo of the activity, when it was, and the faces found in it."""

    file: Path
    at: datetime
    kind: str
    faces: int

    def as_data(self) -> dict[str, Any]:
        """For the journal and for ``--json``."""
        return {
            "file": str(self.file),
            "at": self.at.isoformat(timespec="milliseconds"),
            "kind": self.kind,
            "faces": self.faces,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Candidate:
        """What ``as_data`` gave."""
        at = datetime.fromisoformat(data["at"])
        return cls(Path(data["file"]), at, data["kind"], data["faces"])


@dataclass(frozen=True)
class Products:
    """What was made of a recording.

    Attributes:
        of: The recording's SHA-256.
        mp4: The same as .mp4, beside it.
        contact_sheet: Pictures of the whole of it on one sheet.
        candidates: Pictures for Foto Kegiatan, in their order.
        loudness: How loud it is.
        findings: What stands out.
        seconds: What Zoom recorded of the same event.
        not_made: Sentences on what could not be made.
        waiting: Sentences on what can be had later.
        left: Whether a person has put the rest off.
    """

    of: str = ""
    mp4: Path | None = None
    contact_sheet: Path | None = None
    candidates: tuple[Candidate, ...] = ()
    loudness: Loudness | None = None
    findings: tuple[Finding, ...] = ()
    seconds: tuple[SecondRecording, ...] = ()
    not_made: tuple[str, ...] = ()
    waiting: tuple[str, ...] = field(default=(), compare=False)
    left: bool = field(default=False, compare=False)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is worth saying of it, for people."""
        sentences = [self.loudness.sentence] if self.loudness is not None else []
        if self.findings:
            sentences.append(summed(self.findings))
        if self.seconds:
            words = {"count": len(self.seconds)}
            sentences.append(_("Second recordings, by Zoom: %(count)s") % words)
        return (*sentences, *self.not_made)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that was made here."""
        made = (self.mp4, self.contact_sheet, *(one.file for one in self.candidates))
        return tuple(path for path in made if path is not None)

    def as_output(self) -> dict[str, Any]:
        """For the journal and for ``--json``."""
        return {
            "mp4": str(self.mp4) if self.mp4 else None,
            "contact_sheet": str(self.contact_sheet) if self.contact_sheet else None,
            "candidates": [candidate.as_data() for candidate in self.candidates],
            "loudness": self.loudness.as_data() if self.loudness else None,
            "findings": [finding.as_data() for finding in self.findings],
            "second_recordings": [second.as_data() for second in self.seconds],
            "not_made": [str(text) for text in self.not_made],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Products:
        """What the journal has."""
        mp4, sheet, loudness = (data[key] for key in ("mp4", "contact_sheet", "loudness"))
        return cls(
            of=data["of"],
            mp4=Path(mp4) if mp4 else None,
            contact_sheet=Path(sheet) if sheet else None,
            candidates=tuple(map(Candidate.from_data, data["candidates"])),
            loudness=Loudness.from_data(loudness) if loudness else None,
            findings=tuple(map(Finding.from_data, data["findings"])),
            seconds=tuple(map(SecondRecording.from_data, data["second_recordings"])),
            not_made=tuple(data["not_made"]),
        )


def make_products(
    workspace: Workspace,
    event: Event,
    *,
    again: bool = True,
    on_progress: Report = unheard,
    put_off: PutOff = never,
) -> Products:
    """Makes what is missing of the event's recording; what is there and right stays.

    Args:
        workspace: The room.
        event: An event whose recording is final.
        again: Whether what could not be made before is tried once more.
        on_progress: Told of bytes of the recording, and of what is being done.
        put_off: Asked whether a person wants the rest later.
    """
    finished = workspace.journal.latest(event.id, FINISHED)
    if finished is None:
        return Products()
    folder = workspace.event_dir(event) / "recording"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _alone(folder, on_progress, put_off):
            return _Workshop(workspace, event, finished, folder, on_progress, put_off).run(again)
    except LeftForLater:
        return replace(_made(workspace, event, finished), left=True)


def _made(workspace: Workspace, event: Event, finished: Entry) -> Products:
    """What the journal has of this very recording."""
    entry = workspace.journal.latest(event.id, MADE)
    if entry is None or entry.data["of"] != finished.data["sha256"]:
        return Products()
    return Products.from_data(entry.data)


@contextlib.contextmanager
def _alone(folder: Path, on_progress: Report, put_off: PutOff) -> Iterator[None]:
    """One process on this machine at a time; who comes later waits, and finds the work done."""
    with (folder / ".products.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if put_off():
                    raise LeftForLater from None
                on_progress(0, 0, _("Waiting for another command that looks through the recording"))
                time.sleep(_POLL_SECONDS)
            else:
                break
        yield


class _Workshop:
    """One recording's products at work."""

    def __init__(
        self,
        workspace: Workspace,
        event: Event,
        finished: Entry,
        folder: Path,
        on_progress: Report,
        put_off: PutOff,
    ) -> None:
        self._workspace, self._event, self._folder = workspace, event, folder
        self._facts = finished.data
        self._file = Path(self._facts["file"])
        self._before = _made(workspace, event, finished)
        self._on_progress, self._put_off = on_progress, put_off

    def run(self, again: bool) -> Products:
        """All of it; journalled where it differs from what the journal has."""
        products, waiting = self._before, tuple[str, ...]()
        if self._file.is_file():  # one that has left this machine has taken the second ones along
            products = self._of_the_file(again)
            waiting = copy_from_zoom(
                self._workspace, self._event, second_folder(self._workspace, self._event)
            )
        seconds = tuple(note_seconds(self._workspace, self._event))
        products = replace(products, seconds=seconds, waiting=waiting)
        if products.of:
            self._report(products)
        if products != self._before and products.of:
            self._workspace.journal.append(
                MADE,
                event_id=self._event.id,
                step=sop.RECORD,
                actor=self._workspace.actor,
                data={
                    "of": products.of,
                    **products.as_output(),
                    "sentences": [kept(text) for text in products.sentences],
                },
            )
        return products

    def _of_the_file(self, again: bool) -> Products:
        before = self._before
        whole = before.of and all(path.is_file() for path in before.files)
        if whole and (not again or not before.not_made):
            return before
        missing: list[str] = []
        mp4 = self._mp4(missing)
        products = Products(of=self._facts["sha256"], mp4=mp4)
        if whole and before.contact_sheet is not None:
            return replace(before, mp4=mp4, not_made=tuple(missing))
        try:
            analysis = analyse(
                self._file,
                float(self._facts["seconds"]),
                self._workspace.settings.recording,
                self._on_progress,
                self._put_off,
            )
            products = self._of_analysis(products, analysis)
        except (CcRunError, OSError) as error:
            missing.append(_sentence(error))
        return replace(products, not_made=tuple(missing))

    def _mp4(self, missing: list[str]) -> Path | None:
        facts = self._facts
        try:
            return remux(
                self._file, facts["seconds"], facts["frames"], self._on_progress, self._put_off
            )
        except (CcRunError, OSError) as error:
            missing.append(_sentence(error))
            return None

    def _of_analysis(self, products: Products, analysis: Analysis) -> Products:
        seconds = float(self._facts["seconds"])
        timeline = timeline_of(
            self._facts.get("parts", ()), self._workspace.journal.entries(self._event.id)
        )
        sheet = draw_contact_sheet(
            self._workspace.settings, self._event, analysis.stills, seconds, timeline
        )
        faces_in = face_counter() if seconds >= _TRIAL_SECONDS else None
        best = chosen(analysis.stills, _CANDIDATES, seconds, faces_in)
        return replace(
            products,
            contact_sheet=replace_file(self._folder / f"{self._event.id}_contact-sheet.jpg", sheet),
            candidates=self._pictures(best, timeline),
            loudness=analysis.loudness,
            findings=findings_of(analysis.spans, timeline),
        )

    def _pictures(self, best: Sequence[Still], timeline: Timeline) -> tuple[Candidate, ...]:
        """The chosen ones in full size, all of them or none, in the place of those before."""
        home = self._folder / "candidates"
        zone = self._workspace.settings.room.zone
        times = [timeline.at(still.seconds) for still in best]
        names = [
            f"{self._event.id}_{number}_{moment.astimezone(zone):%H.%M.%S}.jpg"
            for number, moment in enumerate(times, start=1)
        ]
        with tempfile.TemporaryDirectory(prefix=".candidates-", dir=self._folder) as work:
            if best:
                pictures_at(self._file, [still.seconds for still in best], Path(work), names)
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            for name in names:
                (Path(work) / name).replace(home / name)
        return tuple(
            Candidate(home / name, moment, still.kind, still.faces)
            for name, moment, still in zip(names, times, best, strict=True)
        )

    def _report(self, products: Products) -> None:
        write_gap_report(
            self._workspace,
            self._event,
            self._facts,
            findings=products.findings,
            loudness=products.loudness,
            seconds=products.seconds,
        )


def _sentence(error: CcRunError | OSError) -> str:
    if isinstance(error, CcRunError):
        return error.message
    words = {"path": error.filename or "", "reason": error.strerror or str(error)}
    return _("%(path)s cannot be written: %(reason)s") % words
