"""Builds an event's bag (BagIt 1.0, RFC 8493) in a folder of this machine.

A file that lies on the same file system is linked into the bag, not copied: the bag is only on
its way to the targets, and what arrives there is checked against the manifest. Under its own name
a bag is whole; until then it has a hidden one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.archive.copying import (
    Advance,
    copy_file,
    part_of,
    settle,
    sync_folder,
    write_file,
)
from cc_run.archive.sums import Sums

MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
_DECLARED: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True)
class Payload:
    """A file to be bagged: its name below ``data/``, and where it is now."""

    name: str
    source: Path


@dataclass(frozen=True)
class BagFile:
    """A file of a bag: its name in the bag (``data/…`` or a tag file's), bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Bag:
    """A whole bag in a folder; ``manifest`` is the SHA-256 of its payload manifest."""

    folder: Path
    manifest: str
    files: tuple[BagFile, ...]

    @property
    def name(self) -> str:
        """The folder's name, the same on every target."""
        return self.folder.name

    @property
    def bytes(self) -> int:
        """The size of everything in it."""
        return sum(file.bytes for file in self.files)


def build(
    folder: Path,
    payload: Sequence[Payload],
    info: Mapping[str, str],
    sums: Sums,
    advance: Advance,
) -> Bag:
    """The bag in ``folder``: the finished one if it holds this payload, else a new one.

    Args:
        folder: Where the bag will be; its parent exists.
        payload: The files, each name once.
        info: Fields of ``bag-info.txt``; Payload-Oxum is added.
        sums: Remembered checksums; what is read here is added.
        advance: Told of the payload's bytes as they are read.

    Raises:
        OSError: a source cannot be read, or the bag cannot be written.
    """
    part = part_of(folder)
    if folder.exists():
        # A finished bag becomes the beginning of its successor; an equal one is only renamed.
        if part.exists():
            shutil.rmtree(part)
        finished = _finished(folder, payload, sums)
        if finished is not None:
            advance(sum(file.bytes for file in finished.files if file.name.startswith("data/")))
            return finished
        folder.rename(part)
    part.mkdir(exist_ok=True, mode=0o700)
    files = [_bring(part, item, sums, advance) for item in sorted(payload, key=_by_name)]
    manifest = manifest_text(files)
    oxum = f"{sum(file.bytes for file in files)}.{len(files)}"
    tags = {
        DECLARATION: _DECLARED,
        INFO: _info_text({**info, "Payload-Oxum": oxum}),
        MANIFEST: manifest,
    }
    tag_files = [_tag(name, text) for name, text in sorted(tags.items())]
    tags[TAG_MANIFEST] = manifest_text(tag_files)
    tag_files.append(_tag(TAG_MANIFEST, tags[TAG_MANIFEST]))
    for name, text in tags.items():
        write_file(part / name, text.encode())
    whole = (*files, *tag_files)
    sweep(part, {file.name for file in whole})
    sync_tree(part)
    settle(part, folder)
    return Bag(folder, _sha256(manifest), whole)


def manifest_of(payload: Sequence[Payload], sums: Sums) -> str:
    """The ``Bag.manifest`` that this payload would have; what is not remembered is read."""
    files = []
    for item in sorted(payload, key=_by_name):
        content = sums.of(item.source, _quietly)
        files.append(BagFile(f"data/{item.name}", content.bytes, content.sha256))
    return _sha256(manifest_text(files))


def manifest_text(files: Sequence[BagFile]) -> str:
    """The lines of a manifest; names never hold what RFC 8493 would have escaped."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)


def sweep(folder: Path, keep: set[str]) -> None:
    """Removes what does not belong to a bag, such as the remains of an interrupted copy."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.rmdir()  # succeeds only where it is empty
        elif path.relative_to(folder).as_posix() not in keep:
            path.unlink()


def sync_tree(folder: Path) -> None:
    """Brings the names in a folder and in all folders below it to disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def discard(folder: Path) -> None:
    """Removes a bag of this machine; one that is half removed is never taken for a whole one."""
    part = part_of(folder)
    if folder.exists():
        if part.exists():
            shutil.rmtree(part)
        folder.rename(part)
    if part.exists():
        shutil.rmtree(part)


def _finished(folder: Path, payload: Sequence[Payload], sums: Sums) -> Bag | None:
    """The bag as it stands, where it is of just this payload."""
    if not (folder / MANIFEST).exists():
        return None
    manifest = (folder / MANIFEST).read_text(encoding="utf-8")
    if _sha256(manifest) != manifest_of(payload, sums):
        return None
    tag_manifest = (folder / TAG_MANIFEST).read_text(encoding="utf-8")
    files = []
    for line in [*manifest.splitlines(), *tag_manifest.splitlines()]:
        sha256, _, name = line.partition("  ")
        files.append(BagFile(name, (folder / name).stat().st_size, sha256))
    return Bag(folder, _sha256(manifest), (*files, _tag(TAG_MANIFEST, tag_manifest)))


def _bring(part: Path, item: Payload, sums: Sums, advance: Advance) -> BagFile:
    name = f"data/{item.name}"
    place = part / name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = item.source.stat()
    known = sums.known(item.source)
    if known is not None and _is_same(place, status):
        advance(known.bytes)
        return BagFile(name, known.bytes, known.sha256)
    place.unlink(missing_ok=True)
    try:
        os.link(item.source, place)
    except OSError:
        # Another file system, one without links, or a file of another owner.
        content = copy_file(item.source, part_of(place), advance)
        settle(part_of(place), place)
        sums.remember(item.source, status, content)
    else:
        content = sums.of(item.source, advance)
    return BagFile(name, content.bytes, content.sha256)


def _is_same(place: Path, status: os.stat_result) -> bool:
    """Whether the bagged file is the source itself, or the copy of the source as it is now."""
    try:
        found = place.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, status) or (found.st_size, found.st_mtime_ns) == (
        status.st_size,
        status.st_mtime_ns,
    )


def _info_text(fields: Mapping[str, str]) -> str:
    lines = {name: " ".join(value.split()) for name, value in fields.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value)


def _tag(name: str, text: str) -> BagFile:
    return BagFile(name, len(text.encode()), _sha256(text))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _quietly(_count: int) -> None:
    """Nobody is told."""


def _by_name(item: Payload) -> str:
    return item.name
