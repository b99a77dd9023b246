"""Step 1 as the room's probes see it: letter and disposition are kept, and someone is assigned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cc_run import sop
from cc_run.events import Disposition, Event, Letter
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped, warned
from cc_run.workspace import Workspace, open_workspace


async def _letter(context: Context) -> Finding:
    return await _paper(context, "letter", lambda event: event.letter.number)


async def _disposition(context: Context) -> Finding:
    return await _paper(context, "disposition", lambda event: event.disposition.leader)


async def _paper(
    context: Context,
    name: Literal["letter", "disposition"],
    tell: Callable[[Event], str],
) -> Finding:
    """Whether a paper is known, not younger than its event, and its scan is kept."""
    event = context.event
    if event is None:
        return skipped(_("no event was named"))
    workspace = open_workspace(context.settings)
    paper: Letter | Disposition = getattr(event, name)
    found = _("%(paper)s of %(date)s") % {"paper": tell(event), "date": paper.date.isoformat()}
    expected = _("known, with its scan")
    values = {"event": event.id, "paper": name}
    add = _("Keep a scan of it: cc-run event edit --event %(event)s --%(paper)s-file FILE") % values
    if not tell(event).strip(" -–"):
        if name == "letter":
            remedy = _("Enter it: cc-run event edit --event %(event)s --letter NUMBER") % values
        else:
            remedy = (
                _("Enter it: cc-run event edit --event %(event)s --disposition-by NAME") % values
            )
        return failed(_("not known"), expected, remedy)
    if paper.date > event.ends_at.astimezone(context.settings.room.zone).date():
        return warned(
            _("%(found)s, after the event itself") % {"found": found},
            expected,
            _("Correct its date: cc-run event edit --event %(event)s --%(paper)s-date DAY")
            % values,
        )
    if paper.file is None:
        return warned(_("%(found)s, without a scan") % {"found": found}, expected, add)
    kept = workspace.event_dir(event) / paper.file
    if not await in_thread(lambda: _has_content(kept)):
        return failed(_("%(found)s, but its scan is lost") % {"found": found}, expected, add)
    return passed(found, expected)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


async def _operator(context: Context) -> Finding:
    event = context.event
    if event is None:
        return skipped(_("no event was named"))
    operators = context.settings.room.operators
    expected = _("one of the room's operators, assigned")
    assign = _("Assign one: cc-run event assign --event %(event)s --operator NAME") % {
        "event": event.id
    }
    if not event.operator.strip():
        return failed(_("nobody"), expected, assign)
    workspace = open_workspace(context.settings)
    record = await in_thread(lambda: _assignment(workspace, event))
    if record is None:
        return failed(
            _("%(name)s, but the assignment was never finished") % {"name": event.operator},
            expected,
            assign,
        )
    if event.operator not in operators:
        return warned(
            _("%(name)s, who is not among the room's operators") % {"name": event.operator},
            expected,
            assign,
        )
    return passed(
        _("%(name)s, assigned by %(coordinator)s")
        % {"name": event.operator, "coordinator": record},
        expected,
    )


def _assignment(workspace: Workspace, event: Event) -> str | None:
    """Who assigned the operator; None where step 1 is not done."""
    record = workspace.journal.progress(event.id).get(sop.ASSIGN)
    return record.performer if record is not None and record.done else None


PROBES = (
    Probe("event.letter", N_("Request letter is kept"), _letter),
    Probe("event.disposition", N_("Disposition is kept"), _disposition),
    Probe("event.operator", N_("Operator is assigned"), _operator),
)
