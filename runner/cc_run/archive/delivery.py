"""Brings a bag to a target and has it proven there; only what is equal gets a receipt."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.archive.bag import (
    INFO,
    MANIFEST,
    SENDER,
    TAG_MANIFEST,
    Bag,
    BagFile,
    Payload,
    sha256_of,
    tags_of,
)
from cc_run.archive.copying import Advance, Content, quietly
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Shelf, Target, unfinished
from cc_run.archive.sums import Sums
from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.numbers import amount
from cc_run.times import now

_TRIES: Final = 2
# Finds a file that this machine has no more (or no more whole) in another copy of the bag.
Borrow = Callable[[BagFile], Path]


class DamagedSource(Refusal):
    """A file on this machine is not, or no longer, what it has to be."""


def deliver(bag: Bag, target: Target, sums: Sums, borrow: Borrow, advance: Advance) -> Receipt:
    """Brings a bag to a target; what is there already is read back and kept.

    An older bag of the same event becomes this one: what is equal stays, what is new is added,
    and what the new one no longer has goes. Until all is there it is no bag for anyone who looks:
    the folder has a hidden name, or, where folders cannot be renamed, no manifest.

    Args:
        bag: What goes there.
        target: Where it goes.
        sums: The checksums of this machine's files; what is read here is added.
        borrow: Where to find what this machine has no more.
        advance: Told of bytes; in all, twice the payload's size (sent and proven).

    Raises:
        OutsideFailure: the target is away, full, read-only or gives back something else.
        DamagedSource: a file on this machine has changed.
        Refusal: another event's bag has the same name there.
    """
    with target.open() as shelf, ThreadPoolExecutor(1) as aside:
        delivery = _Delivery(bag, target, shelf, sums, borrow, advance, aside)
        return delivery.run()


@dataclass
class _Delivery:
    bag: Bag
    target: Target
    shelf: Shelf
    sums: Sums
    borrow: Borrow
    advance: Advance
    aside: ThreadPoolExecutor

    def run(self) -> Receipt:
        final = self.bag.name
        there = self.shelf.sizes(final)
        if there:
            self._refuse_stranger(final)
        folder, there = self._folder(final, there)
        self._require_room(there)
        means: set[str] = set()
        files = [self._bring(item, folder, there, means) for item in self.bag.payload]
        tags = tags_of(files, self.bag.info)
        for name, content in tags.items():
            self._write(f"{folder}/{name}", content)
        keep = {file.name for file in files} | set(tags)
        stale = [name for name in self.shelf.sizes(folder) if name not in keep]
        self.shelf.remove(f"{folder}/{name}" for name in stale)
        self.shelf.sync(folder)
        if folder != final:
            self.shelf.rename(folder, final)
        return Receipt(
            target=self.target.name,
            url=self.target.url,
            bag=self.target.place(final),
            manifest=sha256_of(tags[MANIFEST]),
            files=len(keep),
            bytes=sum(file.bytes for file in files) + sum(map(len, tags.values())),
            verified_at=now(),
            means="; ".join(sorted(means)),
        )

    def _refuse_stranger(self, final: str) -> None:
        """An event of another room, with a database of its own, may have the same number."""
        there = _sender(self.shelf.read(f"{final}/{INFO}"))
        if there and there != self.bag.info.get(SENDER):
            raise Refusal(
                _("%(path)s holds a bag of another room: %(sender)s")
                % {"path": self.target.place(final), "sender": there},
                _("Give each room its own folder in archive_targets."),
            )

    def _folder(self, final: str, there: dict[str, int]) -> tuple[str, dict[str, int]]:
        """The folder to work in, and what it holds: the final one where it says the same."""
        if not self.shelf.renames:
            if not self._is_same(final, there):
                self.shelf.remove(f"{final}/{name}" for name in (TAG_MANIFEST, MANIFEST))
            return final, there
        part = unfinished(final)
        if not there:
            return part, self.shelf.sizes(part)
        if self._is_same(final, there):
            return final, there
        self.shelf.rename(final, part)
        return part, there

    def _is_same(self, final: str, there: dict[str, int]) -> bool:
        if not {MANIFEST, TAG_MANIFEST} <= set(there):
            return False
        files = [BagFile(item.place, item.bytes, self._wished(item)) for item in self.bag.payload]
        tags = tags_of(files, self.bag.info)
        return all(
            self.shelf.read(f"{final}/{name}") == tags[name] for name in (MANIFEST, TAG_MANIFEST)
        )

    def _require_room(self, there: dict[str, int]) -> None:
        missing = sum(
            item.bytes - there.get(unfinished(item.place), 0)
            for item in self.bag.payload
            if there.get(item.place) != item.bytes
        )
        require_room(self.target, self.shelf, max(missing, 0))

    def _bring(self, item: Payload, folder: str, there: dict[str, int], means: set[str]) -> BagFile:
        """Brings one file to its place unless it is there, and notes how it was proven."""
        name = f"{folder}/{item.place}"
        if there.get(item.place) == item.bytes:
            wished = self._wished(item)
            found = self.shelf.check(name, self.advance)
            if found.sha256 == wished:
                self.advance(item.bytes)
                means.add(found.means)
                return BagFile(item.place, item.bytes, wished)
            self.advance(-found.bytes)
        source = item.source or self.borrow(BagFile(item.place, item.bytes, item.sha256 or ""))
        reading = self.aside.submit(self._wished, item)
        start = there.get(unfinished(item.place), 0) if self.shelf.keeps_parts else 0
        for _attempt in range(_TRIES):
            found = self._sent(source, name, start)
            wished = reading.result()
            if (found.sha256, found.bytes) == (wished, item.bytes):
                self.shelf.settle(name, found)
                means.add(found.means)
                return BagFile(item.place, item.bytes, wished)
            self.advance(-found.bytes - item.bytes)
            self._require_unchanged(item, source, wished, name)
            start = 0
        self.shelf.drop(name)
        raise OutsideFailure(
            _("Archive target %(target)s gave %(file)s back with other content than was written.")
            % {"target": self.target.name, "file": item.place},
            _("Do not trust this disk: have IT check it, or use another target."),
        )

    def _sent(self, source: Path, name: str, start: int) -> Content:
        try:
            return self.shelf.send(source, name, start, self.advance)
        except OSError:
            # Whose fault is it? A source that cannot be read is none of the target's.
            try:
                with source.open("rb"):
                    pass
            except OSError as error:
                raise _unreadable(source, error) from error
            raise

    def _wished(self, item: Payload) -> str:
        """What the file has to be: what is known of it, else what is read of it now."""
        if item.sha256 is not None or item.source is None:
            return item.sha256 or ""
        try:
            return self.sums.of(item.source).sha256
        except OSError as error:
            raise _unreadable(item.source, error) from error

    def _require_unchanged(self, item: Payload, source: Path, wished: str, name: str) -> None:
        try:
            read = self.sums.read(source)
        except OSError as error:
            self.shelf.drop(name)
            raise _unreadable(source, error) from error
        if (read.sha256, read.bytes) != (wished, item.bytes):
            self.shelf.drop(name)
            raise DamagedSource(
                _("%(file)s has changed while it was being archived.") % {"file": item.place},
                _(
                    "Nothing of it was kept. Let the program that writes it finish, then archive "
                    "again."
                ),
            )

    def _write(self, name: str, content: bytes) -> None:
        """A tag file, written and read back unless it stands there already."""
        if self.shelf.read(name) != content:
            self.shelf.write(name, content)
        if self.shelf.check(name, quietly).sha256 != sha256_of(content):
            raise OutsideFailure(
                _(
                    "Archive target %(target)s gave %(file)s back with other content than was "
                    "written."
                )
                % {"target": self.target.name, "file": name},
                _("Do not trust this disk: have IT check it, or use another target."),
            )


def require_room(target: Target, shelf: Shelf, wanted: int) -> None:
    """Compares the bytes that are wanted with those that are free, where the target tells.

    Raises:
        OutsideFailure: they do not fit.
    """
    free = shelf.free_bytes()
    if free is not None and wanted > free:
        raise OutsideFailure(
            _("Archive target %(target)s is full: %(wanted)s needed, %(free)s free.")
            % {"target": target.name, "wanted": amount(wanted), "free": amount(free)},
            _("Free space at %(path)s, then archive again; what has arrived is kept.")
            % {"path": target.url},
        )


def _sender(info: bytes | None) -> str:
    for line in (info or b"").decode("utf-8", errors="replace").splitlines():
        label, _colon, value = line.partition(":")
        if label == SENDER:
            return value.strip()
    return ""


def _unreadable(path: Path, error: OSError) -> DamagedSource:
    return DamagedSource(
        _("%(path)s cannot be read: %(reason)s") % {"path": path, "reason": error.strerror},
        _("Let the program that writes it finish, or have IT check the disk; then archive again."),
    )
