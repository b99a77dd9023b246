"""What the bridges between Ansible and the package share: they work in Ansible's own process."""

from __future__ import annotations

import gc
from abc import abstractmethod
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from cc_run.errors import CcRunError
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.settings.inventory import resolve

# Before Ansible forks a process for the task: as in the task ``state``.
gc.freeze()


class Bridge(ActionBase):  # type: ignore[misc] # Ansible has no types
    """A task that calls the function that the command line calls.

    Attributes:
        arguments: The arguments that the task takes.
        sections: The parts of the settings that it needs; all where empty.
        at_the_room: Whether it needs the room's own machine and the operator's own account:
            its devices, journal, recordings and mounted shares.
        task_vars: What the play knows for this task.
    """

    _supports_check_mode = True
    _supports_async = False
    arguments: ClassVar[frozenset[str]] = frozenset()
    sections: ClassVar[frozenset[str]] = frozenset()
    at_the_room: ClassVar[bool] = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Checks what every bridge needs, does the work, and tells an error in two sentences."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.task_vars = task_vars or {}
        name, unknown = self._task.action, set(self._task.args) - self.arguments
        if unknown:
            known = ", ".join(sorted(self.arguments)) or "no arguments"
            raise AnsibleActionFail(f"{name} takes {known}, not {', '.join(sorted(unknown))}")
        local = self._connection.transport == "local" and self._connection.become is None
        if self.at_the_room and not local:
            raise AnsibleActionFail(
                _(
                    "%(task)s works on the room's own machine, as the operator: use "
                    "'connection: local' without become, or run cc-run there."
                )
                % {"task": name}
            )
        try:
            return result | self.work(resolve(self.task_vars, self._loader, self.sections))
        except CcRunError as error:
            return result | {
                "failed": True,
                "msg": str(error),
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            }

    @abstractmethod
    def work(self, settings: Settings) -> dict[str, Any]:
        """The task's result: ``changed`` and what else it tells."""

    def argument(self, name: str) -> str:
        """A required text.

        Raises:
            AnsibleActionFail: it is missing.
        """
        value = self._task.args.get(name)
        if not value:
            raise AnsibleActionFail(f"{self._task.action} needs {name}")
        return str(value)

    def difference(self, before: str, after: str, header: str) -> dict[str, Any]:
        """The part of the result that ``--diff`` shows; nothing where it was not asked for."""
        if not self._task.diff or before == after:
            return {}
        headers = {"before_header": header, "after_header": header}
        return {"diff": [{"before": before, "after": after, **headers}]}
