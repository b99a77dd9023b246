"""``archive prune``: what may leave this machine is shown; with an approval, it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cc_run.archive.retention import Prunable, Pruned, prunable_event, prunable_events, prune
from cc_run.cli.output import emit, say, table
from cc_run.cli.watching import Progress
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.language import _
from cc_run.numbers import amount
from cc_run.times import format_moment, now
from cc_run.workspace import Workspace


def show_or_prune(
    workspace: Workspace,
    event: Event | None,
    *,
    days: int | None,
    approved_by: str | None,
    as_json: bool,
) -> int:
    """Shows the recordings that may leave, or lets them; the exit code."""
    days = workspace.settings.archive.retention_days if days is None else days
    if event is not None:
        found = [prunable_event(workspace, event, now(), days)]
    else:
        found = prunable_events(workspace, now(), days)
    if approved_by is not None:
        return _prune(workspace, found, approved_by, as_json)
    if as_json:
        emit({"days": days, "prunable": [_as_dict(one) for one in found]})
    else:
        _show(workspace, found, days, " ".join(_chosen(event, days, workspace)))
    return 0


def _prune(workspace: Workspace, found: Sequence[Prunable], approved_by: str, as_json: bool) -> int:
    """One event after the other; one that has to stay does not hold up the others."""
    done: list[Pruned] = []
    failed: list[CcRunError] = []
    with Progress(quiet=as_json) as progress:
        for one in found:
            try:
                pruned = prune(workspace, one, approved_by=approved_by, on_progress=progress.work)
            except CcRunError as error:
                failed.append(error)
                say(f"{one.event.id}: {error.message}", "fail", error=True)
                say(f"  → {error.remedy}", error=True)
            else:
                done.append(pruned)
    if as_json:
        emit({"pruned": [_pruned_dict(one) for one in done], "failed": len(failed)})
    else:
        for left in done:
            say(
                _("%(event)s: %(size)s freed; copies that stay: %(targets)s")
                % {
                    "event": left.event.id,
                    "size": amount(left.bytes),
                    "targets": ", ".join(left.copies),
                },
                "ok",
            )
        if not found:
            say(_("No recording may leave this machine yet."), "ok")
    return max((error.exit_code for error in failed), default=0)


def _chosen(event: Event | None, days: int, workspace: Workspace) -> Iterator[str]:
    """The command that deletes what was shown, and nothing else."""
    yield "cc-run archive prune"
    if event is not None:
        yield f"--event {event.id}"
    if days != workspace.settings.archive.retention_days:
        yield f"--older-than {days}"
    yield "--approve-by"


def _show(workspace: Workspace, found: Sequence[Prunable], days: int, command: str) -> None:
    if not found:
        say(
            _("No closed event that ended %(days)s days ago or earlier has a recording here.")
            % {"days": days},
            "ok",
        )
        return
    rows = [
        (
            one.event.id,
            format_moment(one.event.starts_at, workspace.zone),
            one.event.title,
            "\n".join(str(path) for path in one.files),
            amount(one.bytes),
        )
        for one in found
    ]
    table((_("Event"), _("When"), _("Title"), _("Files"), _("Size")), rows)
    total = amount(sum(one.bytes for one in found))
    say(_("%(size)s in all. Nothing is deleted yet.") % {"size": total})
    say(
        _("To delete them here, after their copies have been read back: %(command)s NAME")
        % {"command": command},
        "next",
    )


def _as_dict(one: Prunable) -> dict[str, Any]:
    return {
        "event": one.event.id,
        "title": one.event.title,
        "ends_at": one.event.ends_at,
        "files": one.files,
        "bytes": one.bytes,
    }


def _pruned_dict(one: Pruned) -> dict[str, Any]:
    return {
        "event": one.event.id,
        "files": one.files,
        "bytes": one.bytes,
        "copies": one.copies,
    }
