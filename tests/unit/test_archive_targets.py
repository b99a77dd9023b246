"""Which places are taken as archive targets, and what their failures tell an operator."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cc_run.archive.folder import Folder
from cc_run.archive.targets import target_for, targets_of
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.numbers import amount
from cc_run.settings.models import Archive, ArchiveTarget


def _archive(*urls: str, required: int = 1) -> Archive:
    targets = [{"name": f"t{number}", "url": url} for number, url in enumerate(urls)]
    return Archive.model_validate(
        {
            "targets": targets,
            "copies_required": required,
            "organization": "Dinkominfo",
            "due_after_minutes": 60,
            "retention_days": 365,
            "ping_url": "",
        }
    )


def test_a_file_url_is_a_folder():
    target = target_for(ArchiveTarget(name="server", url="file:///mnt/arsip%20vidcon/2026"))

    assert target.root == Path("/mnt/arsip vidcon/2026")


@pytest.mark.parametrize(
    "url",
    [
        "sftp://user:rahasia@server/vidcon",
        "/mnt/server",
        "file:relative/folder",
        "file://server/share",
        "file://[broken",
        "",
    ],
)
def test_another_url_is_refused_without_showing_it(url):
    with pytest.raises(SettingsFault) as caught:
        target_for(ArchiveTarget(name="server", url=url))

    assert "file:///" in caught.value.remedy
    assert "rahasia" not in str(caught.value)


def test_fewer_targets_than_copies_cannot_be_met():
    with pytest.raises(SettingsFault, match="2 archive copies are required"):
        targets_of(_archive("file:///a", required=2))


def test_the_same_place_twice_is_no_second_copy(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(SettingsFault, match="same url"):
        targets_of(_archive(tmp_path.as_uri(), (tmp_path / "link").as_uri()))


@pytest.mark.parametrize(
    ("number", "message", "remedy"),
    [
        (errno.ENOSPC, "is full", "Free space"),
        (errno.EDQUOT, "is full", "Free space"),
        (errno.EACCES, "cannot be written", "right to write"),
        (errno.EROFS, "cannot be written", "right to write"),
        (errno.ENOTCONN, "failed", "network share"),
        (errno.EIO, "failed", "network share"),
    ],
)
def test_each_failure_has_its_own_remedy(number, message, remedy):
    fault = Folder("server", "file:///srv", Path("/srv")).failure(
        OSError(number, os.strerror(number))
    )

    assert message in fault.message
    assert remedy in fault.remedy


def test_a_folder_that_may_not_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    target = Folder("server", tmp_path.as_uri(), tmp_path)
    with pytest.raises(OutsideFailure, match="cannot be written"), target.open():
        pass


def test_sizes_are_told_in_the_unit_that_people_use():
    assert amount(5 << 20) == "5.0 MiB"
    assert amount(int(3.4 * (1 << 30))) == "3.4 GiB"
