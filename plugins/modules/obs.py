#!/usr/bin/python
"""Documents the task ``obs``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: obs
short_description: Tells OBS's version, or has it quit
version_added: "0.1.0"
description:
  - OBS writes its files back when it quits, so they can only be changed while it does not run.
  - The OBS that is meant is the one that uses C(obs_config_dir). While it records it is left alone
    and the task fails.
  - It runs inside Ansible's own process, on the room's own machine.
options:
  state:
    description:
      - V(installed) tells the version and changes nothing; it fails without OBS or without
        C(obs_password).
      - V(stopped) asks a running OBS to quit and waits for its end.
    type: str
    choices: [installed, stopped]
    default: installed
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: OBS does not run
  obs:
    state: stopped
"""

RETURN = r"""
version:
  description: The installed version.
  returned: with state installed
  type: str
  sample: 29.0.2
remedy:
  description: What to do next.
  returned: on failure
  type: str
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {
                "type": "str",
                "choices": ["installed", "stopped"],
                "default": "installed",
            }
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="obs needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
