"""Reads a bag back from a target and compares it with its own manifests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cc_run.archive.bag import DECLARATION, MANIFEST, TAG_MANIFEST
from cc_run.archive.copying import Advance, read_back
from cc_run.archive.receipts import Receipt
from cc_run.language import _


@dataclass(frozen=True)
class Problem:
    """A file of a bag that is not as it should be, and how."""

    file: str
    reason: str


def verify_bag(folder: Path, advance: Advance = lambda count: None) -> list[Problem]:
    """Every problem of a bag: its tag files, its payload, and what does not belong to it.

    Raises:
        OSError: the folder cannot be read at all.
    """
    if not folder.is_dir():
        return [Problem(folder.name, _("the bag is missing"))]
    problems = [
        Problem(name, _("missing"))
        for name in (DECLARATION, MANIFEST, TAG_MANIFEST)
        if not (folder / name).is_file()
    ]
    listed: dict[str, str] = {}
    for manifest in (TAG_MANIFEST, MANIFEST):
        if (folder / manifest).is_file():
            problems += _read_manifest(folder / manifest, listed)
    for name, sha256 in listed.items():
        problems += _compare(folder, name, sha256, advance)
    there = (path for path in (folder / "data").rglob("*") if not path.is_dir())
    strangers = {path.relative_to(folder).as_posix() for path in there} - set(listed)
    return problems + [Problem(name, _("not in the manifest")) for name in sorted(strangers)]


def holds(receipt: Receipt) -> bool:
    """Whether a receipt's bag is still there, without reading the payload: names and sizes.

    Raises:
        OSError: the target cannot be read.
    """
    folder = Path(receipt.bag)
    manifest = folder / MANIFEST
    if not manifest.is_file() or _sha256(manifest) != receipt.manifest:
        return False
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return (len(sizes), sum(sizes)) == (receipt.files, receipt.bytes)


def _read_manifest(path: Path, listed: dict[str, str]) -> list[Problem]:
    problems = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        sha256, _gap, name = line.partition("  ")
        inside = PurePosixPath(name)
        if not name or inside.is_absolute() or ".." in inside.parts:
            problems.append(Problem(path.name, _("a line that cannot be read")))
        else:
            listed[name] = sha256
    return problems


def _compare(folder: Path, name: str, sha256: str, advance: Advance) -> list[Problem]:
    path = folder / name
    if not path.is_file():
        return [Problem(name, _("missing"))]
    try:
        found = read_back(path, advance)
    except OSError as error:
        return [Problem(name, _("cannot be read: %(reason)s") % {"reason": error.strerror})]
    return [] if found.sha256 == sha256 else [Problem(name, _("its content has changed"))]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
