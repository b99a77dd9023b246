"""The lookup ``obs_version``: the version of the OBS that is installed here."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from cc_run.language import _

DOCUMENTATION = r"""
---
name: obs_version
author: The cc-run developers
version_added: "0.1.0"
short_description: The version of OBS
description:
  - Where OBS reads its settings depends on its version. The program itself is asked, once a task.
  - As every lookup it works where Ansible runs, which has to be the room's own machine.
"""

EXAMPLES = r"""
- name: OBS's version is told
  ansible.builtin.debug:
    msg: "{{ lookup('obs_version') }}"
"""

RETURN = r"""
_raw:
  description: The version, in a list of one.
  type: list
  elements: str
  sample: ["29.0.2"]
"""

SECONDS = 10.0


class LookupModule(LookupBase):  # type: ignore[misc] # Ansible has no types
    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[str]:
        return [_version()]


@cache
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
        said = _("OBS Studio is not installed, or does not tell its version.")
        raise AnsibleLookupError(f"{said} {_('Ask IT to run: cc-run provision')}")
    return found[0]
