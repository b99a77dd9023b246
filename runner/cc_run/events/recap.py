"""Step 2: the office's schedule register (File Rekap Jadwal Vidcon), a sheet a month."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from warnings import catch_warnings, simplefilter

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, Refusal
from cc_run.events.model import Event
from cc_run.events.recap_keeping import kept_whole
from cc_run.events.recap_pages import Pages
from cc_run.events.recap_values import row_values
from cc_run.events.status import EventStatus
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.times import now

_STATUS: Final = {
    EventStatus.PLANNED: "Direncanakan",
    EventStatus.ASSIGNED: "Ditugaskan",
    EventStatus.REGISTERED: "Tercatat",
    EventStatus.HOSTED: "Rapat dibuat",
    EventStatus.READY: "Siap",
    EventStatus.RECORDED: "Direkam",
    EventStatus.DOCUMENTED: "Terdokumentasi",
    EventStatus.CLOSED: "Selesai",
    EventStatus.CANCELLED: "Batal",
}


def update_recap(
    path: Path,
    events: Iterable[tuple[Event, EventStatus]],
    settings: Settings,
    *,
    extras: Mapping[str, Mapping[str, str]] | None = None,
) -> Path:
    """Brings the events' rows up to date, in the sheet of each event's month.

    Args:
        path: The workbook; made when missing.
        events: The events with where they stand.
        settings: The room's settings.
        extras: By event id, further values by column key: "meeting_id", "join_url", "host",
            "recorded", "minutes", "documentation". A column without a value is left as it is.

    Raises:
        Refusal: the workbook is open in an office program, is no workbook, or holds something that
            would be lost.
        OutsideFailure: it cannot be read or written.
    """
    refuse_if_open(path)
    before = _content(path)
    workbook = _opened(path, before)
    pages = Pages(workbook, settings)
    for event, status in sorted(events, key=lambda pair: pair[0].starts_at):
        values = row_values(event, settings) | {"status": _STATUS[status]}
        pages.write(event, values | dict((extras or {}).get(event.id, {})))
    if not workbook.worksheets:  # no event yet: an empty register, for a workbook needs a sheet
        pages.add(now())
    if not pages.changed:
        return path  # nothing to say: the file keeps its bytes and its date
    content = io.BytesIO()
    workbook.save(content)
    after = content.getvalue()
    return replace_file(path, after if before is None else kept_whole(path, before, after))


def refuse_if_open(path: Path) -> None:
    """Stops where an office program has the workbook open: it would undo what we write.

    Raises:
        Refusal: it is open.
    """
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        if lock.exists():
            raise Refusal(
                _("%(path)s is open in Excel or LibreOffice.") % {"path": path.name},
                _("Close it and run this again; if nobody has it open, delete %(lock)s.")
                % {"lock": lock},
            )


def _content(path: Path) -> bytes | None:
    """The workbook as it is on disk; None where there is none yet."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error},
            _("Check that the disk or the share is there and that the file may be read."),
        ) from error


def _opened(path: Path, content: bytes | None) -> Workbook:
    if content is None:
        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        return workbook
    macros = path.suffix.lower() == ".xlsm"
    try:
        with catch_warnings():
            simplefilter("ignore")  # what the library does not know, ``kept_whole`` sees to
            return load_workbook(io.BytesIO(content), keep_vba=macros, rich_text=True)
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        SyntaxError,  # of its XML
        KeyError,
        ValueError,
        TypeError,
    ) as error:
        raise Refusal(
            _("%(path)s is no Excel workbook that can be read.") % {"path": path},
            _("Open it in LibreOffice and save it as .xlsx, or move it away for a new one."),
        ) from error
