"""systemd units: the file, enabled or not, running or not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .files import Access, plan_file
from .step import Step

SECONDS = 120.0
SCOPES = ("system", "user", "global")
BOOTED = Path("/run/systemd/system")
SUFFIXES = (".service", ".timer", ".socket", ".path", ".target", ".mount", ".slice")


@dataclass(frozen=True)
class Unit:
    """``unit: NAME`` has this file, and is enabled and running as wished.

    Where systemd does not run, as in a system that is being built, nothing is started or stopped.

    Attributes:
        scope: "system"; "user", the manager of whoever applies this; "global", the users'
            managers of all who log in, which root sets up before any of them does.
        dropin: the name of a file beside the unit's own that `content` goes to; empty for its own.
        content: the unit's file; None when a package brings it.
        enabled: None leaves it as it is; so does `running`.
    """

    id: str
    secret: bool
    name: str
    scope: str
    dropin: str
    content: str | None
    enabled: bool | None
    running: bool | None

    @classmethod
    def from_fields(cls, fields: Fields) -> Unit:
        """Keys: unit, scope (system), dropin, content, enabled, running."""
        name = fields.text("unit")
        if "/" in name or not name.endswith(SUFFIXES):
            raise fields.wrong("unit", "a name with one of the endings " + ", ".join(SUFFIXES))
        scope = fields.choice("scope", SCOPES, "system")
        dropin = fields.optional_text("dropin") or ""
        if dropin and ("/" in dropin or not dropin.endswith(".conf")):
            raise fields.wrong("dropin", "a file's name with the ending .conf")
        running = fields.optional_flag("running")
        if scope == "global" and running is not None:
            raise fields.wrong("running", "left out: nothing runs in the scope 'global'")
        return cls(
            fields.id,
            fields.secret,
            name,
            scope,
            dropin,
            fields.optional_text("content"),
            fields.optional_flag("enabled"),
            running,
        )

    def plan(self, disk: Disk, /) -> Step:
        """Compares the file, and asks systemctl only about what is wished."""
        file = Step("", "")
        if self.content is not None:
            access = Access(None, None, None)
            file = plan_file(self.id, disk, self._path(), self.content.encode(), access)
        before, after = file.before, file.after
        enabled = self.enabled is not None and self._is("is-enabled", "enabled")
        wished = self.running if self._has_manager() else None
        running = wished is not None and self._is("is-active", "active")
        if wished and not running and self._is_not_for_here():
            running = True
        # A run that was killed after writing the file has left the manager with the old one.
        stale = bool(file.writes) or self._is_stale()
        actions = []
        if stale and self.scope != "global" and self._has_manager():
            after += "reloaded\n"
            actions.append(["daemon-reload"])
        if self.enabled is not None and enabled != self.enabled:
            before += _word(enabled, "enabled")
            after += _word(self.enabled, "enabled")
            actions.append(["enable" if self.enabled else "disable", self.name])
        if wished is not None and running != wished:
            before += _word(running, "running")
            after += _word(wished, "running")
            actions.append(["start" if wished else "stop", self.name])
        elif wished and stale:
            after += "restarted\n"
            actions.append(["restart", self.name])
        if not actions and not file.writes:
            return Step("", "")
        return Step(before, after, file.writes, lambda: self._act(actions))

    def _path(self) -> Path:
        if self.scope == "user":
            home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
            folder = home / "systemd" / "user"
        else:
            folder = Path("/etc/systemd", "system" if self.scope == "system" else "user")
        return folder / f"{self.name}.d" / self.dropin if self.dropin else folder / self.name

    def _systemctl(self, *words: str) -> list[str]:
        return ["systemctl", *([] if self.scope == "system" else [f"--{self.scope}"]), *words]

    def _is(self, question: str, yes: str) -> bool:
        answer = commands.run(self.id, self._systemctl(question, self.name), timeout=SECONDS)
        if "bus" in answer.stderr and "ailed to connect" in answer.stderr:
            raise StateError(
                self.id,
                N_("There is no session of this user to ask about %(unit)s."),
                N_("Log in on the desktop first, or run: loginctl enable-linger USER"),
                unit=self.name,
            )
        return answer.stdout.strip() == yes

    def _is_stale(self) -> bool:
        if self.content is None or self.scope == "global" or not self._has_manager():
            return False
        question = self._systemctl("show", "--property=NeedDaemonReload", "--value", self.name)
        return commands.run(self.id, question, timeout=SECONDS).stdout.strip() == "yes"

    def _has_manager(self) -> bool:
        """Whether there is a service manager to start things; a missing session is told later."""
        return self.scope == "user" or BOOTED.is_dir()

    def _is_not_for_here(self) -> bool:
        """Whether it was started and its own conditions kept it from running, as in a container."""
        question = self._systemctl(
            "show", "--property=ConditionResult,ConditionTimestampMonotonic", self.name
        )
        told = commands.run(self.id, question, timeout=SECONDS).stdout.split()
        never = "ConditionTimestampMonotonic=0" in told
        return "ConditionResult=no" in told and not never

    def _act(self, actions: list[list[str]]) -> None:
        for words in actions:
            commands.require(self.id, self._systemctl(*words), timeout=SECONDS)


def _word(yes: bool, word: str) -> str:
    return f"{word}\n" if yes else f"not {word}\n"
