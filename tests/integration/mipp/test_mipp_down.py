"""MIPP is away for a day, or hangs up: the same command again ends as an unbroken run does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from cc_run import sop
from cc_run.archive.mipp.event import FILED
from cc_run.rehearsal.papers import finished_minutes

AWAY = "http://127.0.0.1:9"


@pytest.fixture
def documented(office: Any, tmp_path: Path) -> Callable[[int], None]:
    """An event that has been held and documented."""
    for name in ("server", "cadangan"):
        (tmp_path / "state" / "targets" / name).mkdir(parents=True)
    photo = tmp_path / "foto.jpg"
    Image.effect_noise((800, 600), 60).save(photo)

    def make(number: int) -> None:
        hour = 7 + 2 * number
        office.add(title=f"Rapat {number}", start=f"{hour}.00", end=f"{hour + 1}.00")
        event = f"VC-{number:04}"
        recording = tmp_path / f"{event}.mkv"
        recording.write_bytes(b"\x1aE\xdf\xa3" * 5000)
        with office.workspace().journal.step(event, sop.RECORD, "Bagas Prasetyo") as step:
            step.output = {"file": str(recording), "seconds": 60, "segments": 1}
        draft = tmp_path / f"{event}.docx"
        office.run("minutes", "draft", "--event", event, "--output", str(draft))
        minutes = finished_minutes(draft, tmp_path / f"Notulen {number}.docx")
        words = ("document", "--event", event, "--minutes", str(minutes), "--photo", str(photo))
        done = office.run(*words)
        assert done.code == 0, done.err

    return make


@pytest.fixture
def running(office: Any, tmp_path: Path) -> Iterator[str]:
    """MIPP in Laravel's manner, with the rehearsal's login."""
    process = office.process("simulate", "mipp", "--state", str(tmp_path / "mipp"))
    assert process.stdout
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate()


def end_of(office: Any, url: str, event: str) -> dict[str, Any]:
    """What a run leaves: what MIPP has, what the journal says of it, what stands in the bags."""
    entries = [
        entry
        for entry in httpx.get(f"{url}/_control/state").json()["entries"]
        if event in entry["judul"]
    ]
    workspace = office.workspace()
    journal = workspace.journal.entries(event)
    bags = sorted((workspace.state_dir / "targets").glob(f"*/{event}_*/data"))
    return {
        "entries": [(one["tempat"], [file["field"] for file in one["uploads"]]) for one in entries],
        "filings": [entry.kind for entry in journal].count(FILED),
        "status": office.run("event", "show", "--event", event, "--json").json["status"],
        "done": [number for number, step in workspace.journal.progress(event).items() if step.done],
        "bags": [
            sorted(path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file())
            for bag in bags
        ],
    }


@pytest.mark.timeout(600)
def test_whatever_mipp_does_the_end_is_the_same(
    office: Any,
    documented: Callable[[int], None],
    running: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for number in (1, 2, 3):
        documented(number)
    archive = ("archive", "--event")

    # A whole day without MIPP: the bag is safe, the timer and the operator try in vain.
    monkeypatch.setenv("CC_REHEARSAL_MIPP", AWAY)
    for _try in range(2):
        office.run(*archive, "VC-0001").refused(3, "MIPP cannot be reached", "archive --event")
    assert len(list((tmp_path / "state" / "targets").glob("*/VC-0001_*"))) == 2
    monkeypatch.setenv("CC_REHEARSAL_MIPP", running)
    assert office.run(*archive, "VC-0001").code == 0

    # It takes the entry and hangs up, and again when we look whether it is there.
    faults = [
        {"kind": "drop_after", "method": "POST", "path": "/kegiatan", "times": 1},
        {"kind": "drop_before", "method": "GET", "path": "/kegiatan", "every": 3, "times": 1},
    ]
    httpx.put(f"{running}/_control/faults", json=faults).raise_for_status()
    office.run(*archive, "VC-0002").refused(3, "MIPP cannot be reached")
    httpx.delete(f"{running}/_control/faults")
    assert office.run(*archive, "VC-0002").code == 0

    # Nothing goes wrong.
    assert office.run(*archive, "VC-0003").code == 0

    unbroken = json.dumps(end_of(office, running, "VC-0003")).replace("0003", "0000")
    assert len(json.loads(unbroken)["entries"]) == 1
    for event in ("VC-0001", "VC-0002"):
        ended = json.dumps(end_of(office, running, event))
        named = ended.replace(event[3:], "0000").replace(f"{event[-1]}.docx", "3.docx")
        assert json.loads(named) == json.loads(unbroken)
        assert office.run(*archive, event).code == 0
        assert json.dumps(end_of(office, running, event)) == ended
    assert office.journal_is_whole()
