"""Killed at any moment, on a full disk, with little memory: the archive ends the same way."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import bagit

from cc_run.archive.copying import copy_proven
from cc_run.archive.filing import archive_event

ENDED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
_FORK = multiprocessing.get_context("fork")
_WATCHED = {"open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.utime"}


def _archive(site, last: int, counted) -> None:
    """Archives in a process of its own, which dies without a word at its ``last`` operation."""
    steps = itertools.count(1)

    def count(*_facts: object) -> None:
        counted.value = next(steps)
        if counted.value == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _facts: count() if name in _WATCHED else None)
    site = site.reopened()
    archive_event(site.workspace, site.event, on_progress=count)
    os._exit(0)


def _run(site, last: int) -> tuple[int | None, int]:
    counted = _FORK.Value("i", 0)
    child = _FORK.Process(target=_archive, args=(site, last, counted))
    child.start()
    child.join()
    return child.exitcode, counted.value


def _contents(site) -> dict[str, bytes]:
    """Everything at the targets."""
    return {
        str(path): path.read_bytes()
        for root in site.targets
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_kill_while_the_bag_grows_leaves_no_half_bag_under_its_name(build_site):
    site = build_site(8 << 20)
    archive_event(site.workspace, site.event)
    before = _contents(site)
    shutil.rmtree(site.targets[1])
    site.targets[1].mkdir()
    (site.workspace.event_dir(site.event) / "reports" / "later.html").write_text("later")

    for last in random.Random(1).sample(range(1, 100), 8):
        _run(site, last)
        for root in site.targets:
            for folder in root.iterdir():
                if not folder.name.startswith("."):
                    bagit.Bag(str(folder)).validate()
    assert _run(site, last=-1)[0] == 0

    after = _contents(site)
    assert len(after) == len(before) + 2
    for folder in site.bags():
        bagit.Bag(str(folder)).validate()


def _in_small_disk(tmp_path: Path, options: str, program: str) -> str:
    """Runs a program whose argument is the mount point of a small disk that only it sees."""
    disk = tmp_path / "small"
    disk.mkdir()
    script = tmp_path / "program.py"
    script.write_text(program)
    shell = shutil.which("unshare")
    assert shell, "unshare is missing: apt-get install util-linux"
    done = subprocess.run(
        [
            shell,
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            'mount -t tmpfs -o "$1" tmpfs "$2" && exec "$3" "$4" "$2"',
            "sh",
            options,
            str(disk),
            sys.executable,
            str(script),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


_DELIVER = """
    import subprocess, sys
    from pathlib import Path
    from cc_run.archive.bag import Bag, Payload
    from cc_run.archive.delivery import deliver
    from cc_run.archive.folder import Folder
    from cc_run.archive.sums import Sums
    from cc_run.errors import OutsideFailure

    root = Path(sys.argv[1])
    here = root.parent / "here"
    here.mkdir()
    payload = []
    for number in range(SOURCES):
        source = here / f"{number}.bin"
        source.write_bytes(bytes([number]) * SIZE)
        payload.append(Payload(f"recording/{number}.bin", source, SIZE))
    bag = Bag("VC-0001", tuple(payload), {})

    def bring():
        target = Folder("disk", root.as_uri(), root)
        return deliver(bag, target, Sums(here / "sums"), None, lambda count: None)

    def left():
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))

"""


def _program(sources: int, size: int, run: str) -> str:
    """Builds a bag of so many files, then runs what is told."""
    program = textwrap.dedent(_DELIVER) + textwrap.dedent(run)
    return program.replace("SOURCES", str(sources)).replace("SIZE", str(size))


def test_a_target_that_is_too_small_is_told_before_anything_is_written(tmp_path):
    run = """
    try:
        bring()
    except OutsideFailure as failure:
        print(failure.message, failure.remedy, left(), sep="|")
    """
    told = _in_small_disk(tmp_path, "size=2m", _program(1, 4 << 20, run))

    message, remedy, left = told.split("|")

    assert message == "Archive target disk is full: 4.0 MiB needed, 2.0 MiB free."
    assert "Free space at" in remedy
    assert left.strip() == "[]"


def test_a_target_that_fills_up_on_the_way_goes_on_when_there_is_room(tmp_path):
    run = """
    try:
        bring()
    except OutsideFailure as failure:
        print(failure.message, failure.remedy, left(), sep="|", end="|")
    subprocess.run(["mount", "-o", "remount,nr_inodes=1000", str(root)], check=True)
    print(bring().files, left(), sep="|")
    """
    told = _in_small_disk(tmp_path, "size=64m,nr_inodes=12", _program(20, 1 << 16, run))

    message, remedy, broken, files, whole = told.split("|")
    assert message == "Archive target disk is full."
    assert "what has arrived is kept" in remedy
    assert "'VC-0001'" not in broken
    assert ".bin" in broken
    assert files == "24"
    assert whole.count(".bin") == 20
    assert ".part" not in whole


def test_a_medium_without_direct_reading_says_how_it_was_read(tmp_path):
    program = _program(2, 70_000, "print(bring().means)")

    means = _in_small_disk(tmp_path, "size=8m", program).strip()

    assert means in ("read back, O_DIRECT, sha256", "read back, posix_fadvise, sha256")


def _copy_and_measure(source: Path, copy: Path, grown) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copy_proven(source, copy, lambda count: None)
    grown.value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_memory_does_not_grow_with_the_recording(tmp_path):
    source = tmp_path / "large.mkv"
    with source.open("wb") as stream:
        stream.truncate(192 << 20)
    grown = _FORK.Value("q", -1)

    child = _FORK.Process(target=_copy_and_measure, args=(source, tmp_path / "copy", grown))
    child.start()
    child.join()

    assert child.exitcode == 0
    assert 0 <= grown.value < 16 << 10, f"{grown.value} KiB"
