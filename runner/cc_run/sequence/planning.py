"""Steps 1 and 2: an event is planned, its operator assigned, and it stands in the register."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events import Event, EventStatus, Plan, status_of
from cc_run.events.status import CANCELLED_KIND
from cc_run.hosting.outcome import Cancelled
from cc_run.hosting.schedule import cancel_meeting
from cc_run.hosting.telling import tell_again
from cc_run.language import _
from cc_run.sequence.order import next_step
from cc_run.sequence.register import register, write_register
from cc_run.sequence.sensible import require_sensible_times
from cc_run.workspace import Workspace

ADDED: Final = "event.added"
EDITED: Final = "event.edited"
_HELD: Final = (EventStatus.RECORDED, EventStatus.DOCUMENTED, EventStatus.CLOSED)


def add_event(
    workspace: Workspace, plan: Plan, scans: Mapping[str, Path], *, assigned_by: str
) -> Event:
    """Keeps a new event as ``keep_event`` does, and registers it."""
    event = keep_event(workspace, plan, scans, assigned_by=assigned_by)
    register(workspace, event)
    return event


def keep_event(
    workspace: Workspace, plan: Plan, scans: Mapping[str, Path], *, assigned_by: str
) -> Event:
    """Keeps a new event with the scans of its papers, and assigns its operator.

    The same plan again continues where an interrupted run has left it. ``scans`` may name the
    ``letter`` and the ``disposition``.

    Raises:
        UsageFault: the times cannot be, or a scan is not there.
        Refusal: the room is taken.
    """
    require_sensible_times(workspace, plan)
    _require_files(scans)
    event = _begun(workspace, plan) or workspace.events.add(plan, workspace.zone)
    if workspace.journal.latest(event.id, ADDED) is None:
        workspace.journal.append(
            ADDED, event_id=event.id, actor=workspace.actor, data=event.model_dump(mode="json")
        )
    event = _keep_scans(workspace, event, scans)
    return assign(workspace, event, event.operator, assigned_by=assigned_by)


def _begun(workspace: Workspace, plan: Plan) -> Event | None:
    """The event of this very plan that stands in no register yet; None where there is none."""
    for event in workspace.events.between(plan.starts_at, plan.ends_at, room=plan.room):
        step = next_step(workspace, event)
        if step is not None and step.number <= sop.RECAP and _is_of(plan, event):
            return event
    return None


def _is_of(plan: Plan, event: Event) -> bool:
    """Whether the event was made from the plan; its scans may be kept already."""
    papers = {
        name: getattr(event, name).model_copy(update={"file": None})
        for name in ("letter", "disposition")
    }
    kept = Plan.model_validate(event.model_dump(exclude={"number", "revision"}))
    return kept.model_copy(update=papers) == plan


def assign(workspace: Workspace, event: Event, operator: str, *, assigned_by: str) -> Event:
    """Step 1: the coordinator assigns the operator, on the letter and the disposition."""
    with workspace.journal.step(event.id, sop.ASSIGN, assigned_by) as step:
        event = workspace.events.change(event.number, {"operator": operator}, workspace.zone)
        step.output = {
            "operator": operator,
            "letter": event.letter.model_dump(mode="json"),
            "disposition": event.disposition.model_dump(mode="json"),
        }
    return event


def edit_event(
    workspace: Workspace, event: Event, changes: Mapping[str, Any], scans: Mapping[str, Path]
) -> Event:
    """Changes facts of an event; the register follows, Zoom follows with ``host sync``."""
    changed = change_event(workspace, event, changes, scans)
    if changed != event:
        register(workspace, changed)
    return changed


def change_event(
    workspace: Workspace, event: Event, changes: Mapping[str, Any], scans: Mapping[str, Path]
) -> Event:
    """Changes facts of an event, and journals which; the register is the caller's to write."""
    _require_files(scans)
    wished = Plan.model_validate({**event.model_dump(exclude={"number", "revision"}), **changes})
    if (wished.starts_at, wished.ends_at) != (event.starts_at, event.ends_at):
        require_sensible_times(workspace, wished)
    changed = workspace.events.change(event.number, dict(changes), workspace.zone)
    changed = _keep_scans(workspace, changed, scans)
    if changed != event:
        workspace.journal.append(
            EDITED,
            event_id=event.id,
            actor=workspace.actor,
            data={"revision": changed.revision, "fields": sorted(changes)},
        )
    return changed


def cancel_event(workspace: Workspace, event: Event, reason: str) -> Cancelled:
    """Cancels the event, in Zoom too, and tells those who count on it.

    Of one that is cancelled already, only what an interruption left undone is done.

    Raises:
        Refusal: it has been held.
    """
    status = status_of(workspace.journal.entries(event.id))
    if status in _HELD:
        raise Refusal(
            _("%(event)s has been held and recorded, so it cannot be cancelled.")
            % {"event": event.id},
            _("Go on with it: cc-run status --event %(event)s") % {"event": event.id},
        )
    # Alone with step 3, so that nobody makes a meeting of an event that is being cancelled.
    with workspace.journal.holding(event.id, sop.HOST):
        existed = cancel_meeting(workspace, event)
        if status is not EventStatus.CANCELLED:
            workspace.journal.append(
                CANCELLED_KIND, event_id=event.id, actor=workspace.actor, data={"reason": reason}
            )
        telling = tell_again(workspace, event, None)
    write_register(workspace, [event])
    return Cancelled(existed, telling)


def _require_files(scans: Mapping[str, Path]) -> None:
    for path in scans.values():
        if not path.is_file():
            raise UsageFault(
                _("There is no file %(path)s.") % {"path": path}, _("Check the path of the scan.")
            )


def _keep_scans(workspace: Workspace, event: Event, scans: Mapping[str, Path]) -> Event:
    if not scans:
        return event
    folder = workspace.event_dir(event) / "letters"
    changes: dict[str, Any] = {}
    try:
        folder.mkdir(exist_ok=True)
        for name, path in scans.items():
            kept = folder / f"{name}{path.suffix.lower()}"
            shutil.copyfile(path, kept)
            paper = getattr(event, name).model_dump()
            changes[name] = {**paper, "file": str(kept.relative_to(folder.parent))}
    except OSError as error:
        raise OutsideFailure(
            _("The scan cannot be kept in %(folder)s: %(reason)s")
            % {"folder": folder, "reason": error.strerror},
            _("Free some space, then: cc-run event edit --event %(event)s with the same scans")
            % {"event": event.id},
        ) from error
    # Where a scan is kept is no news to anyone.
    return workspace.events.change(event.number, changes, workspace.zone, counts=False)
