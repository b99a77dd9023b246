"""The program as an operator runs it: in this process where that is enough, else as its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cc_run.cli import main
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.processes import tied
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, code: int, *words: str) -> Ran:
        """Ended with that code, with all the words, a remedy, and nothing of Python's own."""
        told = self.out + self.err
        assert self.code == code, told
        assert "→" in self.err, told
        assert "Traceback" not in told
        for word in words:
            assert word in self.err
        return self


@dataclass(frozen=True)
class Office:
    """A rehearsal room that nothing answers in, and the program in it."""

    run: Callable[..., Ran]
    day: str = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()

    def add(self, *more: str, **changed: str) -> Ran:
        facts = {
            "title": "Rapat Koordinasi SPBE",
            "agency": "Bappeda",
            "date": self.day,
            "start": "09.00",
            "end": "11.00",
            "letter": "005/123/2026",
            "letter-date": "2026-11-20",
            "disposition-by": "Kepala Dinkominfo",
            "disposition-date": "2026-11-21",
            **{name.replace("_", "-"): value for name, value in changed.items()},
        }
        options = [word for name, value in facts.items() for word in (f"--{name}", value)]
        return self.run("event", "add", *options, *more)

    def workspace(self) -> Workspace:
        return open_workspace(load(), actor="Bagas Prasetyo")

    def events(self) -> list[dict[str, Any]]:
        return self.run("event", "list", "--json").json

    def event(self, text: str = "VC-0001") -> Event:
        return self.workspace().events.get(text)

    def entries(self, event_id: str = "VC-0001") -> list[Entry]:
        return self.workspace().journal.entries(event_id)

    def journal_is_whole(self) -> bool:
        return self.workspace().journal.verify() == []

    def process(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The program as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "cc_run.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def finished(self, process: subprocess.Popen[str]) -> Ran:
        out, err = process.communicate(timeout=120)
        return Ran(process.returncode, out, err)


@pytest.fixture
def office(
    rehearsal_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Office:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    here = str(Path(__file__).parents[2] / "runner")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cc-run", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        told = capsys.readouterr()
        return Ran(int(end.value.code or 0), told.out, told.err)

    return Office(run)


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL database that only this test knows."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("PostgreSQL's server is missing: sudo apt-get install postgresql")
    programs = found[-1].parent
    # The server refuses to run as root.
    person = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="cc-run-pg-"))
    if person:
        shutil.chown(folder, "nobody", "nogroup")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-U", "cc", "-A", "trust", "-E", "UTF8", "-D", data],
        check=True,
        **quiet,
        **person,
    )
    server = subprocess.Popen(
        tied(
            [
                str(programs / "postgres"),
                "-D",
                str(data),
                "-k",
                str(folder),
                "-c",
                "listen_addresses=",
            ]
        ),
        **quiet,
        **person,
    )
    ready = [programs / "pg_isready", "-q", "-h", folder]
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None
    yield f"postgresql+psycopg://cc@/postgres?host={folder}"
    server.send_signal(signal.SIGINT)  # ends at once, whoever is still connected
    server.wait()
    shutil.rmtree(folder)
