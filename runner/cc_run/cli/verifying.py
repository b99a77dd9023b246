"""``archive verify``: archived copies are read back; what is damaged is told with what is whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cc_run.archive.checking import CopyCheck, all_copies, copies_of, verify_copies
from cc_run.cli.output import emit, say
from cc_run.cli.watching import Progress
from cc_run.events import Event
from cc_run.language import _
from cc_run.workspace import Workspace


def verify(workspace: Workspace, event: Event | None, *, sample: int | None, as_json: bool) -> int:
    """Reads back an event's copies, or all of the room's, or some; the exit code."""
    copies = all_copies(workspace)[:sample] if event is None else copies_of(workspace, event)
    with Progress(quiet=as_json) as progress:
        checks = verify_copies(workspace, copies, on_progress=progress.work)
    if as_json:
        emit([_as_dict(check) for check in checks])
    else:
        _show(checks)
    if any(check.problems for check in checks):
        return 1
    return max((check.absent.exit_code for check in checks if check.absent), default=0)


def _show(checks: Sequence[CopyCheck]) -> None:
    if not checks:
        say(_("Nothing is archived yet."), "ok")
        return
    for check in checks:
        who = f"{check.event.id}  {check.receipt.target}"
        if check.absent is not None:
            say(f"{who}  {check.absent.message}", "warn")
            say(f"    → {check.absent.remedy}")
        elif not check.problems:
            say(f"{who}  " + _("whole"), "pass")
        else:
            _show_damage(check, who)
    absent = sum(check.absent is not None for check in checks)
    damaged = sum(bool(check.problems) for check in checks)
    said = _("%(whole)s whole, %(damaged)s damaged, %(absent)s not reached") % {
        "whole": len(checks) - damaged - absent,
        "damaged": damaged,
        "absent": absent,
    }
    say(said, "fail" if damaged else "warn" if absent else "ok")


def _show_damage(check: CopyCheck, who: str) -> None:
    say(f"{who}  " + _("problems: %(count)s") % {"count": len(check.problems)}, "fail")
    for problem in check.problems:
        say(f"    {problem.file}: {problem.reason}")
    say("    " + (_("Whole copies:") if check.whole else _("No other copy has a receipt.")))
    for place in check.whole:
        say(f"      {place}")
    say(
        "    → " + _("Repair it: cc-run archive --event %(event)s") % {"event": check.event.id},
    )


def _as_dict(check: CopyCheck) -> dict[str, Any]:
    return {
        "event": check.event.id,
        "target": check.receipt.target,
        "bag": check.receipt.bag,
        "problems": [vars(one) for one in check.problems],
        "absent": check.absent.message if check.absent else None,
        "whole": check.whole,
    }
