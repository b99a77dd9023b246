"""Who attended, as Zoom tells it once the meeting is over: kept as a list for minutes and bag."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run import sop
from cc_run.durable import replace_file
from cc_run.errors import CcRunError, Refusal
from cc_run.events import Event
from cc_run.hosting.attendance import Attendee, attendance
from cc_run.hosting.attendance_sheet import attendance_sheet
from cc_run.language import _, speaking
from cc_run.reports.minutes import Present
from cc_run.times import format_clock
from cc_run.workspace import Workspace

_TEXT: Final = "'"
_COLUMNS: Final = 4
# In the event's folder; the first column has the names.
_LIST: Final = "attendance/daftar-hadir.csv"
_SHEET: Final = "attendance/daftar-hadir.xlsx"


@dataclass(frozen=True)
class KeptAttendance:
    """Who attended, and where their list is, for people."""

    people: tuple[Attendee, ...]
    sheet: Path


def renewed_attendance(workspace: Workspace, event: Event) -> KeptAttendance:
    """Asks Zoom anew who attended, and keeps the list.

    Raises:
        Refusal: the meeting has not been held, or Zoom tells of nobody.
    """
    people = attendance(workspace, event)
    if not people:
        raise Refusal(
            _("Zoom tells of nobody in the meeting of %(event)s.") % {"event": event.id},
            _("Its report comes some minutes after the end; a single participant is left out."),
        )
    return KeptAttendance(tuple(people), _keep(workspace, event, people))


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
        _keep(workspace, event, people)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) == _COLUMNS][1:]
    return [Present(row[0].removeprefix(_TEXT), *row[1:]) for row in rows]


def _keep(workspace: Workspace, event: Event, people: Sequence[Attendee]) -> Path:
    """Writes the list, for programs and for people, where it differs from what is there."""
    folder, settings = workspace.event_dir(event), workspace.settings
    with speaking(settings.room.document_language):
        listed = _listed(people, workspace.zone)
        sheet = attendance_sheet(event, people, settings)
    path, kept = folder / _SHEET, folder / _LIST
    if path.exists() and kept.exists() and kept.read_bytes() == listed:
        return path
    # The list for programs comes last: where it stands, both do.
    replace_file(path, sheet, mode=0o600)
    replace_file(kept, listed, mode=0o600)
    return path


def _listed(people: Sequence[Attendee], zone: str) -> bytes:
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow([_("Name"), _("Joined"), _("Left"), _("Minutes")])
    for one in people:
        clocks = (format_clock(moment, zone) for moment in (one.joined, one.left))
        sheet.writerow([_as_text(one.name), *clocks, one.minutes])
    # Excel takes a file for UTF-8 only with this mark.
    return written.getvalue().encode("utf-8-sig")


def _as_text(name: str) -> str:
    """A name that no spreadsheet takes for a formula: people choose their names in Zoom freely."""
    return f"{_TEXT}{name}" if name.startswith(("=", "+", "-", "@", _TEXT)) else name
