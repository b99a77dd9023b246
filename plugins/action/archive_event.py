"""The task ``archive_event``: what ``cc-run archive`` does, within Ansible's own process."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.archive.filing import archive_event, pending_targets
    from cc_run.errors import CcRunError
    from cc_run.language import _
    from cc_run.progress import reporter
    from cc_run.settings.inventory import resolve
    from cc_run.workspace import open_workspace
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
        name, actor = self._task.args.get("event"), self._task.args.get("actor")
        if not name or set(self._task.args) - {"event", "actor"}:
            raise AnsibleActionFail("archive_event takes event, an event's id, and actor")
        if self._connection.transport != "local" or self._connection.become is not None:
            # Journal, recording and mounted shares are those of the room's own machine and user.
            raise AnsibleActionFail(
                _(
                    "The archive works on the room's own machine, as the operator: use "
                    "'connection: local' without become, or run cc-run archive there."
                )
            )
        try:
            return result | self._archived(str(name), str(actor or ""), task_vars or {})
        except CcRunError as error:
            # An operator reads this: no traceback, the remedy and the exit code beside it.
            return result | {
                "failed": True,
                "msg": str(error),
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            }

    def _archived(self, name: str, actor: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        workspace = open_workspace(resolve(task_vars, self._loader), actor or None)
        event = workspace.events.get(name)
        if self._task.check_mode:
            pending = pending_targets(workspace, event)
            return {
                "changed": bool(pending),
                "pending": pending,
                "msg": _("%(event)s would be copied to: %(targets)s")
                % {"event": event.id, "targets": ", ".join(pending) or "–"},
            }
        outcome = archive_event(workspace, event, on_progress=reporter("archive"))
        return {"changed": outcome.changed, **outcome.as_output()}
