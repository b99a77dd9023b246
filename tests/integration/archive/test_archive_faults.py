"""What goes wrong on the way: after each of it the same call ends where an unbroken run ends."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from tests.rigs.stores import Store, s3_store, sftp_store, webdav_store, weed

from cc_run import sop
from cc_run.archive.filing import archive_event
from cc_run.archive.receipts import DELIVERED
from cc_run.errors import OutsideFailure, Refusal

ENDED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
FORK = multiprocessing.get_context("fork")
WATCHED = {
    "open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "os.truncate",
    "socket.connect", "sqlite3.connect",
}  # fmt: skip
KILLS = 200
REMOTE_KILLS = 8


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of bagging is part of a bag: no test may meet midnight."""
    monkeypatch.setattr("cc_run.archive.contents.now", lambda: ENDED)


def _archive(site, last: int, counted) -> None:
    """Archives in a process of its own, which dies without a word at its ``last`` operation."""
    steps = itertools.count(1)

    def count(*_facts: object) -> None:
        counted.value = next(steps)
        if counted.value == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _facts: count() if name in WATCHED else None)
    site = site.reopened()
    archive_event(site.workspace, site.event, on_progress=count)
    os._exit(0)


def _run(site, last: int) -> tuple[int | None, int]:
    counted = FORK.Value("i", 0)
    child = FORK.Process(target=_archive, args=(site, last, counted))
    child.start()
    child.join()
    return child.exitcode, counted.value


def _contents(site) -> dict[str, bytes]:
    """Everything at the targets."""
    return {
        path.relative_to(root.parent).as_posix(): path.read_bytes()
        for root in site.targets
        for path in root.rglob("*")
        if path.is_file()
    }


def _delivered(site) -> int:
    site = site.reopened()
    try:
        return site.kinds().count(DELIVERED)
    finally:
        site.workspace.engine.dispose()


def _begin_again(site, pristine: Path) -> None:
    """Everything as it was before the first run."""
    for root in site.targets:
        shutil.rmtree(root)
        root.mkdir()
    shutil.rmtree(site.workspace.state_dir)
    shutil.copytree(pristine, site.workspace.state_dir)


@pytest.mark.timeout(600)
def test_two_hundred_kills_at_random_moments_end_in_the_same_archive(
    build_site, monkeypatch, tmp_path
):
    # Small steps, so that there are many moments.
    monkeypatch.setattr("cc_run.archive.copying._STRIDE", 1 << 17)
    monkeypatch.setattr("cc_run.archive.copying._LAG", 1 << 18)
    site = build_site(3 << 20)
    site.workspace.engine.dispose()
    pristine = shutil.copytree(site.workspace.state_dir, tmp_path / "pristine")
    source = site.recording.read_bytes()
    code, operations = _run(site, last=-1)
    assert code == 0
    unbroken = _contents(site)
    assert operations > 100
    dice = random.Random(42)
    kills, seen = 0, set()
    _begin_again(site, pristine)
    while kills < KILLS:
        code, reached = _run(site, dice.randint(1, operations))
        assert site.recording.read_bytes() == source
        if code == -signal.SIGKILL:
            kills += 1
            seen.add(reached)
            for folder in site.bags():  # what has its name is whole, at every moment
                if not folder.name.startswith("."):
                    bagit.Bag(str(folder)).validate()
            continue
        assert code == 0
        assert _contents(site) == unbroken
        assert _delivered(site) == 2  # a receipt a target, however often it was killed
        _begin_again(site, pristine)
    assert len(seen) > KILLS // 4
    assert _run(site, last=-1)[0] == 0

    assert _contents(site) == unbroken
    assert site.workspace.journal.verify() == []
    assert [path.name for path in (site.workspace.state_dir / "bags").iterdir()] == ["VC-0001.sums"]


@pytest.fixture(scope="module")
def s3_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with weed(tmp_path_factory.mktemp("weed") / "store") as port:
        yield port


@pytest.fixture(params=["sftp", "s3", "webdav"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = {
        "sftp": lambda: sftp_store(tmp_path / "far"),
        "s3": lambda: s3_store(request.getfixturevalue("s3_port"), "vidcon-kills"),
        "webdav": lambda: webdav_store(tmp_path / "far"),
    }[request.param]()
    with opened as found:
        yield found


def test_kills_on_the_way_to_a_server_end_in_a_whole_bag(
    build_site: Callable, store: Store, tmp_path: Path
):
    disk = tmp_path / "disk"
    disk.mkdir()
    site = build_site(20 << 20, roots={"disk": disk})
    settings = site.workspace.settings
    archive = settings.archive.model_copy(
        update={"targets": (*settings.archive.targets, store.target)}
    )
    settings = settings.model_copy(update={"archive": archive})
    site = replace(site, workspace=replace(site.workspace, settings=settings))
    dice = random.Random(7)
    codes = [_run(site, dice.randint(5, 110))[0] for _kill in range(REMOTE_KILLS)]
    assert codes.count(-signal.SIGKILL) > REMOTE_KILLS // 2

    assert _run(site, last=-1)[0] == 0

    (bag,) = (store.copied_to(tmp_path / "judged")).iterdir()
    bagit.Bag(str(bag)).validate()
    assert _delivered(site) == 2
    assert not any(".part" in name for name in store.look())
    assert site.workspace.journal.verify() == []


def _judged(site, **facts: object) -> None:
    """Step 5, which has taken the recording's checksum."""
    import hashlib

    content = site.recording.read_bytes()
    with site.workspace.journal.step("VC-0001", sop.RECORD, "Siti") as step:
        step.output = {
            "file": str(site.recording),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            **facts,
        }


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_in_the_source_is_never_archived(site):
    _judged(site)
    _flip(site.recording)

    for _again in range(2):
        with pytest.raises(Refusal, match="has changed since"):
            archive_event(site.workspace, site.event)
        assert site.kinds() == []
        assert all(folder.name.startswith(".") for folder in site.bags())
    _flip(site.recording)

    assert archive_event(site.workspace, site.event).delivered == ("server", "disk")
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()


def test_a_source_that_rots_between_two_targets_is_told_with_the_good_copy(site):
    _judged(site)
    site.targets[1].rename(site.targets[1].with_name("unplugged"))
    with pytest.raises(OutsideFailure):
        archive_event(site.workspace, site.event)
    _flip(site.recording)
    site.targets[1].with_name("unplugged").rename(site.targets[1])

    with pytest.raises(Refusal, match="has changed since") as caught:
        archive_event(site.workspace, site.event)

    assert "server" in caught.value.remedy
    assert "archive restore" in caught.value.remedy
    good = next(site.targets[0].rglob("*.mkv"))
    shutil.copyfile(good, site.recording)
    assert archive_event(site.workspace, site.event).delivered == ("disk",)
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()


def test_a_bit_that_flips_at_the_target_while_it_is_written_is_written_again(site, monkeypatch):
    real, flipped = os.fsync, []

    def rotten(descriptor: int) -> None:
        real(descriptor)
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if name.endswith(".mkv.part") and not flipped:
            flipped.append(name)
            _flip(Path(name))

    monkeypatch.setattr("cc_run.archive.copying._LAG", 1 << 30)  # read when all is written
    monkeypatch.setattr(os, "fsync", rotten)

    assert archive_event(site.workspace, site.event).delivered == ("server", "disk")

    assert flipped
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()


def test_a_medium_that_always_lies_gets_no_receipt(site, monkeypatch):
    real = os.fsync

    def rotten(descriptor: int) -> None:
        real(descriptor)
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if name.endswith(".mkv.part") and "/disk/" in name:
            _flip(Path(name))

    monkeypatch.setattr("cc_run.archive.copying._LAG", 1 << 30)
    monkeypatch.setattr(os, "fsync", rotten)

    with pytest.raises(OutsideFailure, match="other content than was written"):
        archive_event(site.workspace, site.event)

    assert _delivered(site) == 1
    assert not any(site.targets[1].rglob("*.mkv*"))
    assert site.recording.exists()


def test_a_target_that_goes_in_mid_copy_is_told_and_then_completed(build_site):
    site = build_site(24 << 20)
    gone = site.targets[1].with_name("unplugged")

    def unplug(done: int, total: int, _text: str) -> None:
        if done > total // 3 and site.targets[1].exists():
            site.targets[1].rename(gone)

    with pytest.raises(OutsideFailure) as caught:
        archive_event(site.workspace, site.event, on_progress=unplug)

    assert "1 of 2" in caught.value.message
    assert not site.targets[1].exists()
    gone.rename(site.targets[1])
    assert archive_event(site.workspace, site.event).delivered == ("disk",)
    assert [path.name for path in site.bags()] == [site.bags()[0].name] * 2
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()


def test_an_interrupted_copy_goes_on_from_what_has_arrived(build_site, monkeypatch):
    site = build_site(40 << 20)
    monkeypatch.setattr("cc_run.archive.copying._LAG", 1 << 20)
    # Each byte is told when it is written and when it is read back.
    code, _reached = _run(site, last=40)
    assert code == -signal.SIGKILL
    parts = {path: path.stat().st_size for path in site.targets[0].rglob(".*.mkv.part")}
    written: list[int] = []
    real = os.copy_file_range

    def count(*facts: int) -> int:
        written.append(real(*facts))
        return written[-1]

    monkeypatch.setattr(os, "copy_file_range", count)

    archive_event(site.workspace, site.event)

    kept = sum(size - size % (1 << 20) for size in parts.values())
    assert sum(written) <= 2 * (41 << 20) - kept
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()
