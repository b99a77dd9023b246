"""Reads a bag back from a target and compares it with its own manifests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from cc_run.archive.bag import DECLARATION, MANIFEST, TAG_MANIFEST, listed_in, sha256_of
from cc_run.archive.copying import Advance, quietly
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Shelf
from cc_run.language import _


@dataclass(frozen=True)
class Problem:
    """A file of a bag that is not as it should be, and how."""

    file: str
    reason: str


def verify_bag(shelf: Shelf, bag: str, advance: Advance = quietly) -> list[Problem]:
    """Every problem of a bag: its tag files, its payload, and what does not belong to it."""
    there = shelf.sizes(bag)
    if not there:
        return [Problem(bag, _("the bag is missing"))]
    problems = [
        Problem(name, _("missing"))
        for name in (DECLARATION, MANIFEST, TAG_MANIFEST)
        if name not in there
    ]
    listed: dict[str, str] = {}
    for manifest in (TAG_MANIFEST, MANIFEST):
        for name, sha256 in listed_in(shelf.read(f"{bag}/{manifest}") or b"").items():
            inside = PurePosixPath(name)
            if not name or inside.is_absolute() or ".." in inside.parts:
                problems.append(Problem(manifest, _("a line that cannot be read")))
            else:
                listed[name] = sha256
    for name, sha256 in listed.items():
        if name not in there:
            problems.append(Problem(name, _("missing")))
        else:
            problems += _compare(shelf, bag, name, sha256, advance)
    strangers = {name for name in there if name.startswith("data/")} - set(listed)
    return problems + [Problem(name, _("not in the manifest")) for name in sorted(strangers)]


def holds(shelf: Shelf, receipt: Receipt) -> bool:
    """Whether a receipt's bag is still there, without reading the payload: names and sizes."""
    manifest = shelf.read(f"{receipt.bag_name}/{MANIFEST}")
    if manifest is None or sha256_of(manifest) != receipt.manifest:
        return False
    sizes = shelf.sizes(receipt.bag_name).values()
    return (len(sizes), sum(sizes)) == (receipt.files, receipt.bytes)


def _compare(shelf: Shelf, bag: str, name: str, sha256: str, advance: Advance) -> list[Problem]:
    try:
        found = shelf.check(f"{bag}/{name}", advance)
    except OSError as error:
        return [Problem(name, _("cannot be read: %(reason)s") % {"reason": error.strerror})]
    return [] if found.sha256 == sha256 else [Problem(name, _("its content has changed"))]
