"""Finds a file that this machine has no more in one of the archive's own copies."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from cc_run.archive.bag import MANIFEST, BagFile, listed_in
from cc_run.archive.copying import hash_file, part_of, quietly, settle
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Target
from cc_run.errors import CcRunError, OutsideFailure
from cc_run.language import _


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
            reasons = []
            for target, receipt in self._sources:
                try:
                    if self._fetched(target, receipt, file, place):
                        return place
                except CcRunError as error:
                    reasons.append(error.message)
                else:
                    reasons.append(
                        _("%(target)s has it no more") % {"target": target.name},
                    )
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
            manifest = shelf.read(f"{receipt.bag_name}/{MANIFEST}") or b""
            names = [name for name, found in listed_in(manifest).items() if found == file.sha256]
            if not names:
                return False
            shelf.fetch(f"{receipt.bag_name}/{names[0]}", part, quietly)
        if hash_file(part, quietly).sha256 != file.sha256:
            part.unlink()
            return False
        settle(part, place)
        return True
