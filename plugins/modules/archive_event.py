#!/usr/bin/python
"""Documents the task ``archive_event``; the work is done by the action plugin of the same name."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: archive_event
short_description: Brings an event's bag to every archive target of the room
version_added: "0.1.0"
description:
  - Gathers an event's recording, letters, reports, minutes and photos into one BagIt bag, copies
    it to all of C(archive_targets) at once, reads every copy back from its medium, and keeps a
    receipt of each in the journal.
  - A second run sends nothing again. A run that was interrupted goes on where it was.
  - It runs inside Ansible's own process, on the room's own machine (C(connection=local), without
    C(become)). While it works, it appends its progress as JSON lines to the file that the
    environment variable C(CC_RUN_PROGRESS) names.
  - In check mode it tells which targets lack the bag.
options:
  event:
    description: The event's id, such as V(VC-0042).
    type: str
    required: true
  actor:
    description: In whose name the receipts are journalled; by default, who is logged in.
    type: str
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The event is in the archive
  archive_event:
    event: VC-0042
"""

RETURN = r"""
bag:
  description: The bag's folder name, the same on every target.
  returned: when archived
  type: str
  sample: VC-0042_2026-11-24_rapat-koordinasi
copies:
  description: The receipt of each verified copy.
  returned: when archived
  type: list
  elements: dict
delivered:
  description: The targets that this run brought the bag to.
  returned: when archived
  type: list
  elements: str
failures:
  description: The targets that could not be reached, with message and remedy.
  returned: when archived
  type: list
  elements: dict
pending:
  description: The targets that lack the bag.
  returned: in check mode
  type: list
  elements: str
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
    module.fail_json(msg="archive_event needs its action plugin; see ansible.cfg: action_plugins")


if __name__ == "__main__":
    main()
