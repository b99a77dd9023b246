#!/usr/bin/python
"""Documents the task ``wall``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: wall
short_description: Switches the TV wall on and shows the room's laptop on it
version_added: "0.1.0"
description:
  - Brings every panel to what the variables C(tv_wall_…) of the room say, which are power, input
    and its part of the picture. What is right is not touched, and every change is read back.
  - The wall is a device on the network, so it is spoken to from the machine that runs Ansible,
    inside Ansible's own process, whatever the connection is.
  - In check mode it reads the panels and tells what would be changed.
options: {}
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The panels are on and show the laptop
  wall:
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - panel: 1
      what: input
      before: DVI
      after: HDMI1
remedy:
  description: What to do next.
  returned: failure
  type: str
exit_code:
  description: The exit code of cc-run for this failure.
  returned: failure
  type: int
"""


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.fail_json(msg="wall needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
