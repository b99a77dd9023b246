"""Settings of a desktop session (GNOME and what builds on it), through gsettings."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

SECONDS = 10.0


@dataclass(frozen=True)
class DesktopSettings:
    """``gsettings: SCHEMA`` has these values; a desktop without the schema needs none of them.

    Attributes:
        keys: key → value, as gsettings itself writes it (``uint32 0``, ``false``, ``'nothing'``).
    """

    id: str
    secret: bool
    schema: str
    keys: Mapping[str, str]

    @classmethod
    def from_fields(cls, fields: Fields) -> DesktopSettings:
        """Keys: gsettings, keys."""
        schema, keys = fields.text("gsettings"), fields.mapping("keys")
        if not keys or not all(isinstance(value, str) for value in keys.values()):
            raise fields.wrong("keys", "a mapping of keys to texts as gsettings writes them")
        return cls(fields.id, fields.secret, schema, dict(keys))

    def plan(self, _disk: Disk, /) -> Step:
        """Compares all keys of the schema in one question."""
        found = self._look()
        differing = {
            key: value for key, value in self.keys.items() if found.get(key, value) != value
        }
        if not differing:
            return Step("", "")
        return Step(
            "".join(f"{key}: {found[key]}\n" for key in differing),
            "".join(f"{key}: {value}\n" for key, value in differing.items()),
            act=lambda: self._apply(differing),
        )

    def _look(self) -> dict[str, str]:
        """Keys that this desktop knows and their values; none without the schema."""
        if shutil.which("gsettings") is None:
            return {}
        question = ["gsettings", "list-recursively", self.schema]
        answer = commands.run(self.id, question, timeout=SECONDS)
        lines = [line.split(" ", 2) for line in answer.stdout.splitlines()]
        return {key: value for schema, key, value in lines if schema == self.schema}

    def _apply(self, differing: Mapping[str, str]) -> None:
        for key, value in differing.items():
            words = ["gsettings", "set", self.schema, key, value]
            commands.require(self.id, words, timeout=SECONDS)
        # Without a session to write to, gsettings also exits with 0.
        found = self._look()
        refused = [key for key, value in differing.items() if found.get(key) != value]
        if refused:
            raise StateError(
                self.id,
                N_("The desktop does not keep these settings: %(names)s."),
                N_("Run this as the operator, logged in on the desktop, not as root."),
                names=", ".join(refused),
            )
