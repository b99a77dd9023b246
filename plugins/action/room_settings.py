"""The task ``room_settings``: the room's variables are what the roles and the runner expect."""

from __future__ import annotations

from typing import Any

from cc_run.bridge import Bridge
from cc_run.settings import Settings


class ActionModule(Bridge):
    at_the_room = False  # it looks at nothing but the inventory

    def work(self, settings: Settings) -> dict[str, Any]:
        return {"changed": False, "room": settings.host}
