"""``archive verify`` and ``archive restore`` as an operator or a timer types them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import bagit
import pytest

from cc_run import sop
from cc_run.archive.filing import archive_event
from cc_run.workspace import Workspace


@pytest.fixture
def targets(office, tmp_path) -> list[Path]:
    """Two archived events, VC-0001 first; the targets' folders."""
    workspace: Workspace = office.workspace()
    folders = [
        Path(target.url.removeprefix("file://")) for target in workspace.settings.archive.targets
    ]
    for folder in folders:
        folder.mkdir(parents=True)
    for number in (1, 2):
        office.add(start=f"{7 + 2 * number:02}.00", end=f"{8 + 2 * number:02}.30")
        event = office.event(f"VC-000{number}")
        past = {
            name: getattr(event, name) - timedelta(days=90) for name in ("starts_at", "ends_at")
        }
        workspace.events.change(number, past, workspace.zone)
        video = tmp_path / f"{number}.mkv"
        video.write_bytes(f"recording {number}".encode())
        with workspace.journal.step(event.id, sop.RECORD, "Siti") as step:
            step.output = {"file": str(video)}
        archive_event(workspace, office.event(event.id))
    return folders


def _rot(folder: Path, number: int) -> None:
    (video,) = folder.rglob(f"{number}.mkv")
    video.write_bytes(b"recordinh " + str(number).encode())


def test_all_copies_are_read_back_and_told(office, targets):
    done = office.run("archive", "verify")

    assert done.code == 0, done.err
    assert done.out.count("whole") == 5
    assert "4 whole, 0 damaged, 0 not reached" in done.out


def test_a_damaged_copy_is_named_with_a_whole_one_and_repaired(office, targets):
    _rot(targets[1], 2)

    found = office.run("archive", "verify")

    assert found.code == 1
    assert "data/recording/2.mkv: its content has changed" in found.out
    assert f"Whole copies:\n      server  {targets[0]}/VC-0002" in found.out
    assert "Repair it: cc-run archive --event VC-0002" in found.out
    assert "3 whole, 1 damaged, 0 not reached" in found.out
    archive_event(office.workspace(), office.event("VC-0002"))
    assert office.run("archive", "verify", "--event", "VC-0002").code == 0


def test_a_sample_takes_what_was_read_back_longest_ago(office, targets):
    seen = []
    for _turn in range(4):
        (one,) = office.run("archive", "verify", "--sample", "1", "--json").json
        seen.append((one["event"], one["target"]))

    assert sorted(seen) == [
        (event, target) for event in ("VC-0001", "VC-0002") for target in ("cadangan", "server")
    ]
    assert seen[0][0] == "VC-0001"


def test_a_target_that_is_away_is_told_and_keeps_its_receipts(office, targets):
    targets[0].rename(targets[0].with_name("unplugged"))

    away = office.run("archive", "verify")

    assert away.code == 3
    assert "2 whole, 0 damaged, 2 not reached" in away.out
    targets[0].with_name("unplugged").rename(targets[0])
    assert "4 whole" in office.run("archive", "verify").out


def test_nothing_archived_is_no_fault(office):
    assert "Nothing is archived yet" in office.run("archive", "verify", "--sample", "10").out
    office.run("archive", "--sample", "3").refused(2, "--sample")
    office.run("archive", "verify", "--event", "VC-0001", "--sample", "3").refused(2)


def test_a_bag_comes_back_from_the_copy_that_is_whole(office, targets, tmp_path):
    _rot(targets[0], 1)

    back = office.run("archive", "restore", "--event", "VC-0001", "--to", str(tmp_path / "back"))

    assert back.code == 0, back.err
    assert "server: " in back.out  # asked first, as the inventory has it
    assert "From cadangan" in back.out
    (bag,) = (tmp_path / "back").iterdir()
    bagit.Bag(str(bag)).validate()
    again = ("archive", "restore", "--event", "VC-0001", "--to", str(tmp_path / "back"))
    office.run(*again).refused(2, "is there already")
    _rot(targets[1], 1)
    office.run(*again[:-1], str(tmp_path / "elsewhere")).refused(3, "No archive target")
    assert not any((tmp_path / "elsewhere").rglob("*.mkv"))
