"""One file on its way: what is hashed, what is written, what a failure leaves."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from cc_run.archive.copying import copy_proven, part_of, quietly, read_back, settle, write_file
from cc_run.archive.sums import Sums

CONTENT = bytes(range(256)) * 9000 + b"an odd end"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.mkv"
    path.write_bytes(CONTENT)
    os.utime(path, ns=(10**18, 10**18 + 5))
    return path


def _without_kernel_copy(monkeypatch, after: int = 0):
    real, calls = os.copy_file_range, []

    def refuse(reading, writing, count):
        calls.append(count)
        if len(calls) <= after:
            return real(reading, writing, 1 << 20)
        raise OSError(errno.EXDEV, "elsewhere")

    monkeypatch.setattr(os, "copy_file_range", refuse)


@pytest.mark.parametrize("following", [True, False])
@pytest.mark.parametrize("after", [None, 0, 1])
def test_a_copy_is_equal_however_the_kernel_helps(source, tmp_path, monkeypatch, after, following):
    if after is not None:
        _without_kernel_copy(monkeypatch, after)
    counted = []

    content = copy_proven(source, tmp_path / "copy", counted.append, following=following)

    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert content.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert content.bytes == len(CONTENT)
    assert sum(counted) == 2 * len(CONTENT)
    assert (tmp_path / "copy").stat().st_mtime_ns == source.stat().st_mtime_ns


@pytest.mark.parametrize("there", [0, 1, 1 << 20, (1 << 20) + 77, len(CONTENT), len(CONTENT) + 9])
def test_a_copy_goes_on_where_it_was_broken_off(source, tmp_path, monkeypatch, there):
    copy = tmp_path / "copy"
    copy.write_bytes((CONTENT + b"remains of a longer file")[:there])
    copied = []
    real = os.copy_file_range

    def count(reading, writing, wished):
        copied.append(real(reading, writing, wished))
        return copied[-1]

    monkeypatch.setattr(os, "copy_file_range", count)

    content = copy_proven(source, copy, quietly, start=there)

    assert copy.read_bytes() == CONTENT
    assert content.sha256 == hashlib.sha256(CONTENT).hexdigest()
    kept = min(there, len(CONTENT)) // (1 << 20) * (1 << 20)
    assert len(CONTENT) - sum(copied) in (kept, min(there, len(CONTENT)))


def test_what_was_there_is_read_back_with_the_rest(source, tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(b"x" * (1 << 20))

    content = copy_proven(source, copy, quietly, start=1 << 20)

    assert content.sha256 == hashlib.sha256(b"x" * (1 << 20) + CONTENT[1 << 20 :]).hexdigest()


def test_an_empty_file_is_a_file_too(tmp_path):
    (tmp_path / "empty").touch()

    content = copy_proven(tmp_path / "empty", tmp_path / "copy", quietly)

    assert content.bytes == 0
    assert content.sha256 == read_back(tmp_path / "copy", quietly).sha256
    assert content.sha256 == hashlib.sha256().hexdigest()


def test_a_copy_that_fails_ends_its_reader_and_keeps_what_it_has(source, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "copy_file_range", full)
    copy = tmp_path / "copy"
    copy.write_bytes(CONTENT[: 1 << 20])

    with pytest.raises(OSError, match="No space left"):
        copy_proven(source, copy, quietly, start=1 << 20)

    assert copy.read_bytes() == CONTENT[: 1 << 20]


@pytest.mark.parametrize("direct", [True, False])
def test_reading_back_tells_its_means(source, monkeypatch, direct):
    if not direct:
        real = os.open

        def refuse(path, flags, *mode, **more):
            if flags & os.O_DIRECT:
                raise OSError(errno.EINVAL, "no direct reading here")
            return real(path, flags, *mode, **more)

        monkeypatch.setattr(os, "open", refuse)
    counted = []

    content = read_back(source, counted.append)

    assert content.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert sum(counted) == len(CONTENT)
    assert direct or content.means == "read back, posix_fadvise, sha256"


def test_a_small_file_is_written_whole_and_without_remains(tmp_path):
    write_file(tmp_path / "bagit.txt", b"one")
    write_file(tmp_path / "bagit.txt", b"two")

    assert [path.name for path in tmp_path.iterdir()] == ["bagit.txt"]
    assert (tmp_path / "bagit.txt").read_bytes() == b"two"


def test_unfinished_things_have_a_hidden_name(tmp_path):
    part = part_of(tmp_path / "video.mkv")
    part.touch()
    assert part.name == ".video.mkv.part"

    settle(part, tmp_path / "video.mkv")

    assert [path.name for path in tmp_path.iterdir()] == ["video.mkv"]


def test_a_file_that_changes_while_it_is_read_has_no_sum(source, tmp_path):
    def change(_count: int) -> None:
        os.utime(source, ns=(1, 1))

    with pytest.raises(OSError, match="busy"):
        Sums(tmp_path / "sums").of(source, change)

    assert Sums(tmp_path / "sums").last(source) is None


def test_sums_are_remembered_until_the_file_changes(source, tmp_path):
    Sums(tmp_path / "sums").of(source, lambda count: None)

    assert Sums(tmp_path / "sums").known(source).sha256 == hashlib.sha256(CONTENT).hexdigest()
    source.write_bytes(CONTENT)
    assert Sums(tmp_path / "sums").known(source) is None


def test_a_line_that_a_kill_has_cut_spoils_no_other(source, tmp_path):
    (tmp_path / "sums").write_text('["/some/file", 12, 34')

    Sums(tmp_path / "sums").of(source, lambda count: None)

    assert Sums(tmp_path / "sums").known(source) is not None
