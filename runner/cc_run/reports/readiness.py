"""The readiness report: whether the room is ready, what is left to do, and what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run import __version__
from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.language import N_, _, speaking
from cc_run.probe import Evidence, Result, Status
from cc_run.rendering import render
from cc_run.reports.basis import SOP_NUMBER, SOP_TITLE
from cc_run.reports.evidence import Curve, Note, Picture, curve, note, picture
from cc_run.reports.judgement import Judgement, Ticked, ready
from cc_run.settings import Settings

# In the order of a walk through the room: what is seen and heard first, the papers last.
_TOPICS: Final = (
    (N_("Camera"), ("camera",)),
    (N_("Sound"), ("sound", "conference_audio", "audio")),
    (N_("Video wall"), ("wall", "tv_wall")),
    (N_("Network"), ("network", "wired_network")),
    (N_("Laptop"), ("laptop",)),
    (N_("OBS recording"), ("obs", "recording")),
    (N_("Zoom meeting"), ("zoom", "zoom_client", "host", "hosting", "meeting")),
    (N_("Event"), ("event",)),
    (N_("Archive"), ("archive", "mipp")),
)


@dataclass(frozen=True)
class Shown:
    """A result with its evidence in the form that the page shows."""

    result: Result
    pictures: tuple[Picture, ...]
    curves: tuple[Curve, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Topic:
    """The results of one subject; ``status`` is its worst."""

    title: str
    status: Status
    shown: tuple[Shown, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures of the topic, shown together beside its results."""
        return tuple(one for shown in self.shown for one in shown.pictures)


def write_readiness(
    path: Path,
    *,
    settings: Settings,
    event: Event | None,
    judgement: Judgement,
    checklist: tuple[Ticked, ...] = (),
) -> Path:
    """Writes the report as one HTML file that needs nothing else, and returns ``path``.

    Args:
        path: Where to write.
        settings: The room's settings.
        event: The event that the room was checked for, if any.
        judgement: What was found.
        checklist: What a person says of what no probe can see.

    Raises:
        OutsideFailure: the file cannot be written.
    """
    language = settings.room.document_language
    with speaking(language):
        topics = grouped(judgement.results, floor=settings.conference_audio.floor_db)
    text = render(
        "readiness.html.j2",
        language=language,
        zone=settings.zone,
        room=settings.room,
        event=event,
        topics=topics,
        counts=Counter(result.status.value for result in judgement.results),
        slowest=max((result.seconds for result in judgement.results), default=0.0),
        ready=ready(judgement, checklist),
        converged=judgement.converged,
        todo=[*judgement.todo, *(_refused(line) for line in checklist if line.ok is False)],
        checklist=checklist,
        at=judgement.at,
        version=__version__,
        sop_number=SOP_NUMBER,
        sop_title=SOP_TITLE,
    )
    return replace_file(path, text.encode())


def _refused(line: Ticked) -> str:
    return f"{line.item}: {line.note}" if line.note else line.item


def grouped(results: Iterable[Result], *, floor: float) -> list[Topic]:
    """The results by topic in the report's order; an unknown topic comes last, by its own name."""
    waiting = list(results)
    topics = []
    for title, prefixes in _TOPICS:
        mine = [result for result in waiting if _prefix(result) in prefixes]
        waiting = [result for result in waiting if result not in mine]
        topics += [_topic(_(title), mine, floor)] if mine else []
    for prefix in dict.fromkeys(_prefix(result) for result in waiting):
        mine = [result for result in waiting if _prefix(result) == prefix]
        topics.append(_topic(prefix.replace("_", " ").capitalize(), mine, floor))
    return topics


def _prefix(result: Result) -> str:
    return result.id.partition(".")[0]


def _topic(title: str, results: Sequence[Result], floor: float) -> Topic:
    order = (Status.FAIL, Status.WARN, Status.PASS, Status.SKIP)
    worst = min((result.status for result in results), key=order.index)
    return Topic(title, worst, tuple(_shown(result, floor) for result in results))


def _shown(result: Result, floor: float) -> Shown:
    def limit(evidence: Evidence) -> float | None:
        return floor if evidence.unit.lower().startswith("db") else None

    def of(kind: str) -> Iterator[Evidence]:
        return (evidence for evidence in result.evidence if evidence.kind == kind)

    return Shown(
        result,
        pictures=tuple(picture(evidence) for evidence in of("image")),
        curves=tuple(curve(evidence, limit(evidence)) for evidence in of("trace")),
        notes=tuple(note(evidence) for evidence in of("text") if evidence.text.strip()),
    )
