"""Files with a given content, folders, links, and paths where nothing should be."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass, replace
from pathlib import Path

from .disk import FOLLOWED_LINKS, Disk, Entry, Write
from .faults import N_, StateError
from .fields import Fields
from .step import Step

# In a check, an account that an earlier item would make.
_TO_COME = -1


@dataclass(frozen=True)
class Access:
    """Who may do what; None keeps what is there."""

    mode: int | None
    owner: str | None
    group: str | None

    @classmethod
    def from_fields(cls, fields: Fields) -> Access:
        """Reads ``mode``, ``owner`` and ``group``; a secret is for its owner's eyes only."""
        mode = fields.mode()
        if mode is None and fields.secret:
            mode = 0o600
        return cls(mode, fields.optional_text("owner"), fields.optional_text("group"))

    def on(self, item: str, disk: Disk, found: Entry | None, wished: Entry) -> Entry:
        """`wished` with this access; what is not wished stays as found."""
        uid = found.uid if found else os.geteuid()
        gid = found.gid if found else os.getegid()
        if self.owner is not None:
            uid, primary = _user(item, disk, self.owner)
            gid = gid if found else primary
        if self.group is not None:
            gid = _group(item, disk, self.group)
        mode = self.mode if self.mode is not None else found.mode if found else wished.mode
        return replace(wished, mode=mode, uid=uid, gid=gid)


@dataclass(frozen=True)
class File:
    """``file: PATH`` has this ``content``. A link at the path is followed."""

    id: str
    secret: bool
    path: Path
    content: str
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> File:
        """Keys: file, content, mode, owner, group."""
        content = fields.optional_text("content")
        if content is None:
            raise fields.wrong("content", "given (or 'template', where a role is at hand)")
        return cls(
            fields.id, fields.secret, fields.path("file"), content, Access.from_fields(fields)
        )

    def plan(self, disk: Disk, /) -> Step:
        """Compares content, mode and owner."""
        return plan_file(self.id, disk, self.path, self.content.encode(), self.access)


@dataclass(frozen=True)
class Directory:
    """``directory: PATH`` exists, parents too. Its mode is 0755 unless it says otherwise."""

    id: str
    secret: bool
    path: Path
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> Directory:
        """Keys: directory, mode, owner, group; ``secret`` means 0700."""
        access = Access.from_fields(fields)
        if fields.secret and fields.mode() is None:
            access = replace(access, mode=0o700)
        return cls(fields.id, fields.secret, fields.path("directory"), access)

    def plan(self, disk: Disk, /) -> Step:
        """Compares kind, mode and owner."""
        path, found = follow(self.id, disk, self.path)
        if found is not None and found.kind != "directory":
            raise _in_the_way(self.id, path, found)
        wished = self.access.on(self.id, disk, found, Entry("directory", 0o755, 0, 0))
        return _step(path, found, wished)


@dataclass(frozen=True)
class Link:
    """``link: PATH`` is a symbolic link to ``target``."""

    id: str
    secret: bool
    path: Path
    target: str
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> Link:
        """Keys: link, target, owner, group."""
        access = Access(None, fields.optional_text("owner"), fields.optional_text("group"))
        return cls(fields.id, fields.secret, fields.path("link"), fields.text("target"), access)

    def plan(self, disk: Disk, /) -> Step:
        """Compares where the link points; a file in its place is replaced, a folder is not."""
        found = disk.look(self.path)
        if found is not None and found.kind == "directory":
            raise _in_the_way(self.id, self.path, found)
        wished = self.access.on(
            self.id, disk, found, Entry("link", 0o777, 0, 0, target=self.target)
        )
        return _step(self.path, found, replace(wished, mode=0o777))


@dataclass(frozen=True)
class Absent:
    """``absent: PATH`` is not there; a folder only goes with ``recursive: true``."""

    id: str
    secret: bool
    path: Path
    recursive: bool

    @classmethod
    def from_fields(cls, fields: Fields) -> Absent:
        """Keys: absent, recursive."""
        recursive = fields.flag("recursive", default=False)
        return cls(fields.id, fields.secret, fields.path("absent"), recursive)

    def plan(self, disk: Disk, /) -> Step:
        """Looks whether anything is there."""
        found = disk.look(self.path)
        if found is None:
            return Step("", "")
        if found.kind == "directory" and not self.recursive:
            raise StateError(
                self.id,
                N_("%(path)s is a folder."),
                N_("Say 'recursive: true' if all of it may go."),
                path=self.path,
            )
        return Step(f"{found.kind}\n", "", (Write(self.path, None),))


def plan_file(
    item: str,
    disk: Disk,
    path: Path,
    content: bytes,
    access: Access,
    *,
    shown: tuple[str, str] | None = None,
) -> Step:
    """The step that gives a file its content and access; links are followed.

    Args:
        item: the id, for errors.
        disk: where the file is.
        path: the file.
        content: what it should hold.
        access: who may do what with it.
        shown: what the diff shows in place of the old and the new content.
    """
    path, found = follow(item, disk, path)
    if found is not None and found.kind != "file":
        raise _in_the_way(item, path, found)
    wished = access.on(item, disk, found, Entry("file", 0o644, 0, 0, content=content))
    return _step(path, found, wished, shown)


def follow(item: str, disk: Disk, path: Path) -> tuple[Path, Entry | None]:
    """Where a chain of links ends, and what lies there."""
    for _number in range(FOLLOWED_LINKS):
        found = disk.look(path)
        if found is None or found.kind != "link":
            return path, found
        path = path.parent / found.target
    raise StateError(item, N_("The links at %(path)s go round in circles."), path=path)


def _step(
    path: Path, found: Entry | None, wished: Entry, shown: tuple[str, str] | None = None
) -> Step:
    if found == wished:
        return Step("", "")
    old, new = shown or (_substance(found), _substance(wished))
    # Content that stays is not shown: the file may hold more than this item's business.
    if found is not None and (found.content, found.target) == (wished.content, wished.target):
        old = new = ""
    return Step(_access(found, wished) + old, _access(wished, found) + new, (Write(path, wished),))


def _substance(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.kind == "directory":
        return f"folder, mode {entry.mode:04o}\n"
    if entry.kind == "link":
        return f"link to {entry.target}\n"
    return entry.content.decode(errors="replace")


def _access(entry: Entry | None, other: Entry | None) -> str:
    """Mode and owner as text, where they differ from the other's."""
    if entry is None or other is None:
        return ""
    mode = f"mode {entry.mode:04o}\n" if entry.mode != other.mode else ""
    same_owner = (entry.uid, entry.gid) == (other.uid, other.gid)
    return mode if same_owner else f"{mode}owner {entry.uid}:{entry.gid}\n"


def _in_the_way(item: str, path: Path, found: Entry) -> StateError:
    return StateError(
        item,
        N_("%(path)s exists and is a %(kind)s, which is not replaced unasked."),
        N_("Move it away and run again."),
        path=path,
        kind=found.kind,
    )


def _user(item: str, disk: Disk, name: str) -> tuple[int, int]:
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        if disk.is_planned:
            return _TO_COME, _TO_COME
        raise StateError(item, N_("There is no user '%(name)s'."), name=name) from error
    return entry.pw_uid, entry.pw_gid


def _group(item: str, disk: Disk, name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        if disk.is_planned:
            return _TO_COME
        raise StateError(item, N_("There is no group '%(name)s'."), name=name) from error
