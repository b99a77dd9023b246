"""A folder of text files that is a copy of another one, and holds nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .disk import Disk, Entry, Write
from .fields import Fields
from .files import Access, plan_file
from .step import Step


@dataclass(frozen=True)
class Tree:
    """``tree: PATH`` holds these files and no others, but hidden ones stay.

    Attributes:
        files: what each holds, by its path below the folder.
        access: the files'; a folder may also be entered by those who may read.
    """

    id: str
    secret: bool
    path: Path
    files: Mapping[str, str]
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> Tree:
        """Keys: tree, files (or 'source', where a role is at hand), mode, owner, group."""
        files = fields.mapping("files")
        parts = [part for name in files for part in PurePosixPath(name).parts]
        if not files or not all(isinstance(text, str) for text in files.values()):
            raise fields.wrong("files", "texts by their paths")
        if any(part in ("/", "..") for part in parts):
            raise fields.wrong("files", "paths below the folder")
        access = Access.from_fields(fields)
        return cls(fields.id, fields.secret, fields.path("tree"), files, access)

    def plan(self, disk: Disk, /) -> Step:
        """Compares each file and folder, and looks for strangers."""
        steps = [self._folder(disk, folder) for folder in self._folders()]
        steps += [
            _named(name, plan_file(self.id, disk, self.path / name, text.encode(), self.access))
            for name, text in sorted(self.files.items())
        ]
        steps += [
            Step(f"{path.relative_to(self.path)}: not in the original\n", "", (Write(path, None),))
            for path in sorted(self._strangers())
        ]
        return Step(
            "".join(step.before for step in steps),
            "".join(step.after for step in steps),
            tuple(write for step in steps for write in step.writes),
        )

    def _folders(self) -> list[Path]:
        """The folder itself and those of its files, each after the one that it is in."""
        inner = {parent for name in self.files for parent in PurePosixPath(name).parents}
        return sorted(self.path / parent for parent in inner)

    def _folder(self, disk: Disk, path: Path) -> Step:
        found = disk.look(path)
        wished = self.access.on(self.id, disk, found, Entry("directory", 0o755, 0, 0))
        if self.access.mode is not None:
            wished = replace(wished, mode=_enterable(self.access.mode))
        if found == wished:
            return Step("", "")
        after = f"{path}: folder, mode {wished.mode:04o}, owner {wished.uid}:{wished.gid}\n"
        return Step("", after, (Write(path, wished),))

    def _strangers(self) -> Iterator[Path]:
        for path in self.path.rglob("*"):
            name = path.relative_to(self.path)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not hidden and str(name) not in self.files:
                yield path


def _enterable(mode: int) -> int:
    return mode | (mode & 0o444) >> 2


def _named(name: str, step: Step) -> Step:
    if not step.changes:
        return step
    return replace(step, before=f"{name}:\n{step.before}", after=f"{name}:\n{step.after}")
