"""The task ``camera_controls``: sets the room's camera as ``camera_controls`` wishes."""

from __future__ import annotations

from typing import Any

from cc_run.bridge import Bridge
from cc_run.room.camera_controls import ControlChange, converge_controls
from cc_run.settings import Settings


class ActionModule(Bridge):
    sections = frozenset({"camera"})

    def work(self, settings: Settings) -> dict[str, Any]:
        changes = converge_controls(settings.camera, check=self._task.check_mode)
        return {
            "changed": bool(changes),
            "changes": [vars(change) for change in changes],
            **self.difference(_lines(changes, "before"), _lines(changes, "after"), "camera"),
        }


def _lines(changes: list[ControlChange], side: str) -> str:
    return "".join(f"{change.control}={getattr(change, side)}\n" for change in changes)
