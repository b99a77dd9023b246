"""Who attended, as Zoom tells it once the meeting is over: kept as a list for minutes and bag."""

from __future__ import annotations

import csv
import io
from typing import Final

from cc_run import sop
from cc_run.durable import replace_file
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.hosting.attendance import attendance
from cc_run.language import _, speaking
from cc_run.reports.minutes import Present
from cc_run.times import format_clock
from cc_run.workspace import Workspace

_TEXT: Final = "'"
_COLUMNS: Final = 4
# In the event's folder; the first column has the names.
_LIST: Final = "attendance/daftar-hadir.csv"


def kept_attendance(workspace: Workspace, event: Event) -> list[Present]:
    """Who attended, and their list in the event's folder.

    Asks Zoom only once, after the recording; where Zoom cannot tell, nobody is waited for. The
    list has no addresses: minutes do not need them.
    """
    path = workspace.event_dir(event) / _LIST
    if not path.exists():
        record = workspace.journal.progress(event.id).get(sop.RECORD)
        if record is None or not record.done:
            return []
        try:
            people = attendance(workspace, event)
        except CcRunError:
            return []
        if not people:
            return []
        zone = workspace.zone
        written = io.StringIO()
        with speaking(workspace.settings.room.document_language):
            sheet = csv.writer(written)
            sheet.writerow([_("Name"), _("Joined"), _("Left"), _("Minutes")])
            for one in people:
                clocks = (format_clock(moment, zone) for moment in (one.joined, one.left))
                sheet.writerow([_as_text(one.name), *clocks, round(one.seconds / 60)])
        # Excel takes a file for UTF-8 only with this mark.
        replace_file(path, written.getvalue().encode("utf-8-sig"), mode=0o600)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) == _COLUMNS][1:]
    return [Present(row[0].removeprefix(_TEXT), *row[1:]) for row in rows]


def _as_text(name: str) -> str:
    """A name that no spreadsheet takes for a formula: people choose their names in Zoom freely."""
    return f"{_TEXT}{name}" if name.startswith(("=", "+", "-", "@", _TEXT)) else name
