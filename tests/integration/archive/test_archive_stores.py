"""Bags at real servers: SFTP with and without a shell, S3, WebDAV, over a cable that can be cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import bagit
import pytest
from tests.rigs.stores import PASSWORD, Store, s3_store, sftp_store, webdav_store, weed

from cc_run import sop
from cc_run.archive.checking import copies_of, verify_copies
from cc_run.archive.contents import ATTACHED
from cc_run.archive.filing import archive_event, pending_targets
from cc_run.archive.restoring import restore_event
from cc_run.archive.retention import prunable_event, prune
from cc_run.archive.targets import target_for
from cc_run.errors import OutsideFailure, SettingsFault

NAME = "VC-0001_2026-11-24_rapat-koordinasi-evaluasi-spbe-100"
VIDEO = f"{NAME}/data/recording/2026-11-24 09-00-00.mkv"
SIZE = 12 << 20  # more than one part of S3
# Enough for a server to hash while more arrives, and for a cable to be cut in between.
LONG = pytest.mark.parametrize("size", [40 << 20])
MEANS = {
    "sftp": ("hashed by the server, O_DIRECT, sha256", "hashed by the server, cache, sha256"),
    "sftp without a shell": ("read back, SFTP, sha256",),
    "s3": ("SHA-256 compared and kept by the server",),
    "webdav": ("downloaded, sha256",),
}


@pytest.fixture(scope="module")
def s3_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with weed(tmp_path_factory.mktemp("weed") / "store") as port:
        yield port


@pytest.fixture(params=MEANS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = {
        "sftp": lambda: sftp_store(tmp_path / "far"),
        "sftp without a shell": lambda: sftp_store(tmp_path / "far", "ForceCommand internal-sftp"),
        "s3": lambda: s3_store(
            request.getfixturevalue("s3_port"), f"vidcon-{tmp_path.name.replace('_', '-')[-40:]}"
        ),
        "webdav": lambda: webdav_store(tmp_path / "far"),
    }[request.param]()
    with opened as found:
        yield replace(found, kind=request.param)


@pytest.fixture
def size() -> int:
    return SIZE


@pytest.fixture
def room(build_site: Callable, store: Store, size: int, tmp_path: Path):
    """A room with a folder and the store as its targets."""
    folder = tmp_path / "disk"
    folder.mkdir()
    site = build_site(size, roots={"disk": folder})
    return _with_targets(site, store.target)


def _with_targets(site, *more):
    settings = site.workspace.settings
    targets = (settings.archive.targets[0], *more)
    archive = settings.archive.model_copy(update={"targets": targets})
    settings = settings.model_copy(update={"archive": archive})
    return replace(site, workspace=replace(site.workspace, settings=settings))


def _judged(store: Store, folder: Path) -> bagit.Bag:
    bag = bagit.Bag(str(store.copied_to(folder) / NAME))
    bag.validate(completeness_only=False)
    return bag


@LONG
def test_the_bag_arrives_whole_once_and_its_receipt_tells_how_that_is_known(room, store, tmp_path):
    outcome = archive_event(room.workspace, room.event)

    assert outcome.delivered == ("disk", store.target.name)
    bag = _judged(store, tmp_path / "judged")
    assert bag.info["External-Identifier"] == "VC-0001"
    assert not any(".part" in name for name in store.look())
    receipt = outcome.copies[1]
    assert receipt.means in MEANS[store.kind]
    assert receipt.bag == f"{receipt.url}/{NAME}"

    store.cable.mend()
    assert not archive_event(room.workspace, room.event).changed
    assert store.cable.sent < 1 << 17
    assert pending_targets(room.workspace, room.event) == []


@LONG
def test_a_line_that_breaks_in_mid_copy_loses_nothing(room, store, size, tmp_path):
    store.cable.cut(after=30 << 20)

    with pytest.raises(OutsideFailure) as caught:
        archive_event(room.workspace, room.event)

    assert "1 of 2" in caught.value.message
    assert store.target.name in caught.value.message
    assert "Traceback" not in str(caught.value)
    assert f"{NAME}/tagmanifest-sha256.txt" not in store.look()
    assert room.recording.stat().st_size == size + 123

    store.cable.mend()
    outcome = archive_event(room.workspace, room.event)

    assert outcome.delivered == (store.target.name,)
    _judged(store, tmp_path / "judged")
    assert not any(".part" in name for name in store.look())
    if store.kind == "s3":  # only the parts that were missing
        assert store.cable.sent < 24 << 20


@LONG
def test_sftp_goes_on_where_it_was(room, store, tmp_path, monkeypatch):
    monkeypatch.setattr("cc_run.archive.sftp_shelf._UNSURE", 1 << 20)
    carried: list[int] = []
    store.cable.cut(after=30 << 20)
    with pytest.raises(OutsideFailure):
        archive_event(room.workspace, room.event)
    store.cable.mend()
    monkeypatch.setattr("cc_run.archive.line.Line.carried", lambda _line, n: carried.append(n))

    archive_event(room.workspace, room.event)

    _judged(store, tmp_path / "judged")
    if store.kind.startswith("sftp"):
        assert store.cable.sent < 36 << 20
    if store.kind in ("sftp", "s3"):  # a limit counts what goes over the line, and nothing else
        assert 4 << 20 < sum(carried) < 36 << 20


@LONG
def test_a_part_with_other_bytes_is_sent_again(room, store, tmp_path):
    store.cable.cut(after=30 << 20)
    with pytest.raises(OutsideFailure):
        archive_event(room.workspace, room.event)
    for name, content in store.look().items():
        if name.endswith(".mkv.part"):
            store.put(name, b"\0" * len(content))
    store.cable.mend()

    archive_event(room.workspace, room.event)

    _judged(store, tmp_path / "judged")


def test_a_flipped_bit_is_found_with_the_good_copy_and_repaired(room, store, tmp_path):
    archive_event(room.workspace, room.event)
    content = bytearray(store.look()[VIDEO])
    content[9 << 20] ^= 1
    store.put(VIDEO, bytes(content))

    checks = verify_copies(room.workspace, copies_of(room.workspace, room.event))

    (damaged,) = [check for check in checks if check.problems]
    assert damaged.receipt.target == store.target.name
    assert [problem.file for problem in damaged.problems] == [VIDEO.removeprefix(f"{NAME}/")]
    assert damaged.whole == (f"disk  {room.targets[0] / NAME}",)
    assert archive_event(room.workspace, room.event).delivered == (store.target.name,)
    _judged(store, tmp_path / "judged")


def test_a_truncated_file_is_noticed_without_reading_it(room, store, tmp_path):
    archive_event(room.workspace, room.event)
    store.put(VIDEO, store.look()[VIDEO][: 5 << 20])

    assert pending_targets(room.workspace, room.event) == [store.target.name]
    archive_event(room.workspace, room.event)

    _judged(store, tmp_path / "judged")


def test_a_bag_comes_back_from_the_server_alone(room, store, tmp_path):
    archive_event(room.workspace, room.event)
    (room.targets[0] / NAME).rename(tmp_path / "gone")

    restored = restore_event(room.workspace, room.event, tmp_path / "back")

    assert restored.target == store.target.name
    assert "disk" in restored.unusable[0]
    bagit.Bag(str(restored.bag)).validate()


def test_documents_that_come_after_the_recording_left_still_reach_every_target(
    room, store, tmp_path
):
    archive_event(room.workspace, room.event)
    with room.workspace.journal.step("VC-0001", sop.CLOSE, "Siti") as step:
        step.output = {}
    later = room.event.ends_at + timedelta(days=366)
    prune(
        room.workspace,
        prunable_event(room.workspace, room.event, later, 365),
        approved_by="Kepala Bidang",
    )
    assert not room.recording.exists()
    minutes = tmp_path / "notulen akhir.docx"
    minutes.write_bytes(b"akhir")
    room.workspace.journal.append(
        ATTACHED, event_id="VC-0001", step=6, actor="Siti", data={"minutes": str(minutes)}
    )
    # A disk that is new gets the recording from a copy that has it.
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    new = store.target.model_validate({"name": "baru", "url": fresh.as_uri()})
    wider = _with_targets(room, store.target, new)

    outcome = archive_event(wider.workspace, wider.event)

    assert outcome.failures == ()
    assert set(outcome.delivered) == {"disk", store.target.name, "baru"}
    bag = _judged(store, tmp_path / "judged")
    assert f"data/minutes/{minutes.name}" in bag.payload_files()
    for folder in (room.targets[0], fresh):
        bagit.Bag(str(folder / NAME)).validate()
        assert (folder / NAME / "data/minutes" / minutes.name).read_bytes() == b"akhir"
        assert (folder / VIDEO).stat().st_size == SIZE + 123
    assert [path.name for path in (room.workspace.state_dir / "bags").iterdir()] == ["VC-0001.sums"]


def test_secrets_are_told_nowhere(room, store):
    wrong = store.target.model_validate(
        {**store.target.model_dump(), "password": "salah-rahasia", "private_key": ""}
    )
    said = repr(wrong)
    with pytest.raises(OutsideFailure) as caught, target_for(wrong).open():
        pass
    assert store.target.name in caught.value.message
    archive_event(room.workspace, room.event)

    entries = room.workspace.journal.entries("VC-0001")
    said += str(caught.value) + json.dumps([entry.data for entry in entries], default=str)
    for secret in (PASSWORD, "salah-rahasia", "PRIVATE KEY"):
        assert secret not in said


def test_a_place_that_is_missing_is_never_made(room, store):
    moved = store.target.model_copy(update={"url": f"{store.target.url}-lain"})
    if store.kind == "s3":
        moved = store.target.model_copy(update={"url": "s3://bucket-lain/arsip"})

    with pytest.raises(OutsideFailure, match="has no"), target_for(moved).open():
        pass


def test_another_server_in_its_place_gets_nothing(tmp_path):
    with (
        sftp_store(tmp_path / "one") as one,
        sftp_store(tmp_path / "other") as other,
    ):
        changed = one.target.model_copy(update={"host_key": other.target.host_key})
        with pytest.raises(OutsideFailure, match="not the one that is known"):
            target_for(changed).open().__enter__()
        unknown = one.target.model_copy(update={"host_key": ""})
        with pytest.raises(OutsideFailure, match="not the one that is known"):
            target_for(unknown).open().__enter__()
        assert one.look() == {}


def test_a_key_that_is_none_is_a_fault_of_the_settings(tmp_path):
    with sftp_store(tmp_path / "one") as one:
        broken = one.target.model_validate(
            {**one.target.model_dump(), "private_key": "no key", "password": ""}
        )
        with pytest.raises(SettingsFault, match="key that cannot be used"):
            target_for(broken).open().__enter__()
