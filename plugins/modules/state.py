#!/usr/bin/python
"""The state engine on the far side of a connection, or under become."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.cc_run_state import Change, StateError, converge

DOCUMENTATION = r"""
---
module: state
short_description: Brings a list of files, settings, packages, units and sound devices about
version_added: "0.1.0"
description:
  - One task for everything a role keeps in a certain state. The items are compared with what is,
    in order, and only what differs is changed.
  - When the connection is local and no C(become) is asked, the work is done inside Ansible's own
    process, in milliseconds; else this module carries the same engine to the other side.
  - "Each item has exactly one of these keys, which names its kind and holds its subject:
    C(directory), C(file), C(link), C(absent), C(ini), C(json), C(packages), C(unit), C(sound),
    C(deb), C(environment), C(network), C(radio), C(outputs), C(blanking), C(gsettings), C(user)."
  - "Every item may have C(id), its name in results (by default its kind and subject; no two items
    of a task may share one), and C(secret: true), which hides its texts from diffs and makes new
    files 0600 and folders 0700."
  - "C(directory: PATH) with C(mode), C(owner), C(group). Parents are made too."
  - "C(file: PATH) with C(content), or C(template) for a template of the role; C(mode), C(owner),
    C(group)."
  - "C(tree: PATH) with C(files), path to text, or C(source), a folder with an inventory on the
    machine that runs Ansible; C(mode), C(owner), C(group). It holds nothing else."
  - "C(link: PATH) with C(target), C(owner), C(group)."
  - "C(absent: PATH); a folder needs C(recursive: true)."
  - "C(ini: PATH) with C(options), section to option to value, null for an option that should not
    be there; C(create: false) leaves a missing file missing; C(while_closed), a program that must
    not be open while the file changes; C(mode), C(owner), C(group). All else
    in the file stays as it is."
  - "C(json: PATH) with C(holds), a part of the document, or C(template) for one of the role;
    C(key) (name), by which lists of objects are merged; C(ignore), names that are only written
    with a new object; C(indent) (4); C(mode), C(owner), C(group)."
  - "C(packages: NAMES) are installed."
  - "C(deb: ADDRESS), a single package from an address or a path, is installed if its content has
    this C(sha256)."
  - "C(environment: PATH) is a virtual environment with C(package) (a wheel's path, or what pip
    calls it) and the releases in the list C(lock) inside of that wheel; made with C(python)."
  - "C(unit: NAME) with C(scope) (system, user or global), C(content) or C(template), C(dropin), the
    name of a file beside the unit's own to put that in, C(enabled), C(running)."
  - "C(sound: sink) or C(sound: source) with C(match), a pattern for its name or description, or
    C(properties); C(prefer), patterns that decide where several match; C(default), C(volume) (1 is
    100 %), C(muted)."
  - "C(network: NAME), NetworkManager's profile of a cable, with C(device) (any, if empty),
    C(properties) by nmcli's names, and in force unless C(active: false)."
  - "C(radio: wifi) with C(enabled)."
  - "C(outputs: extend) or C(outputs: mirror) with C(screens) from the left to the right, each with
    C(output) (a pattern for xrandr's name), and perhaps C(mode), C(position), C(primary)."
  - "C(blanking: never): the X server does not darken the screen."
  - "C(gsettings: SCHEMA) with C(keys) and their values as gsettings writes them; nothing where the
    desktop does not know the schema."
  - "C(user: NAME) with C(comment) and C(groups); an account that is new has no password."
  - "Modes are strings of octal digits. Paths are absolute or begin with ~."
options:
  items:
    description: The items, in the order in which they are brought about.
    type: list
    elements: dict
    required: true
author:
  - The cc-run developers
"""

EXAMPLES = r"""
- name: The recorder has its folder and its settings
  state:
    items:
      - directory: ~/Videos/recordings
        mode: "0750"
      - file: ~/.config/room.conf
        template: room.conf.j2
      - ini: ~/.config/obs-studio/global.ini
        options:
          General:
            FirstRun: true
      - json: ~/.config/obs-studio/basic/scenes/Room.json
        holds:
          sources:
            - name: Camera
              id: v4l2_input
        ignore: [uuid]
      - unit: room-check.timer
        scope: user
        template: room-check.timer.j2
        enabled: true
        running: true
      - sound: source
        match: Jabra
        default: true
        volume: 0.8
        muted: false
"""

RETURN = r"""
changes:
  description: What happened to each item, or would happen in check mode.
  returned: always
  type: list
  elements: dict
  sample:
    - id: file /etc/room.conf
      changed: true
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={"items": {"type": "list", "elements": "dict", "required": True}},
        supports_check_mode=True,
        # The items may hold secrets: they are kept out of the system log.
        no_log=True,
    )
    done: list[Change] = []
    failure: dict[str, object] = {}
    try:
        converge(module.params["items"], check=module.check_mode, on_item=done.append)
    except StateError as error:
        failure = {
            "item": error.item,
            "message": error.message,
            "remedy": error.remedy,
            "values": dict(error.values),
        }
    module.exit_json(
        changed=any(change.changed for change in done),
        done=[vars(change) for change in done],
        failure=failure,
        invocation={"module_args": {}},
    )


if __name__ == "__main__":
    main()
