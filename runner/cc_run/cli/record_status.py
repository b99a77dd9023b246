"""What is known of the recording that runs: from whoever watches it, else from OBS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cc_run.cli.output import emit, say
from cc_run.cli.watching import clock
from cc_run.language import _
from cc_run.numbers import Number

if TYPE_CHECKING:
    from cc_run.workspace import Workspace

_MIB = 2**20


def show_status(workspace: Workspace, as_json: bool) -> int:
    """Shows it; exit code 1 where no recording runs."""
    from cc_run.recording.beacon import seen_by_supervisor
    from cc_run.recording.control import recording_status

    status = recording_status(workspace)
    watched = seen_by_supervisor(workspace.state_dir)
    if as_json:
        emit({**vars(status), "watched": watched})
    elif status.active:
        _show(status.paused, status.seconds, status.file, watched)
    else:
        say(_("No recording is running."), "skip")
    return 0 if status.active else 1


def _show(
    paused: bool, seconds: float, file: Path | None, watched: dict[str, object] | None
) -> None:
    words = _("Paused") if paused else _("Recording")
    say(f"{words}: {clock(seconds)}, {file}", "ok")
    if watched is None:
        say(
            _("Nobody watches over it: run cc-run record --event ID again, which takes it over."),
            "warn",
        )
        return
    say(
        _("%(event)s: %(elapsed)s recorded, %(left)s left, %(size)s MiB, part %(part)s")
        % {
            "event": watched["event"],
            "elapsed": clock(float(str(watched["elapsed"]))),
            "left": clock(float(str(watched["left"]))),
            "size": Number(float(str(watched["size"])) / _MIB),
            "part": watched["segments"],
        }
    )
    alarms = watched["alarms"]
    for alarm in alarms if isinstance(alarms, list) else []:
        say(str(alarm), "fail")
