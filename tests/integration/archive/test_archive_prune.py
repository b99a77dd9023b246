"""Recordings that leave this machine: only approved ones, and only when their copies are whole."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cc_run import sop
from cc_run.archive.checking import copies_of, verify_copies
from cc_run.archive.contents import PRUNED
from cc_run.archive.due import due_events
from cc_run.archive.filing import archive_event, pending_targets
from cc_run.archive.restoring import restore_event
from cc_run.archive.retention import prunable_event, prunable_events, prune
from cc_run.errors import OutsideFailure, Refusal

YEAR = timedelta(days=366)


def _closed(site):
    """The event archived and closed, with a raw part beside its joined recording."""
    part = site.recording.with_name("part-1.mkv")
    part.write_bytes(b"raw")
    site.workspace.journal.append(
        "recording.segment", event_id="VC-0001", step=5, actor="Siti", data={"file": str(part)}
    )
    archive_event(site.workspace, site.event)
    with site.workspace.journal.step("VC-0001", sop.CLOSE, "Siti") as step:
        step.output = {}
    return part


def _prune(site):
    workspace, event = site.workspace, site.event
    found = prunable_event(workspace, event, event.ends_at + YEAR, 365)
    return prune(workspace, found, approved_by="Kepala Bidang")


def _at_targets(site):
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for root in site.targets
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_an_old_closed_event_is_proposed_with_its_files_and_nothing_is_deleted(site):
    part = _closed(site)
    later = site.event.ends_at + YEAR

    (found,) = prunable_events(site.workspace, later, 365)

    assert found.event == site.event
    assert set(found.files) == {site.recording, part}
    assert found.bytes == site.recording.stat().st_size + 3
    assert prunable_events(site.workspace, site.event.ends_at + timedelta(days=364), 365) == []
    assert site.workspace.journal.latest("VC-0001", PRUNED) is None


def test_approved_files_leave_and_the_journal_tells_who_what_and_what_stays(site):
    part = _closed(site)
    sums = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in (site.recording, part)
    }
    before = _at_targets(site)

    pruned = _prune(site)

    assert not site.recording.exists()
    assert not part.exists()
    assert _at_targets(site) == before
    data = site.workspace.journal.latest("VC-0001", PRUNED).data
    assert data["approved_by"] == "Kepala Bidang"
    assert {one["file"]: one["sha256"] for one in data["files"]} == sums
    assert {copy["target"] for copy in data["copies"]} == {"server", "disk"}
    assert set(pruned.copies) == {"server", "disk"}
    assert site.kinds().count("archive.verified") == 2
    assert site.workspace.journal.verify() == []


def test_the_archive_goes_on_as_before_without_the_local_recording(site, tmp_path):
    _closed(site)
    _prune(site)
    workspace, event = site.workspace, site.event

    assert due_events(workspace, event.ends_at + timedelta(hours=2)) == []
    assert pending_targets(workspace, event) == []
    assert not archive_event(workspace, event).changed
    assert all(
        not check.problems for check in verify_copies(workspace, copies_of(workspace, event))
    )
    assert prunable_events(workspace, event.ends_at + YEAR, 365) == []
    with pytest.raises(Refusal, match="no recording on this machine"):
        prunable_event(workspace, event, event.ends_at + YEAR, 365)
    restored = restore_event(workspace, event, tmp_path / "back")
    assert (restored.bag / "data/recording" / site.recording.name).is_file()


def test_a_damaged_copy_stops_the_deletion_and_can_be_repaired(site):
    part = _closed(site)
    video = next(site.targets[1].rglob("*.mkv"))
    content = bytearray(video.read_bytes())
    content[1000] ^= 1
    video.write_bytes(content)

    with pytest.raises(Refusal, match="disk is damaged"):
        _prune(site)

    assert site.recording.exists()
    assert part.exists()
    assert site.workspace.journal.latest("VC-0001", PRUNED) is None
    assert archive_event(site.workspace, site.event).delivered == ("disk",)
    _prune(site)
    assert not site.recording.exists()


def test_a_copy_that_cannot_be_reached_counts_for_nothing(site):
    _closed(site)
    site.targets[1].rename(site.targets[1].with_name("unplugged"))

    with pytest.raises(OutsideFailure, match="1 of 2"):
        _prune(site)

    assert site.recording.exists()


def test_another_file_under_the_recordings_name_stays(site):
    _closed(site)
    site.recording.write_bytes(b"something else")

    with pytest.raises(Refusal, match="not the file that the archive has"):
        _prune(site)

    assert site.recording.read_bytes() == b"something else"


def test_what_is_not_closed_or_not_archived_everywhere_stays(site):
    later = site.event.ends_at + YEAR
    with pytest.raises(Refusal, match="not closed"):
        prunable_event(site.workspace, site.event, later, 365)
    with site.workspace.journal.step("VC-0001", sop.CLOSE, "Siti") as step:
        step.output = {}
    with pytest.raises(Refusal, match="archive is not complete"):
        prunable_event(site.workspace, site.event, later, 365)
    archive_event(site.workspace, site.event)
    with pytest.raises(Refusal, match="too short"):
        prunable_event(site.workspace, site.event, later, 3650)


def test_a_recording_that_lies_at_a_target_is_never_deleted(site):
    _closed(site)
    root = site.recording.parent
    settings = site.workspace.settings
    extra = settings.archive.targets[0].model_copy(update={"name": "videos", "url": root.as_uri()})
    archive = settings.archive.model_copy(
        update={"targets": (*settings.archive.targets, extra)},
    )
    workspace = replace(site.workspace, settings=settings.model_copy(update={"archive": archive}))
    archive_event(workspace, site.event)

    assert prunable_events(workspace, site.event.ends_at + YEAR, 365) == []
    assert Path(site.recording).exists()
