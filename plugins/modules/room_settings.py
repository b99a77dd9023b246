#!/usr/bin/python
"""Documents the task ``room_settings``; the work is done by the action plugin of that name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: room_settings
short_description: The room's variables are right
version_added: "0.1.0"
description:
  - Understands all variables of the room as cc-run does, before any role changes something. It
    fails with every variable that is unknown, missing or of the wrong type.
  - It runs inside Ansible's own process.
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The variables are right
  room_settings:
"""

RETURN = r"""
room:
  description: The room's name.
  returned: success
  type: str
  sample: command-center
remedy:
  description: What to do next.
  returned: on failure
  type: str
"""


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.fail_json(msg="room_settings needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
