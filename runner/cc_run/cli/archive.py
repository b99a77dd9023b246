"""Step 6: the bag goes to every target, the documents to MIPP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cc_run.cli.event import found_event, planned_event
from cc_run.cli.given import line
from cc_run.cli.options import json_option, with_workspace
from cc_run.cli.output import emit, say
from cc_run.cli.watching import Progress
from cc_run.errors import UsageFault
from cc_run.events import Event
from cc_run.language import _
from cc_run.sequence.documentation import Archived
from cc_run.times import now
from cc_run.workspace import Workspace


@click.command(help=_("Archive a recorded event and file its documents (step 6)."))
@click.argument(
    "action",
    type=click.Choice(["run", "verify", "restore", "prune"]),
    default="run",
    metavar="[verify|restore|prune]",
)
@click.option("--event", "event_text", metavar="ID|next|today", help=_("Which event."))
@click.option("--due", is_flag=True, help=_("All that are due; silent when there is nothing."))
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Where restore brings the bag."),
)
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help=_("For verify: only the N copies that were read back longest ago."),
)
@click.option("--mipp-number", help=_("The entry's number, where MIPP is filled in by hand."))
@click.option(
    "--older-than",
    type=click.IntRange(0, 36_500),
    metavar="DAYS",
    help=_("For prune: ended so many days ago; else archive_retention_days."),
)
@click.option(
    "--approve-by",
    type=line,
    metavar="NAME",
    help=_("For prune: who approves; without, it is only shown."),
)
@json_option
@with_workspace
def command(
    workspace: Workspace,
    action: str,
    event_text: str | None,
    due: bool,
    folder: Path | None,
    sample: int | None,
    mipp_number: str | None,
    older_than: int | None,
    approve_by: str | None,
    as_json: bool,
) -> int:
    """Archives, reads the archived copies back, brings one back, or frees this machine's disk."""
    _require_prune(action, due, older_than, approve_by)
    if (action == "restore") != (folder is not None):
        raise UsageFault(
            _("restore and --to go together."), _("cc-run archive restore --event ID --to FOLDER")
        )
    if action == "prune":
        from cc_run.cli.pruning import show_or_prune

        event_to_prune = found_event(workspace, event_text) if event_text else None
        return show_or_prune(
            workspace, event_to_prune, days=older_than, approved_by=approve_by, as_json=as_json
        )
    if sample is not None and (action != "verify" or event_text):
        raise UsageFault(
            _("--sample goes with verify alone."), _("cc-run archive verify --sample 10")
        )
    if action == "verify" and not due:
        from cc_run.cli.verifying import verify

        event_to_verify = found_event(workspace, event_text) if event_text else None
        return verify(workspace, event_to_verify, sample=sample, as_json=as_json)
    if due == (event_text is not None):
        raise UsageFault(
            _("Which event is meant?"), _("cc-run archive --event ID, or --due for all that wait")
        )
    if due:
        return _archive_due(workspace, as_json)
    if folder is not None:
        return _restore(workspace, found_event(workspace, event_text or ""), folder, as_json)
    event = planned_event(workspace, event_text or "")
    archived = _archive(workspace, event, mipp_number, quiet=as_json)
    if as_json:
        emit(_as_dict(event, archived))
    else:
        _show(workspace, event, archived)
    return 0


def _require_prune(action: str, due: bool, older_than: int | None, approve_by: str | None) -> None:
    if action == "prune" and due:
        raise UsageFault(
            _("A recording leaves only when a person approves, so --due and prune do not go."),
            _("cc-run archive prune --approve-by NAME"),
        )
    if action != "prune" and (older_than is not None or approve_by is not None):
        raise UsageFault(
            _("--older-than and --approve-by go with prune."),
            _("cc-run archive prune --older-than DAYS --approve-by NAME"),
        )


def _archive(
    workspace: Workspace, event: Event, mipp_number: str | None = None, *, quiet: bool
) -> Archived:
    from cc_run.sequence.documentation import archive, receive_number

    if mipp_number is not None:
        return receive_number(workspace, event, mipp_number)
    with Progress(quiet=quiet) as progress:
        return archive(
            workspace,
            event,
            on_role=progress.role,
            on_progress=lambda work: progress.work(work.done, work.total, work.text),
        )


def _archive_due(workspace: Workspace, as_json: bool) -> int:
    """For timers: nothing is said where nothing is due, one line otherwise."""
    from cc_run.archive.unattended import archive_due

    def work(event: Event) -> dict[str, Any]:
        return _as_dict(event, _archive(workspace, event, quiet=True))

    round_ = archive_due(workspace, now(), work)
    for event, error in round_.failed:
        say(f"{event.id}: {error}", "fail", error=True)
    if as_json:
        emit({"archived": round_.done, "failed": len(round_.failed)})
    elif round_.done or round_.failed:
        say(
            _("%(done)s archived, %(failed)s failed")
            % {"done": len(round_.done), "failed": len(round_.failed)},
            "fail" if round_.failed else "ok",
        )
    return max((error.exit_code for _event, error in round_.failed), default=0)


def _restore(workspace: Workspace, event: Event, folder: Path, as_json: bool) -> int:
    from cc_run.archive.restoring import restore_event

    with Progress(quiet=as_json) as progress:
        restored = restore_event(workspace, event, folder.resolve(), on_progress=progress.work)
    if as_json:
        emit({"event": event.id, **vars(restored)})
        return 0
    for copy in restored.unusable:
        say(copy, "warn")
    say(
        _("From %(target)s, read back: %(path)s")
        % {"target": restored.target, "path": restored.bag},
        "ok",
    )
    return 0


def _show(workspace: Workspace, event: Event, archived: Archived) -> None:
    from cc_run.reports.outputs import proofs_told

    for bag in archived.bags:
        (proof,) = proofs_told({bag["target"]: bag["means"]})
        say(proof, "ok")
        say(f"  {bag['bag']}")
    for remark in archived.remarks:
        say(remark, "warn")
    if archived.receipt is None:
        say(_("Nothing is filed in MIPP yet: minutes and photos are missing."), "warn")
        say(_("Next: cc-run document --event %(event)s") % {"event": event.id}, "next")
    elif not archived.receipt.is_complete:
        checklist = workspace.state_dir / "mipp" / event.id / "mipp" / "CHECKLIST.txt"
        say(_("MIPP waits for a person: %(path)s") % {"path": checklist}, "warn")
        say(
            _("Next: cc-run archive --event %(event)s --mipp-number NUMBER") % {"event": event.id},
            "next",
        )
    else:
        say(_("MIPP: %(url)s") % {"url": archived.receipt.url}, "ok")
        say(_("Next: cc-run report --event %(event)s") % {"event": event.id}, "next")


def _as_dict(event: Event, archived: Archived) -> dict[str, Any]:
    receipt = archived.receipt.to_dict() if archived.receipt is not None else None
    return {"event": event.id, "bags": list(archived.bags), "receipt": receipt}
