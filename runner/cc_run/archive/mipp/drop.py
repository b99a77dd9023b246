"""Drop mode: the files and what is to be entered lie where another program takes them from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cc_run.archive.copying import quietly
from cc_run.archive.mipp.activity import Activity
from cc_run.archive.mipp.entering import Entered, Filing
from cc_run.archive.shelf import Shelf, Target
from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.progress import Report

# Written last: whoever takes the files waits for it, and it is what we look for.
ENTRY: Final = "entri.json"


def lay_down(
    target: Target, activity: Activity, digest: str, filing: Filing, *, on_progress: Report
) -> Entered:
    """Has the event's folder there, whole, with the entry's fields in ``entri.json``.

    A folder that is whole already stays as it is.

    Args:
        target: Where.
        activity: What is filed.
        digest: Its SHA-256.
        filing: The fields, and the files by the fields' names.
        on_progress: Hears how far it is, in bytes.

    Raises:
        OutsideFailure: the place is away, full, or gives back something else.
    """
    folder = activity.event_id
    files = {path.name: path for _name, path in filing.files}
    with target.open() as shelf:
        if not _is_whole(shelf, folder):
            sums = _send(shelf, folder, files, filing.size, on_progress)
            entry = {
                "event": activity.event_id,
                "sha256": digest,
                "fields": dict(filing.fields),
                "files": [
                    {"field": name, "name": path.name, **sums[path.name]}
                    for name, path in filing.files
                ],
            }
            text = json.dumps(entry, indent=2, ensure_ascii=False) + "\n"
            shelf.write(f"{folder}/{ENTRY}", text.encode())
            shelf.sync(folder)
            if not _is_whole(shelf, folder):
                raise OutsideFailure(
                    _("%(target)s does not show what was laid down for MIPP.")
                    % {"target": target.name},
                    _("Check the place that mipp_drop names, then run it again."),
                )
    on_progress(1, 1, _("Laid down for MIPP"))
    return Entered(target.place(folder), None)


def _send(
    shelf: Shelf, folder: str, files: Mapping[str, Path], size: int, on_progress: Report
) -> dict[str, dict[str, Any]]:
    sent = 0
    sums: dict[str, dict[str, Any]] = {}
    for name, path in files.items():
        on_progress(sent, size, _("Laying down minutes and photos for MIPP"))
        content = shelf.send(path, f"{folder}/{name}", 0, quietly)
        shelf.settle(f"{folder}/{name}", content)
        sums[name] = {"bytes": content.bytes, "file_sha256": content.sha256}
        sent += content.bytes
    return sums


def _is_whole(shelf: Shelf, folder: str) -> bool:
    """Whether the entry is there with all the files that it names."""
    written = shelf.read(f"{folder}/{ENTRY}")
    if written is None:
        return False
    sizes = shelf.sizes(folder)
    return all(sizes.get(file["name"]) == file["bytes"] for file in json.loads(written)["files"])
