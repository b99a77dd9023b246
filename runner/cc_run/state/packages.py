"""Debian packages that should be installed: one question to dpkg, apt only for what is missing."""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

QUERY_SECONDS = 60.0
INSTALL_SECONDS = 3600.0
APT_OPTIONS = ("-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confold")


@dataclass(frozen=True)
class Packages:
    """``packages: [NAMES]`` are installed, without what they merely recommend."""

    id: str
    secret: bool
    names: tuple[str, ...]

    @classmethod
    def from_fields(cls, fields: Fields) -> Packages:
        """Keys: packages."""
        names = fields.texts("packages")
        if any(name.startswith("-") for name in names):
            raise fields.wrong("packages", "a list of package names")
        return cls(fields.id, fields.secret, names)

    def plan(self, _disk: Disk, /) -> Step:
        """Asks which are missing.

        Raises:
            StateError: some are, and only root may install them.
        """
        missing = self._missing()
        if not missing:
            return Step("", "")
        if os.geteuid() != 0:
            raise StateError(
                self.id,
                N_("These packages are missing, and only root may install them: %(names)s."),
                N_("Ask IT to run: cc-run provision"),
                names=", ".join(missing),
            )
        return Step(
            "", "".join(f"{name}\n" for name in missing), act=lambda: self._install(missing)
        )

    def _missing(self) -> tuple[str, ...]:
        if not self.names:
            return ()
        question = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *self.names]
        answer = commands.run(self.id, question, timeout=QUERY_SECONDS)
        installed = {
            line.split()[0] for line in answer.stdout.splitlines() if line.endswith(" installed")
        }
        return tuple(name for name in self.names if name not in installed)

    def _install(self, missing: tuple[str, ...]) -> None:
        install = ["apt-get", *APT_OPTIONS, "install", "-y", "--no-install-recommends", *missing]
        if commands.run(self.id, install, timeout=INSTALL_SECONDS).returncode:
            # Old package lists are the usual reason.
            commands.require(self.id, ["apt-get", "update"], timeout=INSTALL_SECONDS)
            commands.require(self.id, install, timeout=INSTALL_SECONDS)
        still = self._missing()
        if still:
            raise StateError(
                self.id,
                N_("apt succeeded, but these are still not installed: %(names)s."),
                N_("They may be virtual packages: name the real ones."),
                names=", ".join(still),
            )
