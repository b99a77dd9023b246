"""Step 2: the office's schedule register (File Rekap Jadwal Vidcon), a sheet a month.

The file is the office's. cc-run writes its own columns of its own rows, found by the event's code,
and leaves everything else (order, widths, colours, further columns and rows) as it finds it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date, format_datetime
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, Refusal
from cc_run.events.columns import CODE, TITLES
from cc_run.events.model import Event
from cc_run.events.recap_reading import SEARCHED_ROWS, RegisterRow, header_of, month_of
from cc_run.events.recap_rows import is_row_of
from cc_run.events.sheet import fit_height, new_sheet, style_row
from cc_run.events.status import EventStatus
from cc_run.language import _, speaking
from cc_run.settings import Settings
from cc_run.times import format_clock, format_day, now, zone_name

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
        Refusal: the workbook is open in an office program, or is no workbook.
        OutsideFailure: it cannot be read or written.
    """
    refuse_if_open(path)
    workbook = _open(path)
    before = _snapshot(workbook)
    for event, status in sorted(events, key=lambda pair: pair[0].starts_at):
        values = row_values(event, settings) | {"status": _STATUS[status]}
        _write(workbook, event, values | dict((extras or {}).get(event.id, {})), settings)
    if not workbook.worksheets:  # no event yet: an empty register, for a workbook needs a sheet
        new_sheet(workbook, _month(now(), settings), settings.room)
    if path.exists() and _snapshot(workbook) == before:
        return path  # nothing to say: the file keeps its bytes and its date
    content = io.BytesIO()
    workbook.save(content)
    return replace_file(path, content.getvalue())


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


def _open(path: Path) -> Workbook:
    if not path.exists():
        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        return workbook
    try:
        return load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm", rich_text=True)
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error},
            _("Check that the disk or the share is there and that the file may be read."),
        ) from error
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise Refusal(
            _("%(path)s is no Excel workbook that can be read.") % {"path": path},
            _("Open it in LibreOffice and save it as .xlsx, or move it away for a new one."),
        ) from error


def _snapshot(workbook: Workbook) -> dict[tuple[str, str], Any]:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def row_values(event: Event, settings: Settings) -> dict[str, str | int]:
    """What the register says of an event's plan, by column key; an unknown fact is not there."""
    with speaking("id"):  # the register is the office's own paper, whoever works on it
        return _values(event, settings)


def _values(event: Event, settings: Settings) -> dict[str, str | int]:
    zone = settings.zone
    span = f"{format_clock(event.starts_at, zone)}–{format_clock(event.ends_at, zone)}"
    leader = f"{event.disposition.leader}, {_short(event.disposition.date)}"
    values: dict[str, str | int | None] = {
        "code": event.id,
        "day": format_day(event.starts_at.astimezone(settings.room.zone).date()),
        "clock": f"{span} {zone_name(event.starts_at, zone)}",
        "title": event.title,
        "agency": event.agency,
        "letter": f"{event.letter.number} / {_short(event.letter.date)}",
        "disposition": ": ".join(part for part in (leader, event.disposition.note) if part),
        "place": event.place,
        "participants": event.participants,
        "contact": " / ".join(part for part in (event.contact.name, event.contact.phone) if part),
        "operator": event.operator,
    }
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _short(day: date) -> str:
    return str(format_date(day, "d MMM y", locale="id_ID"))


def _write(
    workbook: Workbook, event: Event, values: Mapping[str, str | int], settings: Settings
) -> None:
    month = _month(event.starts_at, settings)
    home = _sheet_of(workbook, month)
    # A row that exists stays where it is, even when the event has moved to another month.
    for sheet in [home, *workbook.worksheets] if home else workbook.worksheets:
        header, columns = _header(sheet)
        row = _row_of(sheet, header, columns, event.id) if columns else None
        if row is not None:
            _fill(sheet, row, columns, values)
            return
    for sheet in workbook.worksheets:
        header, columns = _header(sheet)
        row = _typed_row_of(sheet, header, columns, event, settings)
        if row is not None:
            _fill(sheet, row, columns, values)
            return
    if home is None:
        home = new_sheet(workbook, month, settings.room)
    header, columns = _header(home)
    if not columns:
        raise Refusal(
            _("The sheet «%(sheet)s» has no row of column titles that can be understood.")
            % {"sheet": home.title},
            _("Its titles should be such as: %(titles)s.")
            % {"titles": ", ".join(list(TITLES.values())[:6])},
        )
    row = _free_row(home, header, columns)
    style_row(home, row, header, columns)
    _fill(home, row, columns, {**values, "number": _next_number(home, header, row, columns)})
    fit_height(home, row)
    if home.auto_filter.ref:
        first = home.auto_filter.ref.split(":")[0]
        last = home.cell(row, home.max_column).coordinate
        home.auto_filter.ref = f"{first}:{last}"


def _month(moment: datetime, settings: Settings) -> str:
    """The title of the sheet that the moment belongs to: November 2026."""
    local = moment.astimezone(settings.room.zone)
    return str(format_datetime(local, "MMMM y", locale="id_ID"))


def _sheet_of(workbook: Workbook, month: str) -> Worksheet | None:
    wanted = " ".join(month.lower().split())
    for sheet in workbook.worksheets:
        if " ".join(sheet.title.lower().split()) == wanted:
            return sheet
    return None


def _header(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of column titles and our columns' places in it; nothing where there is none."""
    return header_of(sheet.iter_rows(max_row=SEARCHED_ROWS, values_only=True))


def _row_of(sheet: Worksheet, header: int, columns: Mapping[str, int], code: str) -> int | None:
    """The event's row: by the code's column, else by its code within the remarks."""
    place = columns.get(CODE) or columns.get("remarks")
    if place is None:
        return None
    for row in range(header + 1, sheet.max_row + 1):
        words = str(sheet.cell(row, place).value or "").replace(",", " ").replace(";", " ").split()
        if code in words:
            return row
    return None


def _typed_row_of(
    sheet: Worksheet, header: int, columns: Mapping[str, int], event: Event, settings: Settings
) -> int | None:
    """The row that somebody typed for the event before it had a code: its day, start and title."""
    if not {"title", "day"} <= set(columns):
        return None
    for number in range(header + 1, sheet.max_row + 1):
        values = {key: _shown(sheet, number, place) for key, place in columns.items()}
        row = RegisterRow(sheet.title, number, values, month_of(sheet.title))
        if is_row_of(row, event, settings.zone):
            return number
    return None


def _shown(sheet: Worksheet, row: int, column: int) -> Any:
    """What a reader sees in a cell, also where it is merged with the one above."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return cell.value
    ranges = (one for one in sheet.merged_cells.ranges if cell.coordinate in one)
    return next((sheet.cell(one.min_row, column).value for one in ranges), None)


def _fill(
    sheet: Worksheet, row: int, columns: Mapping[str, int], values: Mapping[str, str | int]
) -> None:
    for key, value in values.items():
        if key in columns:
            _put(sheet, row, columns[key], value)
    if CODE not in columns and "remarks" in columns:
        kept = str(sheet.cell(row, columns["remarks"]).value or "")
        if str(values["code"]) not in kept:
            _put(sheet, row, columns["remarks"], f"{values['code']} {kept}".strip())


def _put(sheet: Worksheet, row: int, column: int, value: str | int) -> None:
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell) or cell.value == value:
        return
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a title that begins with "=" is a title and no formula


def _free_row(sheet: Worksheet, header: int, columns: Mapping[str, int]) -> int:
    """The row after the last event; below everything where that one is taken (by a signature)."""

    def says(row: int, keys: Iterable[str]) -> bool:
        return any(
            sheet.cell(row, columns[key]).value not in (None, "") for key in keys if key in columns
        )

    rows = range(sheet.max_row, header, -1)
    last = next((row for row in rows if says(row, ["title"]) and says(row, ["day"])), header)
    if any(sheet.cell(last + 1, at).value is not None for at in range(1, sheet.max_column + 1)):
        numbered = says(last + 1, ["number"]) and not says(last + 1, set(columns) - {"number"})
        return last + 1 if numbered else sheet.max_row + 1
    return last + 1


def _next_number(sheet: Worksheet, header: int, row: int, columns: Mapping[str, int]) -> int:
    place = columns.get("number")
    if place is None:
        return 0
    numbers = [sheet.cell(above, place).value for above in range(header + 1, row)]
    return max((number for number in numbers if isinstance(number, int)), default=0) + 1
