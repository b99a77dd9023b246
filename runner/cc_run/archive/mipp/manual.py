"""Manual mode: a folder with everything ready, and a checklist for the person who types it in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from cc_run import rendering
from cc_run.archive.mipp.activity import Activity
from cc_run.archive.mipp.entering import Filing
from cc_run.durable import replace_file

CHECKLIST = "CHECKLIST.txt"


def prepare_by_hand(folder: Path, url: str, activity: Activity, filing: Filing) -> Path:
    """Fills ``folder`` with the minutes, the shrunk photos and the checklist.

    Args:
        folder: Made when missing; the files come into ``upload/`` in it.
        url: MIPP's address, for the checklist.
        activity: What is filed.
        filing: The fields to type, and the files to choose.

    Returns:
        The checklist.
    """
    files: dict[str, list[str]] = {}
    upload = folder / "upload"
    upload.mkdir(parents=True, exist_ok=True)
    for name, path in filing.files:
        if path.parent != upload:
            shutil.copyfile(path, upload / path.name)
        files.setdefault(name, []).append(path.name)
    text = _checklist(url, activity, filing.fields, files)
    return replace_file(folder / CHECKLIST, text.encode())


def _checklist(
    url: str, activity: Activity, fields: Mapping[str, str], files: Mapping[str, list[str]]
) -> str:
    # Indonesian whoever runs it: it is followed in front of an Indonesian application.
    return rendering.render(
        "mipp_checklist.txt.j2",
        language="id",
        zone="UTC",  # the activity's date and times are local already
        activity=activity,
        url=url,
        fields=fields,
        files=files,
    )
