"""The task ``obs``: brings OBS's files about; an OBS that runs quits first, if they differ."""

from __future__ import annotations

from typing import Any

from cc_run.bridge import Bridge
from cc_run.errors import SettingsFault
from cc_run.language import _
from cc_run.settings import Settings


class ActionModule(Bridge):
    arguments = frozenset({"items"})
    sections = frozenset({"obs"})

    def work(self, settings: Settings) -> dict[str, Any]:
        if not settings.obs.password.get_secret_value():
            raise SettingsFault(
                _("OBS has no websocket password."),
                _("Set obs_password in the inventory's vault."),
            )
        foreseen = self._state(check_mode=True)
        if self._task.check_mode or foreseen.get("failed") or not foreseen["changed"]:
            return foreseen
        # Late, because the protocol's library takes its time and a converged room needs none.
        from cc_run.recording.launch import quit_obs

        quit_obs(settings.obs)
        return self._state(check_mode=False)

    def _state(self, *, check_mode: bool) -> dict[str, Any]:
        """What the task ``state`` says of the same items."""
        task = self._task.copy()
        task.check_mode = check_mode
        state = self._shared_loader_obj.action_loader.get(
            "state",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        told: dict[str, Any] = state.run(task_vars=self.task_vars)
        return told
