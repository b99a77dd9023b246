"""A rehearsal from the first to the last act, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.rehearsal.stage import stage
from cc_run.reports.procedure import procedure_steps
from cc_run.settings.inventory import load
from cc_run.times import now
from cc_run.workspace import Workspace, open_workspace

_INTERRUPTED: Final = 128 + signal.SIGINT


@dataclass(frozen=True)
class Rehearsed:
    """Where the results of a rehearsal are, and the seven steps as they were journalled."""

    event: str
    recap: Path
    invitation: Path
    readiness_report: Path
    recording: Path
    minutes: Path
    photos: tuple[Path, ...]
    bags: tuple[Path, ...]
    mipp_receipt: Path
    sop_report: Path
    steps: tuple[dict[str, Any], ...]
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            name: [str(item) if isinstance(item, Path) else item for item in value]
            if isinstance(value, tuple)
            else str(value)
            for name, value in vars(self).items()
        }


def rehearse(folder: Path, *, seconds: float, quiet: bool = False) -> Rehearsed:
    """Plays a whole event in ``folder``; what the commands say goes to the terminal.

    Args:
        folder: Everything that the rehearsal makes; it may hold earlier ones.
        seconds: How long is recorded.
        quiet: Send the commands' words to standard error, because standard output has JSON.

    Raises:
        OutsideFailure: a program is missing, or an act failed.
        KeyboardInterrupt: it was interrupted.
    """
    with stage(folder) as built:
        script = [sys.executable, "-m", "cc_run.rehearsal.script", str(folder), str(seconds)]
        code = subprocess.run(
            built.room.under_devices(script),
            env=dict(built.environment),
            stdout=sys.stderr if quiet else None,
            check=False,
        ).returncode
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        if code:
            raise OutsideFailure(
                _("The rehearsal did not come to its end (exit code %(code)s).") % {"code": code},
                _("Everything so far is in %(folder)s; OBS's own words are in state/logs/obs.log.")
                % {"folder": folder},
            )
        return _results(built.environment)


def _results(environment: Mapping[str, str]) -> Rehearsed:
    os.environ.update(
        {name: value for name, value in environment.items() if name.startswith("CC_")}
    )
    workspace = open_workspace(load())
    event = workspace.events.ended(now().replace(year=now().year + 10), limit=1)[0]
    outputs = {
        number: record.output for number, record in workspace.journal.progress(event.id).items()
    }
    documents = outputs[sop.DOCUMENT]
    return Rehearsed(
        event=event.id,
        recap=Path(outputs[sop.RECAP]["recap"]),
        invitation=Path(outputs[sop.HOST]["invitation"]),
        readiness_report=Path(outputs[sop.PREPARE]["report"]),
        recording=Path(outputs[sop.RECORD]["file"]),
        minutes=Path(documents["minutes"]),
        photos=tuple(Path(photo) for photo in documents["photos"]),
        bags=tuple(Path(bag) for bag in documents["bags"]),
        mipp_receipt=_receipt(workspace, event.id),
        sop_report=Path(outputs[sop.CLOSE]["report"]),
        steps=tuple(procedure_steps(event, workspace.journal.entries(event.id))),
        verdict=str(outputs[sop.PREPARE]["verdict"]),
    )


def _receipt(workspace: Workspace, event_id: str) -> Path:
    return workspace.state_dir / "mipp" / event_id / "receipt.json"
