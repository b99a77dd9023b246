"""An event on its way to the archive, judged by bagit-python, which shares no code with it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import bagit
import pytest

from cc_run import sop
from cc_run.archive.checking import copies_of, verify_copies
from cc_run.archive.contents import ATTACHED
from cc_run.archive.due import due_events
from cc_run.archive.filing import archive_event, pending_targets
from cc_run.archive.mipp.event import file_event, is_outdated
from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.events.status import CANCELLED_KIND
from cc_run.settings.models import ArchiveTarget, Mipp, MippForm

NAME = "VC-0001_2026-11-24_rapat-koordinasi-evaluasi-spbe-100"


def _states(folder: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path): (status.st_ino, status.st_mtime_ns, status.st_size)
        for path in sorted(folder.rglob("*"))
        for status in [path.stat()]
    }


def _with_archive(site, **changes):
    settings = site.workspace.settings
    archive = settings.archive.model_copy(update=changes)
    changed = settings.model_copy(update={"archive": archive})
    return replace(site, workspace=replace(site.workspace, settings=changed))


def test_every_target_gets_a_bag_that_bagit_python_accepts(site):
    outcome = archive_event(site.workspace, site.event)

    assert outcome.delivered == ("server", "disk")
    assert [path.name for path in site.bags()] == [NAME, NAME]
    for folder in site.bags():
        bag = bagit.Bag(str(folder))
        bag.validate(completeness_only=False)
        assert bag.info["External-Identifier"] == "VC-0001"
        assert bag.info["Source-Organization"] == "Dinkominfo Kabupaten Demak"
        assert bag.version_info == (1, 0)
        assert sorted(bag.payload_files()) == [
            "data/event.json",
            "data/letters/surat.pdf",
            "data/minutes/notulen 100_.docx",
            "data/photos/Foto-2.jpg",
            "data/photos/foto.jpg",
            "data/readiness/report.html",
            "data/recording/2026-11-24 09-00-00.mkv",
            "data/reports/sop.html",
        ]
    assert site.recording.stat().st_size == (3 << 20) + 123
    assert list((site.workspace.state_dir / "bags").iterdir()) == [
        site.workspace.state_dir / "bags" / "VC-0001.sums"
    ]


def test_the_receipt_names_the_manifest_and_how_it_was_verified(site):
    archive_event(site.workspace, site.event)

    entry = site.workspace.journal.latest("VC-0001", "archive.delivered")
    folder = Path(entry.data["bag"])
    manifest = (folder / "manifest-sha256.txt").read_bytes()
    assert entry.data["manifest"] == hashlib.sha256(manifest).hexdigest()
    assert entry.data["bytes"] == sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    assert entry.data["means"] in (
        "read back, O_DIRECT, sha256",
        "read back, posix_fadvise, sha256",
    )
    assert entry.step == sop.DOCUMENT


def test_a_second_run_changes_nothing(site):
    archive_event(site.workspace, site.event)
    before = [_states(root) for root in site.targets], site.kinds()

    outcome = archive_event(site.workspace, site.event)

    assert not outcome.changed
    assert len(outcome.copies) == 2
    assert ([_states(root) for root in site.targets], site.kinds()) == before
    assert pending_targets(site.workspace, site.event) == []


def test_later_minutes_join_the_bag_without_sending_the_video_again(site):
    archive_event(site.workspace, site.event)
    name = "data/recording/2026-11-24 09-00-00.mkv"
    videos = [(folder / name).stat().st_ino for folder in site.bags()]
    later = site.recording.with_name("daftar hadir.docx")
    later.write_bytes(b"hadir")
    site.workspace.journal.append(
        ATTACHED, event_id="VC-0001", step=6, actor="Siti", data={"minutes": str(later)}
    )
    after_end = site.event.ends_at + timedelta(hours=2)
    assert due_events(site.workspace, after_end) == [site.event]

    outcome = archive_event(site.workspace, site.event)

    assert outcome.delivered == ("server", "disk")
    assert [path.name for path in site.bags()] == [NAME, NAME]
    for folder, video in zip(site.bags(), videos, strict=True):
        bagit.Bag(str(folder)).validate()
        assert (folder / "data/minutes/daftar hadir.docx").read_bytes() == b"hadir"
        assert (folder / name).stat().st_ino == video
    assert due_events(site.workspace, after_end) == []


def test_a_paper_saved_again_unchanged_sends_nothing(site):
    archive_event(site.workspace, site.event)
    before = [_states(root) for root in site.targets], site.kinds()
    paper = site.workspace.event_dir(site.event) / "letters" / "surat.pdf"
    paper.write_bytes(paper.read_bytes())
    (site.workspace.state_dir / "bags" / "VC-0001.sums").unlink()

    assert not archive_event(site.workspace, site.event).changed
    assert ([_states(root) for root in site.targets], site.kinds()) == before


def test_a_changed_title_does_not_begin_a_second_bag(site):
    archive_event(site.workspace, site.event)
    event = site.workspace.events.change(1, {"title": "Rapat Lain"}, "Asia/Jakarta")

    archive_event(site.workspace, event)

    assert [path.name for path in site.bags()] == [NAME, NAME]
    for folder in site.bags():
        assert '"Rapat Lain"' in (folder / "data/event.json").read_text()
        bagit.Bag(str(folder)).validate()


def test_a_flipped_bit_is_found_and_then_repaired(site):
    archive_event(site.workspace, site.event)
    video = site.targets[1] / NAME / "data/recording/2026-11-24 09-00-00.mkv"
    content = bytearray(video.read_bytes())
    content[2 << 20] ^= 1
    video.write_bytes(content)

    checks = verify_copies(site.workspace, copies_of(site.workspace, site.event))

    assert [(check.receipt.target, len(check.problems)) for check in checks] == [
        ("disk", 1),
        ("server", 0),
    ]
    assert checks[0].problems[0].file == "data/recording/2026-11-24 09-00-00.mkv"
    assert archive_event(site.workspace, site.event).delivered == ("disk",)
    assert hashlib.sha256(video.read_bytes()).digest() == (
        hashlib.sha256(site.recording.read_bytes()).digest()
    )


def test_a_truncated_copy_is_noticed_without_reading_the_video(site):
    archive_event(site.workspace, site.event)
    os.truncate(site.targets[0] / NAME / "data/recording/2026-11-24 09-00-00.mkv", 1000)

    assert pending_targets(site.workspace, site.event) == ["server"]
    assert archive_event(site.workspace, site.event).delivered == ("server",)
    bagit.Bag(str(site.targets[0] / NAME)).validate()


def test_a_missing_target_folder_is_never_made(site):
    site.targets[1].rmdir()

    with pytest.raises(OutsideFailure) as caught:
        archive_event(site.workspace, site.event)

    assert "1 of 2" in caught.value.message
    assert str(site.targets[1]) in caught.value.message
    assert not site.targets[1].exists()
    assert site.kinds() == ["archive.delivered"]
    bagit.Bag(str(site.targets[0] / NAME)).validate()

    site.targets[1].mkdir()
    assert archive_event(site.workspace, site.event).delivered == ("disk",)


def test_one_target_may_be_away_when_the_required_copies_exist(site):
    site.targets[1].rmdir()

    outcome = archive_event(_with_archive(site, copies_required=1).workspace, site.event)

    assert outcome.delivered == ("server",)
    assert [failure.target for failure in outcome.failures] == ["disk"]


def test_a_bare_mount_point_is_not_taken_for_the_share(site):
    bare = ArchiveTarget(name="disk", url=site.targets[1].as_uri(), mounted=True)
    room = _with_archive(site, targets=(site.workspace.settings.archive.targets[0], bare))

    with pytest.raises(OutsideFailure, match="not mounted"):
        archive_event(room.workspace, site.event)

    assert list(site.targets[1].iterdir()) == []


def test_another_rooms_bag_of_the_same_name_is_left_alone(site):
    archive_event(site.workspace, site.event)
    before = _states(site.targets[0])
    (site.targets[0] / NAME / "bag-info.txt").write_text(
        "Internal-Sender-Identifier: ruang-lain/VC-0001\n"
    )
    info = site.targets[0] / NAME / "bag-info.txt"

    with pytest.raises(OutsideFailure, match="another room"):
        archive_event(site.workspace, site.event)

    after = _states(site.targets[0])
    assert {k: v for k, v in after.items() if k != str(info)} == {
        k: v for k, v in before.items() if k != str(info)
    }


def test_an_event_without_a_recording_is_refused(build_site):
    site = build_site(finished=False)

    with pytest.raises(Refusal) as caught:
        archive_event(site.workspace, site.event)

    assert "cc-run record --event VC-0001" in caught.value.remedy
    assert site.bags() == []


def test_a_recording_that_is_gone_is_refused_by_its_path(site):
    site.recording.rename(site.recording.with_name("elsewhere.mkv"))

    with pytest.raises(Refusal, match=r"09-00-00\.mkv is gone"):
        archive_event(site.workspace, site.event)


def test_a_recording_that_left_after_the_archive_is_no_fault(site):
    archive_event(site.workspace, site.event)
    site.recording.unlink()

    assert not archive_event(site.workspace, site.event).changed


def test_a_recording_other_than_the_one_judged_is_refused(site):
    with site.workspace.journal.step("VC-0001", sop.RECORD, "Siti") as step:
        step.output = {"file": str(site.recording), "sha256": "0" * 64}

    with pytest.raises(Refusal, match="has changed since"):
        archive_event(site.workspace, site.event)

    assert not any(path.suffix == ".mkv" for root in site.targets for path in root.rglob("*"))
    assert all(path.name.startswith(".") for path in site.bags())
    assert site.kinds() == []


def test_a_room_without_targets_is_told_which_variable_to_set(site):
    with pytest.raises(SettingsFault) as caught:
        archive_event(_with_archive(site, targets=()).workspace, site.event)

    assert "archive_targets" in caught.value.remedy


def test_progress_only_grows_and_ends_with_the_whole(site):
    told: list[tuple[int, int, str]] = []

    archive_event(site.workspace, site.event, on_progress=lambda *line: told.append(line))

    assert [line[0] for line in told] == sorted(line[0] for line in told)
    assert told[-1][0] == told[-1][1]
    assert len({line[1] for line in told}) == 1


def test_due_is_told_from_the_journal_alone(site):
    end = site.event.ends_at
    assert due_events(site.workspace, end + timedelta(minutes=59)) == []
    assert due_events(site.workspace, end + timedelta(minutes=60)) == [site.event]
    assert due_events(site.workspace, end + timedelta(days=91)) == []
    archive_event(site.workspace, site.event)
    assert due_events(site.workspace, end + timedelta(minutes=60)) == []


def test_a_cancelled_event_is_neither_due_nor_archived(site):
    site.workspace.journal.append(CANCELLED_KIND, event_id="VC-0001", actor="Siti")

    assert due_events(site.workspace, site.event.ends_at + timedelta(hours=5)) == []
    with pytest.raises(Refusal, match="cancelled"):
        archive_event(site.workspace, site.event)


def test_documents_that_changed_since_they_went_to_mipp_are_told(site, tmp_path):
    entry = MippForm(page="/", fields={"judul": "{{ title }}"}, files={"notulen": "minutes"})
    mipp = Mipp.model_construct(
        mode="manual",
        url="https://mipp.example.go.id",
        entry=entry,
        upload_recording=False,
        photo_limit_kib=400,
        post_limit_kib=8000,
    )
    settings = site.workspace.settings.model_copy(update={"mipp": mipp})
    workspace = replace(site.workspace, settings=settings)
    for name in ("notulen.pdf", "notulen akhir.pdf"):
        (tmp_path / name).write_bytes(name.encode())

    def attach(name: str) -> None:
        data = {"minutes": str(tmp_path / name), "photos": []}
        workspace.journal.append(ATTACHED, event_id="VC-0001", step=6, actor="Siti", data=data)

    attach("notulen.pdf")
    assert not is_outdated(workspace, site.event)
    file_event(workspace, site.event)
    assert not is_outdated(workspace, site.event)
    attach("notulen akhir.pdf")
    assert is_outdated(workspace, site.event)
