"""Finds a file that this machine has no more in one of the archive's own copies."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cc_run.archive.bag import MANIFEST, BagFile, listed_in
from cc_run.archive.copying import hash_file, part_of, quietly, settle
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Shelf, Target, unfinished
from cc_run.errors import CcRunError, OutsideFailure
from cc_run.language import _

_ROUNDS: Final = 3


class Lender:
    """Brings files back from receipted copies into a folder, each once and proven."""

    def __init__(
        self, folder: Path, targets: Sequence[Target], receipts: Mapping[str, Receipt]
    ) -> None:
        self._folder = folder
        self._sources = [
            (target, receipts[target.name]) for target in targets if target.name in receipts
        ]
        self._turn = threading.Lock()

    def lend(self, file: BagFile) -> Path:
        """The file's content in a file of this machine.

        Raises:
            OutsideFailure: no copy gives it back whole.
        """
        place = self._folder / file.sha256
        with self._turn:
            if place.exists():
                return place
            reasons: list[str] = []
            for _round in range(_ROUNDS):
                reasons.clear()
                for target, receipt in self._sources:
                    try:
                        if self._fetched(target, receipt, file, place):
                            return place
                    except CcRunError as error:
                        reasons.append(error.message)
                    else:
                        reasons.append(_("%(target)s has it no more") % {"target": target.name})
        raise OutsideFailure(
            _("%(file)s is no longer on this machine, and no copy gives it back: %(reasons)s")
            % {"file": file.name, "reasons": "; ".join(reasons)},
            _("Connect the disks and shares of the archive, then run the same command again."),
        )

    def clear(self) -> None:
        """Removes what was brought here."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _fetched(self, target: Target, receipt: Receipt, file: BagFile, place: Path) -> bool:
        part = part_of(place)
        self._folder.mkdir(exist_ok=True, mode=0o700)
        with target.open() as shelf:
            # Another thread may be making the bag there into its successor just now.
            for folder in (receipt.bag_name, unfinished(receipt.bag_name)):
                name = _name_in(shelf, folder, file)
                if name is None:
                    continue
                shelf.fetch(f"{folder}/{name}", part, quietly)
                if hash_file(part, quietly).sha256 == file.sha256:
                    settle(part, place)
                    return True
                part.unlink()
        return False


def _name_in(shelf: Shelf, folder: str, file: BagFile) -> str | None:
    """Under which name a bag there has the file, as far as its manifest and sizes tell."""
    manifest = listed_in(shelf.read(f"{folder}/{MANIFEST}") or b"")
    named = next((name for name, found in manifest.items() if found == file.sha256), file.name)
    return named if shelf.sizes(folder).get(named) == file.bytes else None
