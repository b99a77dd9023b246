"""``archive prune`` as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_run import sop
from cc_run.archive.filing import archive_event
from cc_run.workspace import Workspace


@pytest.fixture
def recording(office, tmp_path) -> Path:
    """The recording of VC-0001, which is archived and closed."""
    office.add()
    workspace: Workspace = office.workspace()
    for target in workspace.settings.archive.targets:
        Path(target.url.removeprefix("file://")).mkdir(parents=True)
    path = tmp_path / "VC-0001.mkv"
    path.write_bytes(b"a recording")
    with workspace.journal.step("VC-0001", sop.RECORD, "Siti") as step:
        step.output = {"file": str(path)}
    archive_event(workspace, office.event())
    with workspace.journal.step("VC-0001", sop.CLOSE, "Siti") as step:
        step.output = {}
    # The event of a month ahead has to be over for its recording to be old.
    held = office.event()
    past = {
        "starts_at": held.starts_at.replace(year=2020),
        "ends_at": held.ends_at.replace(year=2020),
    }
    workspace.events.change(1, past, workspace.zone)
    return path


def test_without_approval_it_is_only_shown(office, recording):
    shown = office.run("archive", "prune")

    assert shown.code == 0
    assert str(recording) in shown.out
    assert "cc-run archive prune --approve-by NAME" in shown.out
    some = office.run("archive", "prune", "--event", "VC-0001", "--older-than", "1")
    assert "prune --event VC-0001 --older-than 1 --approve-by NAME" in some.out
    assert office.run("archive", "prune", "--json").json["prunable"][0]["bytes"] == 11
    assert recording.exists()
    assert office.run("archive", "prune", "--older-than", "36500", "--json").json["prunable"] == []


def test_with_approval_it_leaves(office, recording):
    done = office.run("archive", "prune", "--event", "VC-0001", "--approve-by", "Sekar", "--json")

    assert done.code == 0, done.err
    assert [one["event"] for one in done.json["pruned"]] == ["VC-0001"]
    assert not recording.exists()
    office.run("archive", "prune", "--event", "VC-0001").refused(1, "no recording on this machine")
    assert "No recording" in office.run("archive", "prune", "--approve-by", "Sekar").out
    assert office.journal_is_whole()


def test_a_damaged_copy_is_told_and_the_code_is_1(office, recording):
    target = office.workspace().settings.archive.targets[0]
    copy = next(Path(target.url.removeprefix("file://")).rglob("*.mkv"))
    copy.write_bytes(b"a recordinh")

    office.run("archive", "prune", "--approve-by", "Sekar").refused(1, "VC-0001", "damaged")

    assert recording.exists()


def test_its_options_go_with_it_alone(office):
    office.run("archive", "--due", "--approve-by", "Sekar").refused(2, "prune")
    office.run("archive", "prune", "--due").refused(2)
    office.run("archive", "prune", "--event", "VC-0009").refused(2, "VC-0009")
