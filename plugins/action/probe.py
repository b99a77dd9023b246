"""The task ``probe``: the same checks as ``cc-run check``, inside Ansible's own process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail

from cc_run.bridge import Bridge
from cc_run.settings import Settings

if TYPE_CHECKING:
    from cc_run.events import Event
    from cc_run.probe import Result


class ActionModule(Bridge):
    arguments = frozenset({"only", "event", "fatal"})

    def work(self, settings: Settings) -> dict[str, Any]:
        only, fatal = self._task.args.get("only", []), self._task.args.get("fatal", False)
        if not isinstance(only, list) or not isinstance(fatal, bool):
            raise AnsibleActionFail(
                "probe takes only (a list of ids or topics), event (an id), fatal (true or false)"
            )
        results = _probed(settings, [str(name) for name in only], self._task.args.get("event"))
        told = {"changed": False, "results": [_plain(one) for one in results]}
        # Only what is required: a lack of what is preferred or optional is a reading, no more.
        wrong = [_told(one) for one in results if one.status == "fail"]
        if wrong and fatal:
            return told | {"failed": True, "msg": "\n".join(wrong)}
        return told | ({"warnings": wrong} if wrong else {})


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
