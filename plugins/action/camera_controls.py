"""The task ``camera_controls``: sets the room's camera as ``camera_controls`` wishes."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.errors import CcRunError
    from cc_run.room.camera_controls import ControlChange, converge_controls
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
            raise AnsibleActionFail("camera_controls takes no arguments")
        if self._connection.transport != "local":
            raise AnsibleActionFail("camera_controls works on the room's own machine")
        try:
            settings = resolve(task_vars or {}, self._loader)
            changes = converge_controls(settings.camera, check=self._task.check_mode)
        except CcRunError as error:
            return result | {"failed": True, "msg": str(error), "remedy": error.remedy}
        result |= {"changed": bool(changes), "changes": [vars(change) for change in changes]}
        if self._task.diff and changes:
            result["diff"] = {
                "before": _lines(changes, "before"),
                "after": _lines(changes, "after"),
            }
        return result


def _lines(changes: list[ControlChange], when: str) -> str:
    return "".join(f"{change.control}={getattr(change, when)}\n" for change in changes)
