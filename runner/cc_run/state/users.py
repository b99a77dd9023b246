"""People's accounts on the machine: there, with a home, and in the groups that they need."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

SECONDS = 60.0


@dataclass(frozen=True)
class User:
    """``user: NAME`` exists and is in these groups, besides those that it is in already.

    A new account has a home and no password, so that nobody logs in with one until it is set.
    """

    id: str
    secret: bool
    name: str
    comment: str
    groups: tuple[str, ...]

    @classmethod
    def from_fields(cls, fields: Fields) -> User:
        """Keys: user, comment, groups."""
        name, groups = fields.text("user"), fields.texts("groups")
        if any(each.startswith("-") for each in (name, *groups)):
            raise fields.wrong("user", "names that do not begin with a dash")
        return cls(fields.id, fields.secret, name, fields.optional_text("comment") or "", groups)

    def plan(self, _disk: Disk, /) -> Step:
        """Looks the account and its groups up.

        Raises:
            StateError: something is missing, and only root may add it.
        """
        exists = any(entry.pw_name == self.name for entry in pwd.getpwall())
        lacking = [name for name in self.groups if not (exists and self._is_in(name))]
        if exists and not lacking:
            return Step("", "")
        if os.geteuid() != 0:
            raise StateError(
                self.id,
                N_("The account %(name)s is not set up, and only root may do that."),
                N_("Ask IT to run: cc-run provision"),
                name=self.name,
            )
        after = "" if exists else f"account {self.name}\n"
        after += "".join(f"in the group {name}\n" for name in lacking)
        return Step("", after, act=lambda: self._apply(lacking, exists=exists))

    def _is_in(self, group: str) -> bool:
        try:
            entry = grp.getgrnam(group)
        except KeyError:
            return False
        return self.name in entry.gr_mem or entry.gr_gid == pwd.getpwnam(self.name).pw_gid

    def _apply(self, lacking: list[str], *, exists: bool) -> None:
        known = {entry.gr_name for entry in grp.getgrall()}
        if not exists:
            words = ["useradd", "--create-home", "--shell", "/bin/bash"]
            # Debian has a group "operator" before anybody has that name.
            words += ["--gid", self.name] if self.name in known else ["--user-group"]
            words += ["--comment", self.comment, self.name]
            commands.require(self.id, words, timeout=SECONDS)
        for name in lacking:
            # A package that is not installed yet would make its group like this too.
            if name not in known:
                commands.require(self.id, ["groupadd", "--system", name], timeout=SECONDS)
        if lacking:
            words = ["usermod", "--append", "--groups", ",".join(lacking), self.name]
            commands.require(self.id, words, timeout=SECONDS)
