#!/usr/bin/python
"""Documents the task ``camera_controls``; the action plugin of the same name does the work."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: camera_controls
short_description: Sets the controls of the room's camera
version_added: "0.1.0"
description:
  - Finds the room's camera by C(camera_models), reads the controls that C(camera_controls) names,
    and sets those that differ. Without a camera nothing happens.
  - It runs inside Ansible's own process, on the room's own machine.
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The camera is set as the room wants it
  camera_controls:
"""

RETURN = r"""
changes:
  description: The controls that were set, or would be, with their values before and after.
  returned: success
  type: list
  elements: dict
  sample:
    - control: power_line_frequency
      before: 2
      after: 1
"""


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.fail_json(msg="camera_controls needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
