"""The task ``wall``: brings the TV wall's panels to what the room's variables say."""

from __future__ import annotations

import asyncio
from typing import Any

from cc_run.bridge import Bridge
from cc_run.room.wall import PanelChange, converge_panels
from cc_run.settings import Settings


class ActionModule(Bridge):
    sections = frozenset({"tv_wall"})
    at_the_room = False  # the wall is a device on the network

    def work(self, settings: Settings) -> dict[str, Any]:
        tv_wall = settings.tv_wall
        changes = asyncio.run(converge_panels(tv_wall, check=self._task.check_mode))
        return {
            "changed": bool(changes),
            "changes": [vars(change) for change in changes],
            **self.difference(
                _lines(changes, "before"), _lines(changes, "after"), f"TV wall at {tv_wall.host}"
            ),
        }


def _lines(changes: list[PanelChange], side: str) -> str:
    return "".join(f"panel {one.panel} {one.what}: {getattr(one, side)}\n" for one in changes)
