"""``cc-run prepare`` in a simulated room that is right already: the whole, and what it adds.

What it adds to the playbook is the time from its start until the last role's line, less the time of
the bare ``ansible-playbook``; the two take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

from _staged import CC_RUN, EVENT, closed, on_stage, ready, told
from measuring import Peers, Row, arguments, interleaved, process_ms, publish, seconds

from cc_run import content
from cc_run.room.role_lines import ROLE_TITLES

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
LAST_ROLE = ROLE_TITLES["zoom_client"]
# Probes that look or listen for a while, however fast the machine is.
WAITING = ("camera.", "sound.microphone", "network.quality", "obs.recording")
MILLISECONDS = 1000


def until_the_roles_end() -> float:
    """Milliseconds from prepare's start until it has told of the last role; then it goes on."""
    start = time.perf_counter()
    command = [CC_RUN, "prepare", "--event", EVENT]
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=unbuffered) as process:
        assert process.stdout
        ended = next(
            (time.perf_counter() for line in process.stdout if LAST_ROLE in line), float("nan")
        )
        process.stdout.read()
    return (ended - start) * MILLISECONDS


def bare() -> list[str | Path]:
    """The same play by hand."""
    playbook = content.playbooks() / "pre_session.yml"
    inventory = os.environ["CC_RUN_INVENTORY"]
    return [ANSIBLE, playbook, "-i", inventory, "--skip-tags", "verify"]


def main() -> None:
    parser = arguments(__doc__ or "", runs=7)
    parser.add_argument("--inside", type=Path, help="(the benchmark's own: its room's folder)")
    options = parser.parse_args()
    if options.inside is None:
        sys.exit(on_stage(__file__, options))
    os.environ["ANSIBLE_CONFIG"] = str(content.root() / "ansible.cfg")
    try:
        ready(options.inside)
        prepared = json.loads(told("prepare", "--event", EVENT, "--json", codes=(0, 1)))
        changed = sum(role["changed"] for role in prepared["roles"])
        waited = max(
            probe["seconds"] for probe in prepared["probes"] if probe["id"].startswith(WAITING)
        )
        act = partial(told, "prepare", "--event", EVENT, codes=(0, 1))
        whole = [seconds(act) for _run in range(options.runs)]
        alone, around = interleaved(options.runs, partial(process_ms, bare()), until_the_roles_end)
    finally:
        closed()
    added = median(ours - bare for ours, bare in zip(around, alone, strict=True))
    rows = [
        Row("prepare, the whole process, s (median)", median(whole), 10),
        Row("of which waiting for levels, frames and traces", waited / median(whole), 0.5, True),
        Row("that waiting, s (the longest; all wait at once)", waited),
        Row("added to the bare playbook, s (median)", added / MILLISECONDS, 0.5),
        Row("tasks that changed something", changed, 0),
    ]
    taken = {"ansible-playbook": alone, "cc-run prepare, up to there": around}
    publish("prepare", rows, [Peers("The roles", "ms", taken)], as_json=options.json)


if __name__ == "__main__":
    main()
