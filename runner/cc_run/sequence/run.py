"""The whole procedure for one event, resumed at the first step that is not done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cc_run import sop
from cc_run.archive.mipp.event import has_documents
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.recording.herald import Observer as Recording
from cc_run.sequence.documentation import Progress, archive
from cc_run.sequence.documents import document, draft_for
from cc_run.sequence.equipment import Watcher, prepare
from cc_run.sequence.meeting import host
from cc_run.sequence.order import next_step
from cc_run.sequence.planning import assign
from cc_run.sequence.recording import ended_by_signal, record_event
from cc_run.sequence.register import register
from cc_run.workspace import Workspace


class StopHere(Refusal):
    """A person has to do something before the procedure can go on."""


@dataclass(frozen=True)
class Observer:
    """Who is told while an event is carried through its steps."""

    on_step: Callable[[sop.Step], None] = lambda step: None
    watcher: Watcher = field(default_factory=Watcher)
    recording: Recording = field(default_factory=Recording)
    on_progress: Callable[[Progress], None] = lambda progress: None


def run_event(
    workspace: Workspace,
    event: Event,
    observer: Observer,
    *,
    record_for: timedelta | None = None,
    minutes: Path | None = None,
    photos: Sequence[Path] = (),
) -> None:
    """Does step after step until the event is closed.

    Raises:
        StopHere: the minutes or photos are missing.
        NotReady: the room is not ready.
    """
    while (step := next_step(workspace, event)) is not None:
        observer.on_step(step)
        match step.number:
            case sop.ASSIGN:
                event = assign(workspace, event, event.operator, assigned_by=event.coordinator)
            case sop.RECAP:
                register(workspace, event)
            case sop.HOST:
                host(workspace, event)
            case sop.PREPARE:
                prepare(workspace, event, observer.watcher)
            case sop.RECORD:
                _record(workspace, event, observer, record_for)
            case sop.DOCUMENT if not has_documents(workspace, event):
                _document(workspace, event, minutes, photos)
            case _:
                archive(
                    workspace,
                    event,
                    on_role=observer.watcher.on_role,
                    on_progress=observer.on_progress,
                )


def _record(
    workspace: Workspace, event: Event, observer: Observer, record_for: timedelta | None
) -> None:
    seconds = record_for.total_seconds() if record_for else None
    with ended_by_signal() as stop:
        record_event(workspace, event, seconds=seconds, stop=stop, observer=observer.recording)


def _document(
    workspace: Workspace, event: Event, minutes: Path | None, photos: Sequence[Path]
) -> None:
    if minutes is None:
        draft = draft_for(workspace, event).path
        raise StopHere(
            _(
                "Complete the minutes in %(draft)s, then: cc-run run --event %(event)s "
                "--minutes FILE --photo FILE"
            )
            % {"draft": draft, "event": event.id}
        )
    document(workspace, event, minutes=minutes, photos=photos)
