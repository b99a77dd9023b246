#!/usr/bin/python
"""Documents the task ``obs``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: obs
short_description: Brings OBS's files about
version_added: "0.1.0"
description:
  - OBS writes its files back when it quits, so they can only be changed while it does not run.
    Where they differ from the items, a running OBS is asked to quit first.
  - The OBS that is meant is the one that uses C(obs_config_dir). While it records it is left alone
    and the task fails; so it does without C(obs_password).
  - It runs inside Ansible's own process, on the room's own machine.
options:
  items:
    description: The items, as the task C(state) takes them.
    type: list
    elements: dict
    required: true
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: OBS does not ask before it quits
  obs:
    items:
      - ini: ~/.config/obs-studio/global.ini
        options:
          General:
            ConfirmOnExit: false
"""

RETURN = r"""
changes:
  description: What happened to each item, or would happen in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - id: ini ~/.config/obs-studio/global.ini
      changed: true
remedy:
  description: What to do next.
  returned: on failure
  type: str
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={"items": {"type": "list", "elements": "dict", "required": True}},
        supports_check_mode=True,
        # The items may hold secrets: they are kept out of the system log.
        no_log=True,
    )
    module.fail_json(msg="obs needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
