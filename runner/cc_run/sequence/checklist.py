"""Step 4, what no probe can see: a person looks, signs by name, and the report says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run import sop
from cc_run.events import Event
from cc_run.language import _
from cc_run.reports.judgement import Judgement, Ticked, kept
from cc_run.reports.readiness import write_readiness
from cc_run.workspace import Workspace

SIGNED: Final = "checklist.signed"


@dataclass(frozen=True)
class Answer:
    """What a person says of one line of the checklist; a "no" has a reason."""

    item: str
    ok: bool
    note: str = ""


def checklist(workspace: Workspace, event: Event) -> tuple[Ticked, ...]:
    """The room's lines in their order, each with the newest answer for this event."""
    newest: dict[str, Ticked] = {}
    for entry in workspace.journal.entries(event.id):
        if entry.kind != SIGNED:
            continue
        for answer in entry.data["answers"]:
            newest[answer["item"]] = Ticked(**answer, by=entry.actor, at=entry.at)
    return tuple(newest.get(item, Ticked(item)) for item in workspace.settings.room.checklist)


def open_lines(event: Event, lines: Sequence[Ticked]) -> list[str]:
    """What is still to be done about the checklist."""
    todo = [
        f"{line.item}: {line.note} ({line.by})" if line.note else f"{line.item} ({line.by})"
        for line in lines
        if line.ok is False
    ]
    unseen = sum(line.ok is None for line in lines)
    if unseen:
        todo.append(
            _("Look at what no probe can see (%(count)s), then: cc-run sign --event %(event)s")
            % {"count": unseen, "event": event.id}
        )
    return todo


def sign(workspace: Workspace, event: Event, answers: Sequence[Answer]) -> Path | None:
    """Journals the answers in the actor's name and brings the readiness report up to date.

    Returns:
        The report; None where the room was not prepared for the event yet.
    """
    if answers:
        workspace.journal.append(
            SIGNED,
            event_id=event.id,
            step=sop.PREPARE,
            actor=workspace.actor,
            data={"answers": [vars(answer) for answer in answers]},
        )
    judgement = kept(readiness_dir(workspace, event) / "readiness.json")
    return None if judgement is None else report(workspace, event, judgement)


def report(workspace: Workspace, event: Event, judgement: Judgement) -> Path:
    """Writes the readiness report with the checklist as it stands."""
    return write_readiness(
        readiness_dir(workspace, event) / "readiness.html",
        settings=workspace.settings,
        event=event,
        judgement=judgement,
        checklist=checklist(workspace, event),
    )


def readiness_dir(workspace: Workspace, event: Event) -> Path:
    """The folder of the event's readiness report and its evidence."""
    return workspace.event_dir(event) / "readiness"
