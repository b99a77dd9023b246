"""Archives the one recorded event of a room, and tells its seconds and its peak memory in MB.

The target is JSON on standard input, for it may hold a key. Nothing but the program is imported
here, so that the memory is its own.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from cc_run.archive.filing import archive_event
from cc_run.settings.inventory import load
from cc_run.settings.models import ArchiveTarget
from cc_run.workspace import open_workspace


def main() -> None:
    settings = load()
    target = ArchiveTarget.model_validate({"name": "target", **json.load(sys.stdin)})
    archive = settings.archive.model_copy(update={"targets": (target,), "copies_required": 1})
    workspace = open_workspace(settings.model_copy(update={"archive": archive}), "Bench")
    event = workspace.events.get("VC-0001")
    start = time.perf_counter()
    archive_event(workspace, event)
    taken = time.perf_counter() - start
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(taken, int(peak[1]) * 1024 / 1e6 if peak else 0)


if __name__ == "__main__":
    main()
