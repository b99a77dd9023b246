"""The task ``obs``: tells OBS's version, and has it quit before its files are changed."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

try:
    from cc_run.errors import CcRunError, OutsideFailure, SettingsFault
    from cc_run.language import _
    from cc_run.recording.launch import quit_obs, running_obs
    from cc_run.settings.inventory import resolve
except ImportError as error:
    raise AnsibleError(
        "The Python that runs Ansible does not have cc-run. Install it there "
        "(pip install cc-run, or from a checkout: script/setup) and use that environment's "
        "ansible-playbook."
    ) from error

SECONDS = 10.0


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        state = self._task.args.get("state", "installed")
        if set(self._task.args) - {"state"} or state not in ("installed", "stopped"):
            raise AnsibleActionFail("obs takes one argument: state, installed or stopped")
        if self._connection.transport != "local":
            raise AnsibleActionFail("obs works on the room's own machine: connection: local")
        try:
            obs = resolve(task_vars or {}, self._loader).obs
            if state == "stopped":
                runs = running_obs(obs) is not None
                return result | {"changed": runs if self._task.check_mode else quit_obs(obs)}
            if not obs.password.get_secret_value():
                raise SettingsFault(
                    _("OBS has no websocket password."),
                    _("Set obs_password in the inventory's vault."),
                )
            return result | {"changed": False, "version": _version()}
        except CcRunError as error:
            return result | {"failed": True, "msg": str(error), "remedy": error.remedy}


def _version() -> str:
    try:
        said = subprocess.run(
            ["obs", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        ).stdout
    except (FileNotFoundError, subprocess.TimeoutExpired):
        said = ""
    found = re.search(r"\d+(\.\d+)+", said)
    if found is None:
        raise OutsideFailure(
            _("OBS Studio is not installed, or does not tell its version."),
            _("Ask IT to run: cc-run provision"),
        )
    return found[0]
