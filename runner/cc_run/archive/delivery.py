"""Copies a bag to a target and reads it back; only what came back equal gets a receipt."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cc_run.archive.bag import INFO, MANIFEST, TAG_MANIFEST, Bag, BagFile, sweep, sync_tree
from cc_run.archive.copying import Advance, copy_file, part_of, read_back, settle
from cc_run.archive.receipts import Receipt
from cc_run.archive.targets import Target
from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.times import now

SENDER: Final = "Internal-Sender-Identifier"


class DamagedBag(OutsideFailure):
    """The bag on this machine is no longer what its manifest says."""


def deliver(bag: Bag, target: Target, advance: Advance) -> Receipt:
    """Brings a bag to a target; files that are there already are read back and kept.

    An older bag of the same event becomes this one: what is equal stays, what is new is added,
    and what the new one no longer has goes. Until all is there the folder has a hidden name.

    Args:
        bag: The whole bag on this machine.
        target: Where it goes.
        advance: Told of bytes; in all, twice the bag's size (written and read back).

    Raises:
        OutsideFailure: the target is away, full, read-only or gives back something else.
        DamagedBag: the bag itself has changed since it was built.
        Refusal: another event's bag has the same name there.
    """
    target.require_ready()
    final = target.root / bag.name
    part = part_of(final)
    try:
        _refuse_stranger(bag, final)
        _require_room(bag, final if final.is_dir() else part, target)
        folder = _folder_for(bag, final, part)
        means = {_place(file, bag.folder, folder, target, advance) for file in bag.files}
        sweep(folder, {file.name for file in bag.files})
        sync_tree(folder)
        if folder == part:
            settle(part, final)
    except OSError as error:
        raise target.failure(error) from error
    return Receipt(
        target=target.name,
        url=target.url,
        bag=str(final),
        manifest=bag.manifest,
        files=len(bag.files),
        bytes=bag.bytes,
        verified_at=now(),
        means=f"read back, {' and '.join(sorted(means))}, sha256",
    )


def _folder_for(bag: Bag, final: Path, part: Path) -> Path:
    """The folder to work in: the final one only where it says the same as the bag."""
    if final.is_dir():
        if part.exists():
            shutil.rmtree(part)
        if all(_same(final / name, bag.folder / name) for name in (MANIFEST, TAG_MANIFEST)):
            return final
        settle(final, part)
    part.mkdir(exist_ok=True)
    return part


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


def _refuse_stranger(bag: Bag, final: Path) -> None:
    """An event of another room, with a database of its own, may have the same number and title."""
    there, here = (_sender(folder / INFO) for folder in (final, bag.folder))
    if there and there != here:
        raise Refusal(
            _("%(path)s holds a bag of another room: %(sender)s")
            % {"path": final, "sender": there},
            _("Give each room its own folder in archive_targets."),
        )


def _sender(info: Path) -> str:
    if not info.is_file():
        return ""
    for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
        label, _colon, value = line.partition(":")
        if label == SENDER:
            return value.strip()
    return ""


def _require_room(bag: Bag, there: Path, target: Target) -> None:
    missing = (file.bytes for file in bag.files if not _has_size(there / file.name, file.bytes))
    target.require_room(sum(missing))


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _place(file: BagFile, source: Path, folder: Path, target: Target, advance: Advance) -> str:
    """Brings one file to its place unless it is there, and tells how it was read back."""
    place = folder / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    if _has_size(place, file.bytes):
        found = read_back(place, advance)
        if found.sha256 == file.sha256:
            advance(file.bytes)
            return found.means
        advance(-found.bytes)
    part = part_of(place)
    sent = copy_file(source / file.name, part, advance)
    if sent.sha256 != file.sha256:
        part.unlink()
        raise DamagedBag(
            _("%(file)s has changed while it was being archived.") % {"file": file.name},
            _("Nothing of it was kept. Let the program that writes it finish, then archive again."),
        )
    found = read_back(part, advance)
    if found.sha256 != file.sha256:
        part.unlink()
        raise OutsideFailure(
            _("Archive target %(target)s gave %(file)s back with other content than was written.")
            % {"target": target.name, "file": file.name},
            _("Do not trust this disk: have IT check it, or use another target."),
        )
    settle(part, place)
    return found.means
