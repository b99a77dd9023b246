"""The task ``archive_event``: what ``cc-run archive`` does, within Ansible's own process."""

from __future__ import annotations

from typing import Any

from cc_run.archive.filing import archive_event, pending_targets
from cc_run.bridge import Bridge
from cc_run.language import _
from cc_run.progress import reporter
from cc_run.settings import Settings
from cc_run.workspace import open_workspace


class ActionModule(Bridge):
    arguments = frozenset({"event", "actor"})

    def work(self, settings: Settings) -> dict[str, Any]:
        name = self.argument("event")
        workspace = open_workspace(settings, self._task.args.get("actor") or None)
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
