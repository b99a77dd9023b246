"""The task ``mipp``: files an event's documents, inside Ansible's own process."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.archive.mipp.event import file_event, has_documents
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
            raise AnsibleActionFail("mipp takes event, an event's id, and actor")
        if self._connection.transport != "local" or self._connection.become is not None:
            # Journal and documents are those of the room's own machine and user.
            raise AnsibleActionFail(
                _(
                    "MIPP is filled in on the room's own machine, as the operator: use "
                    "'connection: local' without become, or run cc-run archive there."
                )
            )
        try:
            return result | self._filed(str(name), str(actor or ""), task_vars or {})
        except CcRunError as error:
            return result | {
                "failed": True,
                "msg": str(error),
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            }

    def _filed(self, name: str, actor: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        workspace = open_workspace(resolve(task_vars, self._loader), actor or None)
        event = workspace.events.get(name)
        if not has_documents(workspace, event):
            # The timer archives recordings that nobody has documented yet; MIPP waits for that.
            return {
                "changed": False,
                "skipped": True,
                "msg": _("%(event)s has no minutes and photos yet.") % {"event": event.id},
            }
        if self._task.check_mode:
            return {"skipped": True, "msg": _("Whether MIPP has it is not asked in check mode.")}
        filed = file_event(workspace, event, on_progress=reporter("mipp"))
        return {"changed": filed.changed, "receipt": filed.as_dict()}
