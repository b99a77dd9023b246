"""The acts of a rehearsal, run inside the room: the commands that an operator types, in order.

It is a program of its own because OBS, which ``prepare`` starts, has to live through all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from cc_run.errors import CcRunError
from cc_run.language import _
from cc_run.recording.launch import quit_obs
from cc_run.rehearsal.papers import finished_minutes, scan
from cc_run.sequence.documents import offered_photos
from cc_run.settings.inventory import load
from cc_run.times import now
from cc_run.workspace import Workspace, open_workspace

# More words than this do not fit on a line of a terminal.
_MANY: Final = 12
_FAR: Final = timedelta(days=3650)


def main(arguments: list[str]) -> int:
    """Plays the acts: ``FOLDER SECONDS``; the exit code of the first command that fails."""
    folder, seconds = Path(arguments[0]), arguments[1]
    settings = load()
    os.environ["CC_RUN_ACTOR"] = settings.room.operators[0]
    workspace = open_workspace(settings)
    try:
        return _play(workspace, folder, seconds)
    finally:
        quit_obs(workspace.settings.obs)


def _play(workspace: Workspace, folder: Path, seconds: str) -> int:
    code = _cc_run("event", "add", *_plan(workspace, folder))
    if code:
        return code
    event = workspace.events.ended(now() + _FAR, limit=1)[0]
    chosen = ("--event", event.id)
    code = _cc_run_all(
        ["host", "create", *chosen],
        ["host", "share", *chosen, "--to", "Bappeda"],
        ["prepare", *chosen],
        ["sign", *chosen, "--all"],
        ["record", *chosen, "--for", seconds],
        ["minutes", "draft", *chosen],
    )
    if code:
        return code
    minutes = finished_minutes(
        workspace.state_dir / "drafts" / f"{event.id}_Notulen.docx",
        folder / "papers" / f"Notulen_{event.id}.docx",
    )
    offered = offered_photos(workspace, event)[:2]
    photos = [
        word for number, _picture in enumerate(offered, 1) for word in ("--photo", str(number))
    ]
    return _cc_run_all(
        ["document", *chosen, "--minutes", str(minutes), *photos],
        ["archive", *chosen],
        ["report", "verify"],
        ["status", *chosen],
    )


def _plan(workspace: Workspace, folder: Path) -> list[str]:
    """A day for the event: the one after the last rehearsal's in this folder, else tomorrow."""
    zone = workspace.settings.room.zone
    last = workspace.events.ended(now() + _FAR, limit=1)
    latest = max([now(), *(event.ends_at for event in last)])
    day = datetime.date(latest.astimezone(zone)) + timedelta(days=1)
    today = datetime.date(now().astimezone(zone)).isoformat()
    papers = folder / "papers"
    plan = {
        "--title": "Rapat Koordinasi SPBE Kabupaten (gladi)",
        "--agency": "Badan Perencanaan Pembangunan Daerah",
        "--date": day.isoformat(),
        "--start": "09.00",
        "--end": "11.00",
        "--letter": f"005/{100 + day.toordinal() % 800}/{day.year}",
        "--letter-date": today,
        "--letter-file": str(scan(papers / "surat-permohonan.pdf", "SURAT PERMOHONAN")),
        "--disposition-by": "Kepala Dinkominfo",
        "--disposition-date": today,
        "--disposition-note": "Fasilitasi sesuai SOP",
        "--disposition-file": str(scan(papers / "disposisi.pdf", "DISPOSISI")),
        "--contact": "Siti Rahmawati",
        "--phone": "0812-0000-0000",
        "--participants": "40",
        "--agenda": "Pembahasan rencana kerja SPBE tahun depan",
    }
    return [word for pair in plan.items() for word in pair]


def _cc_run_all(*commands: list[str]) -> int:
    """Runs commands until one fails; its exit code, or 0."""
    return next((code for command in commands if (code := _cc_run(*command))), 0)


def _cc_run(*arguments: str) -> int:
    """Runs a command as an operator would, and shows what was typed."""
    shown = _typed(arguments)
    click.echo(
        "\n" + click.style("$ ", fg="cyan", bold=True) + click.style(f"cc-run {shown}", bold=True)
    )
    command = [sys.executable, "-m", "cc_run.cli", *arguments]
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the terminal told the command too; how it ends is the answer


def _typed(arguments: Sequence[str]) -> str:
    """The arguments as they would be typed, one option a line where they are many."""
    words = [f'"{word}"' if " " in word else word for word in arguments]
    if len(words) < _MANY:
        return " ".join(words)
    return " ".join(f"\\\n    {word}" if word.startswith("--") else word for word in words)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CcRunError as error:
        click.echo(_("The rehearsal stopped: %(reason)s") % {"reason": error}, err=True)
        sys.exit(error.exit_code)
