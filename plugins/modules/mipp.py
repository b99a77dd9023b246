#!/usr/bin/python
"""Documents the task ``mipp``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: mipp
short_description: Files an event's minutes and photos in MIPP, exactly once
version_added: "0.1.0"
description:
  - Has the minutes and photos that were attached to an event in MIPP, as C(mipp_mode) says, and
    keeps the receipt in the journal. A second run enters nothing again.
  - An event without minutes and photos is skipped, and so is everything in check mode.
  - It runs inside Ansible's own process, on the room's own machine (C(connection=local), without
    C(become)). While it works, it appends its progress as JSON lines to the file that the
    environment variable C(CC_RUN_PROGRESS) names.
options:
  event:
    description: The event's id, such as V(VC-0042).
    type: str
    required: true
  actor:
    description: In whose name the receipt is journalled; by default, who is logged in.
    type: str
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The event is in MIPP
  mipp:
    event: VC-0042
"""

RETURN = r"""
receipt:
  description: Where and when it was filed, and the SHA-256 of what was filed.
  returned: when filed
  type: dict
remedy:
  description: What to do next.
  returned: on failure
  type: str
exit_code:
  description: The exit code of cc-run for this failure.
  returned: on failure
  type: int
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={"event": {"type": "str", "required": True}, "actor": {"type": "str"}},
        supports_check_mode=True,
    )
    module.fail_json(msg="mipp needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
