"""Places that bags are copied to; today a folder of this machine or of a mounted share."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _, joined
from cc_run.numbers import Number
from cc_run.settings.models import Archive, ArchiveTarget

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class Target:
    """A folder that bags are copied into; ``mounted`` says that it lies on a mount."""

    name: str
    url: str
    root: Path
    mounted: bool = False

    def require_ready(self) -> None:
        """Looks whether the target is there and can be written, without changing anything.

        Raises:
            OutsideFailure: its folder is missing, its share is not mounted, or it is read-only.
        """
        if self.mounted and not _is_on_a_mount(self.root):
            raise self._absent(_("The share of archive target %(target)s is not mounted: %(path)s"))
        try:
            if not self.root.is_dir():
                raise self._absent(_("Archive target %(target)s has no folder %(path)s."))
        except OSError as error:
            raise self.failure(error) from error
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise self.failure(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    def free_bytes(self) -> int:
        """How much this user can still write there.

        Raises:
            OutsideFailure: the target does not answer.
        """
        try:
            status = os.statvfs(self.root)
        except OSError as error:
            raise self.failure(error) from error
        return status.f_bavail * status.f_frsize

    def require_room(self, wanted: int) -> None:
        """Compares the bytes that are wanted with those that are free.

        Raises:
            OutsideFailure: they do not fit.
        """
        free = self.free_bytes()
        if wanted > free:
            raise OutsideFailure(
                _("Archive target %(target)s is full: %(wanted)s needed, %(free)s free.")
                % {"target": self.name, "wanted": amount(wanted), "free": amount(free)},
                self._remedy_for_space(),
            )

    def failure(self, error: OSError) -> OutsideFailure:
        """What an operating system's error at this target means to an operator."""
        facts = {"target": self.name, "path": self.root, "reason": error.strerror or str(error)}
        if error.errno in _FULL:
            return OutsideFailure(
                _("Archive target %(target)s is full.") % facts, self._remedy_for_space()
            )
        if error.errno in _FORBIDDEN:
            return OutsideFailure(
                _("Archive target %(target)s cannot be written: %(reason)s") % facts,
                _("Give this user the right to write in %(path)s, then archive again.") % facts,
            )
        return OutsideFailure(
            _("Archive target %(target)s failed: %(reason)s") % facts,
            _("Check the disk or the network share at %(path)s, then archive again.") % facts,
        )

    def _absent(self, message: str) -> OutsideFailure:
        facts = {"target": self.name, "path": self.root}
        return OutsideFailure(
            message % facts,
            _(
                "Connect the disk or mount the share at %(path)s, then archive again. For a new "
                "target on this machine: mkdir -p %(path)s"
            )
            % facts,
        )

    def _remedy_for_space(self) -> str:
        return _("Free space at %(path)s, then archive again; what has arrived is kept.") % {
            "path": self.root
        }


def target_for(wished: ArchiveTarget) -> Target:
    """The target behind an entry of ``archive_targets``.

    Raises:
        SettingsFault: its URL is of no kind that can be written to.
    """
    try:
        parts = urlsplit(wished.url)
        path = Path(unquote(parts.path))
        known = parts.scheme == "file" and parts.netloc in ("", "localhost") and path.is_absolute()
    except ValueError:
        known = False
    if not known:
        raise SettingsFault(
            _("Archive target %(target)s has an URL that cannot be used.")
            % {"target": wished.name},
            _("Write it in archive_targets as file:///folder/of/the/share."),
        )
    return Target(wished.name, f"file://{parts.path}", path, wished.mounted)


def targets_of(archive: Archive) -> list[Target]:
    """Every target of a room.

    Raises:
        SettingsFault: there are too few for the wished copies, or two are the same.
    """
    if not archive.targets:
        raise SettingsFault(
            _("This room has no archive target."),
            _(
                "Name at least one in the inventory: archive_targets, a list of name and url "
                "(file:///mnt/server/vidcon)."
            ),
        )
    targets = [target_for(wished) for wished in archive.targets]
    if len(targets) < archive.copies_required:
        raise SettingsFault(
            _("%(wished)d archive copies are required, but only %(found)d targets are set.")
            % {"wished": archive.copies_required, "found": len(targets)},
            _("Add a target to archive_targets, or lower archive_copies_required."),
        )
    _refuse_same("name", (target.name for target in targets))
    _refuse_same("url", (str(target.root.resolve()) for target in targets))
    return targets


def amount(size: int) -> str:
    """Bytes in the unit that people use: "3.4 GiB"."""
    gib, mib = size / (1 << 30), size / (1 << 20)
    return joined((Number(gib), "GiB") if gib >= 1 else (Number(mib), "MiB"), " ")


def _refuse_same(field: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SettingsFault(
                _("Two archive targets have the same %(field)s: %(value)s")
                % {"field": field, "value": value},
                _("A second copy needs another place; correct archive_targets."),
            )
        seen.add(value)


def _is_on_a_mount(path: Path) -> bool:
    return any(place != place.parent and place.is_mount() for place in (path, *path.parents))
