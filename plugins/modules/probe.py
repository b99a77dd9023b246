#!/usr/bin/python
"""Documents the task ``probe``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: probe
short_description: Looks whether the room is ready, and changes nothing
version_added: "0.1.0"
description:
  - Runs the same probes as C(cc-run check), all at once, and tells what each found.
  - A probe that failed is a warning, or with I(fatal) the task's failure; what the room's
    C(cc_probe_needs) calls preferred or optional never fails.
  - It runs inside Ansible's own process, on the room's own machine, and in check mode too.
options:
  only:
    description: Ids (V(sound.present)) or topics (V(camera)); all probes where none is named.
    type: list
    elements: str
    default: []
  event:
    description: The id of the event that the room is looked at for.
    type: str
  fatal:
    description: Whether the task fails when a probe failed.
    type: bool
    default: false
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The camera shows a live picture
  probe:
    only: [camera]
"""

RETURN = r"""
results:
  description: What each probe found.
  returned: always
  type: list
  elements: dict
  sample:
    - id: camera.present
      title: Camera is attached
      status: pass
      found: Logitech BRIO (/dev/video0)
      expected: Logitech BRIO
      remedy: ""
      seconds: 0.02
      need: required
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "only": {"type": "list", "elements": "str", "default": []},
            "event": {"type": "str"},
            "fatal": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="probe needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
