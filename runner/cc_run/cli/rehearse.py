"""The whole procedure on simulated equipment."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cc_run.cli.given import seconds as length
from cc_run.cli.options import json_option
from cc_run.cli.output import emit, heading, say
from cc_run.language import _
from cc_run.rehearsal.performance import Rehearsed, rehearse
from cc_run.times import now


@click.command(help=_("Play a whole event on simulated equipment; nothing real is touched."))
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), help=_("Where it is kept.")
)
@click.option(
    "--for",
    "seconds",
    type=length(3),
    default=10,
    show_default=True,
    metavar="N",
    help=_("Record for N seconds only."),
)
@json_option
def command(state: Path | None, seconds: float, as_json: bool) -> None:
    """Rehearses an event."""
    folder = (state or _new_folder()).resolve()
    rehearsed = rehearse(folder, seconds=seconds, quiet=as_json)
    if as_json:
        emit(rehearsed.as_dict())
    else:
        _show(rehearsed)


def _new_folder() -> Path:
    home = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    return home / "cc-run" / "rehearsals" / f"{now():%Y-%m-%dT%H-%M-%S}-{os.getpid()}"


def _show(rehearsed: Rehearsed) -> None:
    results = (
        (_("Schedule register"), rehearsed.recap),
        (_("Invitation"), rehearsed.invitation),
        (_("Readiness report"), rehearsed.readiness_report),
        (_("Recording"), rehearsed.recording),
        (_("Finished minutes"), rehearsed.minutes),
        *((_("Photo"), photo) for photo in rehearsed.photos),
        *((_("Archive bag"), bag) for bag in rehearsed.bags),
        (_("MIPP receipt"), rehearsed.mipp_receipt),
        (_("SOP report"), rehearsed.sop_report),
    )
    heading(_("The rehearsal of %(event)s left:") % {"event": rehearsed.event})
    width = max(len(name) for name, _path in results)
    for name, path in results:
        say(f"{name:<{width}}  {path}", "ok")
