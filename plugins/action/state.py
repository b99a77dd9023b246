"""The task ``state``: renders templates, then hands the items to the state engine."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

try:
    from cc_run.language import _
    from cc_run.state import StateError, converge
except ImportError as error:
    raise AnsibleError(
        "The Python that runs Ansible does not have cc-run. Install it there "
        "(pip install cc-run, or from a checkout: script/setup) and use that environment's "
        "ansible-playbook."
    ) from error

# Ansible imports this before it forks a process a task: what is loaded by then stays as it is in
# all of them, and the collector need not go through it again, nor the memory be copied.
gc.freeze()

# Kinds of items whose content may come from a template.
TEMPLATED = ("file", "unit", "json")


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        items = self._task.args.get("items")
        if set(self._task.args) != {"items"} or not isinstance(items, list):
            raise AnsibleActionFail("state takes one argument: items, a list")
        wished = [self._with_content(_with_files(_plain(item)), task_vars or {}) for item in items]
        # Only a process that is already the right one may do the work itself: become would be
        # ignored here, and another machine is somewhere else.
        if self._connection.transport == "local" and self._connection.become is None:
            done, failure = self._here(wished)
        else:
            answer = self._execute_module(
                module_name="state", module_args={"items": wished}, task_vars=task_vars
            )
            if "done" not in answer:
                return result | answer
            done, failure = answer["done"], answer["failure"]
        result["changed"] = any(change["changed"] for change in done)
        result["changes"] = [{"id": one["id"], "changed": one["changed"]} for one in done]
        if self._task.diff:
            result["diff"] = [_diff(change) for change in done if change["changed"]]
        if failure:
            result["failed"] = True
            result["msg"] = _told(failure)
        return result

    def _with_content(self, item: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        name = item.get("template")
        if name is None or not any(kind in item for kind in TEMPLATED):
            return item
        if "content" in item:
            raise AnsibleActionFail(f"state: {name}: give 'template' or 'content', not both")
        source = self._find_needle("templates", name)
        text = trust_as_template(self._loader.get_text_file_contents(source))
        folders = [*task_vars.get("ansible_search_path", []), str(Path(source).parent)]
        searched = [path for one in folders for path in (str(Path(one, "templates")), one)]
        templar = self._templar.copy_with_new_env(
            searchpath=searched, available_variables=task_vars
        )
        overrides = {"trim_blocks": True, "lstrip_blocks": True}
        content = templar.template(text, escape_backslashes=False, overrides=overrides)
        without = {key: value for key, value in item.items() if key != "template"}
        text = "" if content is None else str(content)
        return without | ({"holds": json.loads(text)} if "json" in item else {"content": text})

    def _here(self, items: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        before = dict(os.environ)
        os.environ.update({name: str(value) for name, value in environment.items()})
        done: list[dict[str, Any]] = []
        try:
            converge(
                items,
                check=self._task.check_mode,
                on_item=lambda change: done.append(vars(change)),
            )
        except StateError as error:
            return done, vars(error)
        finally:
            os.environ.clear()
            os.environ.update(before)
        return done, {}


def _with_files(item: dict[str, Any]) -> dict[str, Any]:
    """A tree with the texts of its source, a folder on this machine: an inventory's, no more.

    Only what Ansible reads there goes along; a folder may hold anything else besides.
    """
    source = item.get("source")
    if source is None or "tree" not in item:
        return item
    folder = Path(source)
    patterns = ("*.yml", "*.yaml", "group_vars/**/*", "host_vars/**/*")
    found = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    files = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in found}
    without = {key: value for key, value in item.items() if key != "source"}
    return without | {"files": files}


def _plain(value: Any) -> Any:
    """The value without Ansible's own containers, which only work inside of it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(element) for key, element in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(element) for element in value]
    return str(value) if isinstance(value, str) else value


def _diff(change: Mapping[str, Any]) -> dict[str, str]:
    return {
        "before": change["before"],
        "after": change["after"],
        "before_header": change["id"],
        "after_header": change["id"],
    }


def _told(failure: Mapping[str, Any]) -> str:
    texts = [text for text in (failure["message"], failure["remedy"]) if text]
    said = " ".join(_(text) % failure["values"] for text in texts)
    return f"{failure['item']}: {said}"
