"""The task ``mipp``: files an event's documents, inside Ansible's own process."""

from __future__ import annotations

from typing import Any

from cc_run.archive.mipp.event import file_event, has_documents
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
