"""The task ``obs``: tells OBS's version, and has it quit before its files are changed."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from ansible.errors import AnsibleActionFail

from cc_run.bridge import Bridge
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings import Settings

SECONDS = 10.0


class ActionModule(Bridge):
    arguments = frozenset({"state"})
    sections = frozenset({"obs"})

    def work(self, settings: Settings) -> dict[str, Any]:
        state, obs = self._task.args.get("state", "installed"), settings.obs
        if state not in ("installed", "stopped"):
            raise AnsibleActionFail("obs takes one argument: state, installed or stopped")
        if state == "stopped":
            # Late, because the protocol's library takes its time and a converged room needs none.
            from cc_run.recording.launch import quit_obs, running_obs

            runs = running_obs(obs) is not None
            return {"changed": runs if self._task.check_mode else quit_obs(obs)}
        if not obs.password.get_secret_value():
            raise SettingsFault(
                _("OBS has no websocket password."),
                _("Set obs_password in the inventory's vault."),
            )
        return {"changed": False, "version": _version()}


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
