"""What a play tells, role by role: Ansible's events turned into a line each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cc_run.language import N_, Message, _, retold

# What people call the roles; a role that is not here keeps its own name.
ROLE_TITLES: Final = {
    "laptop": N_("Laptop"),
    "wired_network": N_("Wired network"),
    "camera": N_("Camera"),
    "conference_audio": N_("Conference phone"),
    "tv_wall": N_("TV wall"),
    "obs": N_("OBS"),
    "zoom_client": N_("Zoom's program"),
    "archive": N_("Archive"),
    "mipp": N_("MIPP"),
    "schedule": N_("Timers"),
    "cc_run": N_("cc-run itself"),
}
# The tasks that can be held back, which are then told by their names.
DISRUPTIVE_TASKS: Final = (
    N_("The cable's profile wins over Wi-Fi"),
    N_("The camera is set as the room wants it"),
    N_("The conference phone is the default, unmuted, at the room's volume"),
    N_("OBS records the room's scene into the room's folder"),
    N_("The screens have their sizes and places"),
    N_("The panels are on and show the laptop"),
    N_("The client has the room's options"),
)


@dataclass(frozen=True)
class RoleLine:
    """How a role went; ``changed`` counts its changed tasks, ``error`` is its first failure.

    ``changes`` are the names of the changed tasks, ``waits`` of those that are held back.
    """

    name: str
    ok: bool = True
    changed: int = 0
    seconds: float = 0.0
    error: str = ""
    changes: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    @property
    def held_back(self) -> bool:
        """Whether changes wait, because they could interrupt a live meeting."""
        return bool(self.waits)

    @property
    def title(self) -> Message:
        """What people call the role, in the language in force."""
        return _(ROLE_TITLES.get(self.name, self.name))

    def told_in(self, language: str) -> RoleLine:
        """The same line with the role's title in a language as its name."""
        return replace(self, name=retold(self.title, language), error=retold(self.error, language))


# Told when a role begins (False) and again when it has ended (True).
OnRole = Callable[[RoleLine, bool], None]


class Roles:
    """Turns Ansible's events into a line a role."""

    def __init__(self, on_role: OnRole) -> None:
        self.lines: dict[str, RoleLine] = {}
        self._on_role = on_role
        self._current: str | None = None
        self._began = 0.0

    def take(self, event: Mapping[str, Any]) -> None:
        """The next event of the play."""
        data = event.get("event_data") or {}
        role = data.get("role")
        kind = event["event"]
        if not role:
            return
        if kind == "playbook_on_task_start":
            if data.get("is_conditional"):
                self.close()  # a handler: its role has had its line already
            elif role != self._current:
                self.close()
                self._current, self._began = role, time.monotonic()
                self.lines.setdefault(role, RoleLine(role))
                self._on_role(self.lines[role], False)
            return
        line = self.lines.get(role) or RoleLine(role)
        result = data.get("res") or {}
        if kind == "runner_on_ok" and result.get("changed"):
            changes = (*line.changes, str(data.get("task") or ""))
            line = replace(line, changed=line.changed + 1, changes=changes)
        if kind in ("runner_on_failed", "runner_on_unreachable") and not data.get("ignore_errors"):
            line = replace(line, ok=False, error=line.error or _reason(result))
            if self._current is None:
                self._on_role(line, True)
        self.lines[role] = line

    def close(self) -> None:
        """The play has ended."""
        if self._current is None:
            return
        line = self.lines[self._current]
        line = replace(line, seconds=line.seconds + time.monotonic() - self._began)
        self.lines[self._current] = line
        self._on_role(line, True)
        self._current = None


def _reason(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or result.get("stderr") or _("failed")).strip()
