"""The task ``wall``: brings the TV wall's panels to what the room's variables say."""

from __future__ import annotations

import asyncio
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.errors import CcRunError
    from cc_run.room.wall import PanelChange, converge_panels
    from cc_run.settings.inventory import resolve
except ImportError as error:
    raise AnsibleError(
        "The Python that runs Ansible does not have cc-run. Install it there "
        "(pip install cc-run, or from a checkout: script/setup) and use that environment's "
        "ansible-playbook."
    ) from error


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if self._task.args:
            raise AnsibleActionFail("wall takes no arguments: the room's tv_wall_… variables count")
        try:
            tv_wall = resolve(task_vars or {}, self._loader).tv_wall
            changes = asyncio.run(converge_panels(tv_wall, check=self._task.check_mode))
        except CcRunError as error:
            # An operator reads this: no traceback, the remedy and the exit code beside it.
            return result | {
                "failed": True,
                "msg": str(error),
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            }
        result["changed"] = bool(changes)
        result["changes"] = [vars(change) for change in changes]
        if self._task.diff and changes:
            result["diff"] = [_diff(tv_wall.host, changes)]
        return result


def _diff(host: str, changes: list[PanelChange]) -> dict[str, str]:
    def lines(side: str) -> str:
        return "".join(f"panel {one.panel} {one.what}: {getattr(one, side)}\n" for one in changes)

    header = f"TV wall at {host}"
    return {
        "before": lines("before"),
        "after": lines("after"),
        "before_header": header,
        "after_header": header,
    }
