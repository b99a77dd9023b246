"""A rehearsal's stage with an event whose meeting is there: a room in which all is simulated."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from _room import on_disk

from cc_run.errors import CcRunError
from cc_run.recording.launch import quit_obs
from cc_run.rehearsal.papers import scan
from cc_run.rehearsal.stage import stage
from cc_run.settings.inventory import load
from cc_run.times import now

CC_RUN = Path(sys.executable).with_name("cc-run")
EVENT = "VC-0001"


def on_stage(file: str, options: Namespace) -> int:
    """Builds the stage and runs the benchmark's ``file`` again in it; its exit code."""
    with on_disk() as folder, stage(folder) as built:
        again = [sys.executable, file, "--inside", str(folder), "--runs", str(options.runs)]
        again += ["--json"] if options.json else []
        environment = dict(built.environment)
        return subprocess.run(
            built.room.under_devices(again), env=environment, check=False
        ).returncode


def ready(folder: Path) -> None:
    """Plans the event, makes its meeting, shares it, and prepares the room; OBS stays open."""
    settings = load()
    os.environ["CC_RUN_ACTOR"] = settings.room.operators[0]
    day = (now().astimezone(settings.room.zone) + timedelta(days=1)).date().isoformat()
    papers = folder / "papers"
    plan = {
        "--title": "Rapat Koordinasi SPBE",
        "--agency": "Bappeda",
        "--date": day,
        "--start": "09.00",
        "--end": "11.00",
        "--letter": "005/1/2026",
        "--letter-date": day,
        "--letter-file": str(scan(papers / "surat.pdf", "SURAT PERMOHONAN")),
        "--disposition-by": "Kepala Dinkominfo",
        "--disposition-date": day,
        "--disposition-file": str(scan(papers / "disposisi.pdf", "DISPOSISI")),
        "--contact": "Siti Rahmawati",
    }
    chosen = ["--event", EVENT]
    told("event", "add", *(word for pair in plan.items() for word in pair))
    told("host", "create", *chosen)
    told("host", "share", *chosen, "--to", "Bappeda")
    told("prepare", *chosen, codes=(0, 1))  # a busy machine may fail a probe


def closed() -> None:
    """Has OBS quit, which ``ready`` has opened."""
    with suppress(CcRunError):
        quit_obs(load().obs)


def told(*words: str, codes: Sequence[int] = (0,)) -> str:
    """What a command of cc-run printed.

    Raises:
        SystemExit: its exit code is none of ``codes``; with all that it said.
    """
    done = subprocess.run([CC_RUN, *words], capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"cc-run {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
