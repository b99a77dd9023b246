"""An office's register taken over: the events of its judged rows are added and changed.

What cannot be done for one row is told and left out; the others go on. The register is written
once, at the end; what an interruption keeps out of it is written by the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cc_run import sop
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.events.recap import refuse_if_open
from cc_run.journal.progress import progress
from cc_run.sequence.comparing import Judgement, Verdict
from cc_run.sequence.planning import assign, change_event, keep_event
from cc_run.sequence.register import register_all
from cc_run.workspace import Workspace


def take_over(workspace: Workspace, judgements: Sequence[Judgement]) -> list[Judgement]:
    """Adds the new events and changes the changed ones; what is refused becomes contradictory.

    Raises:
        Refusal: the room's own register is open in an office program.
    """
    refuse_if_open(workspace.settings.room.recap_path)
    done = list(judgements)
    changed: dict[int, Event] = _unregistered(workspace, judgements)
    waiting = [at for at, one in enumerate(done) if one.verdict in (Verdict.NEW, Verdict.CHANGED)]
    refused: dict[int, str] = {}
    # One event may have to leave its time before another can take it: what is refused is tried
    # again for as long as anything else was possible.
    while waiting:
        refused.clear()
        for at in waiting:
            try:
                event = _taken_over(workspace, done[at])
                changed[event.number] = event
                # Of a changed row, the event as it was tells what has changed.
                done[at] = replace(done[at], event=done[at].event or event)
            except Refusal as error:
                refused[at] = error.message
        if len(refused) == len(waiting):
            break
        waiting = list(refused)
    for at, reason in refused.items():
        done[at] = replace(done[at], verdict=Verdict.CONTRADICTORY, reasons=(reason,))
    if changed:
        register_all(workspace, list(changed.values()))
    return done


def _unregistered(workspace: Workspace, judgements: Sequence[Judgement]) -> dict[int, Event]:
    """The events that an interrupted run has kept, but not brought into the register."""
    same = [one.event for one in judgements if one.event and one.verdict is Verdict.SAME]
    entries = workspace.journal.entries_of(event.id for event in same)
    return {
        event.number: event
        for event in same
        if (record := progress(entries[event.id]).get(sop.RECAP)) is None or not record.done
    }


def _taken_over(workspace: Workspace, judgement: Judgement) -> Event:
    plan, event = judgement.plan, judgement.event
    if plan is None:
        raise ValueError(judgement.verdict)
    coordinator = workspace.settings.room.coordinator
    if event is None:
        return keep_event(workspace, plan, {}, assigned_by=coordinator)
    changes = dict(judgement.changes)
    operator = changes.pop("operator", None)
    if changes:
        event = change_event(workspace, event, changes, {})
    if operator is not None:
        event = assign(workspace, event, operator, assigned_by=coordinator)
    return event
