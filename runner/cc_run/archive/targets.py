"""The places that the inventory names as archive targets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from cc_run.archive.folder import Folder
from cc_run.archive.receipts import Receipt
from cc_run.archive.shelf import Target
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Archive, ArchiveTarget

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def target_for(wished: ArchiveTarget) -> Target:
    """The target behind an entry of ``archive_targets``.

    Raises:
        SettingsFault: its URL is of no kind that can be written to, or something is missing.
    """
    try:
        parts = urlsplit(wished.url)
        target = None if parts.password or parts.query else _of_its_kind(wished, parts)
    except ValueError:
        target = None
    if target is None:
        raise SettingsFault(
            _("Archive target %(target)s has an URL that cannot be used.")
            % {"target": wished.name},
            _(
                "Write it in archive_targets as file:///folder, sftp://server/folder, "
                "s3://bucket/folder or https://server/folder (WebDAV); user and password have "
                "their own places there."
            ),
        )
    return target


def _of_its_kind(wished: ArchiveTarget, parts: SplitResult) -> Target | None:
    """The target, with a library that is imported only where it is used."""
    path = unquote(parts.path)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and path.startswith("/"):
        return Folder(
            wished.name, f"file://{parts.path}", Path(path), wished.mounted, wished.mbit_limit
        )
    if parts.scheme == "sftp" and parts.hostname and path.startswith("/"):
        from cc_run.archive.sftp import Sftp

        return Sftp.of(wished, parts)
    if parts.scheme == "s3" and parts.netloc and not parts.username:
        from cc_run.archive.s3 import Bucket

        return Bucket.of(wished, parts)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if secure and parts.hostname and not parts.username:
        from cc_run.archive.webdav import WebDav

        return WebDav.of(wished, parts)
    return None


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
    _refuse_same("url", (_identity(target) for target in targets))
    return targets


def target_of(receipt: Receipt, archive: Archive) -> Target:
    """The target that a receipt is of, also where the inventory names it no more.

    Raises:
        OutsideFailure: it needs an account, which went with its entry.
        SettingsFault: its entry is wrong.
    """
    for wished in archive.targets:
        if wished.name == receipt.target:
            target = target_for(wished)
            if target.url == receipt.url:
                return target
    former = ArchiveTarget(name=receipt.target, url=receipt.url)
    if receipt.url.startswith("file:"):
        return target_for(former)
    raise OutsideFailure(
        _("Archive target %(target)s (%(url)s) is no longer in archive_targets.")
        % {"target": receipt.target, "url": receipt.url},
        _("Put its entry back for as long as its copies are to be read."),
    )


def _identity(target: Target) -> str:
    return str(target.root.resolve()) if isinstance(target, Folder) else target.url


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
