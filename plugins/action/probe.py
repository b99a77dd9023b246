"""The task ``probe``: the same checks as ``cc-run check``, inside Ansible's own process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.errors import CcRunError
    from cc_run.settings.inventory import resolve
except ImportError as error:
    raise AnsibleError(
        "The Python that runs Ansible does not have cc-run. Install it there "
        "(pip install cc-run, or from a checkout: script/setup) and use that environment's "
        "ansible-playbook."
    ) from error

if TYPE_CHECKING:
    from cc_run.events import Event
    from cc_run.probe import Result
    from cc_run.settings import Settings

ARGUMENTS = {"only", "event", "fatal"}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        args = self._task.args
        only = args.get("only", [])
        fatal = args.get("fatal", False)
        if set(args) - ARGUMENTS or not isinstance(only, list) or not isinstance(fatal, bool):
            raise AnsibleActionFail(
                "probe takes only (a list of ids or topics), event (an id), fatal (true or false)"
            )
        if self._connection.transport != "local":
            raise AnsibleActionFail("probe looks at the room's own machine: connection: local")
        try:
            settings = resolve(task_vars or {}, self._loader)
            results = _probed(settings, [str(name) for name in only], args.get("event"))
        except CcRunError as error:
            return result | {"failed": True, "msg": str(error), "remedy": error.remedy}
        result |= {"changed": False, "results": [_plain(one) for one in results]}
        # Only what is required: a lack of what is preferred or optional is a reading, no more.
        wrong = [_told(one) for one in results if one.status == "fail"]
        if wrong and fatal:
            result |= {"failed": True, "msg": "\n".join(wrong)}
        elif wrong:
            result["warnings"] = wrong
        return result


def _probed(settings: Settings, only: list[str], event: str | None) -> tuple[Result, ...]:
    # Late, because all topics come with it and a play that skips its probes needs none.
    from cc_run.readiness import check, select

    if not select(only):
        raise AnsibleActionFail(f"probe: no probe has one of these ids or topics: {only}")
    with tempfile.TemporaryDirectory(prefix="cc-run-probe-") as folder:
        return check(settings, _event(settings, event), Path(folder), only=only).results


def _event(settings: Settings, name: str | None) -> Event | None:
    if not name:
        return None
    from cc_run.workspace import open_workspace

    return open_workspace(settings).events.get(str(name))


def _told(one: Result) -> str:
    return f"{one.title}: {one.found}" + (f" → {one.remedy}" if one.remedy else "")


def _plain(one: Result) -> dict[str, Any]:
    names = ("id", "title", "found", "expected", "remedy", "seconds", "need")
    return {"status": str(one.status), **{name: getattr(one, name) for name in names}}
