"""The attendance list as an office keeps one: for A4, with heading, table and signatures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.events import Event
from cc_run.hosting.attendance import Attendee
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.times import format_clock, format_period

_FACE, _INK, _ACCENT, _FAINT = "Arial", "17212B", "1D4E68", "55616D"
_HAIR: Final = Side(style="thin", color="B9C0C6")
_BOX: Final = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
# No, name (two columns, of which the heading's labels take the first), joined, left, minutes,
# remarks; in characters.
_WIDTHS: Final = (5, 11, 31, 9, 9, 9, 20)
_LAST: Final = len(_WIDTHS)
_COLUMNS: Final = (1, 2, 4, 5, 6, 7)
_CENTRED: Final = (1, 4, 5, 6)
_NAME: Final = 2
_NAME_SIGNS, _REMARK_SIGNS, _LINE = 38, 18, 13.5
_SIGNED_AT: Final = (1, 4)  # the first columns of the two signatures
_SPACE_TO_SIGN: Final = 48


def attendance_sheet(event: Event, people: Sequence[Attendee], settings: Settings) -> bytes:
    """The workbook's bytes, in the language in force."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _("Attendance list")
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    row = _head(sheet, settings)
    row = _facts(sheet, row, event, settings)
    header = _titles(sheet, row)
    row = _rows(sheet, header, event, people, settings.zone)
    _signatures(sheet, row, event, people)
    _set_up_print(sheet, header)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _head(sheet: Worksheet, settings: Settings) -> int:
    """The office, a rule, and what this is; the row after it."""
    room = settings.room
    for row, (words, size) in enumerate(
        ((room.office.upper(), 12), (room.office_unit, 10), (room.office_address, 9)), start=1
    ):
        _across(sheet, row, words, Font(name=_FACE, bold=row == 1, size=size, color=_INK))
    for column in range(1, _LAST + 1):
        sheet.cell(3, column).border = Border(bottom=Side(style="medium", color=_INK))
    sheet.row_dimensions[4].height = 8
    title = _("Attendance list").upper()
    _across(sheet, 5, title, Font(name=_FACE, bold=True, size=14, color=_INK))
    sheet.row_dimensions[5].height = 24
    sheet.row_dimensions[6].height = 6
    return 7


def _across(sheet: Worksheet, row: int, words: str, font: Font) -> None:
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=_LAST)
    cell = sheet.cell(row, 1)
    _write(cell, words)
    cell.font = font
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _facts(sheet: Worksheet, row: int, event: Event, settings: Settings) -> int:
    """What was held, when, where and by whom."""
    facts = (
        (_("Event"), event.title),
        (_("Day and time"), format_period(event.starts_at, event.ends_at, settings.zone)),
        (_("Place"), f"{event.place} – Zoom Meeting"),
        (_("Agency"), event.agency),
        (_("Event code"), event.id),
    )
    for name, words in facts:
        label, cell = sheet.cell(row, 1), sheet.cell(row, _NAME + 1)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=_NAME)
        sheet.merge_cells(start_row=row, start_column=_NAME + 1, end_row=row, end_column=_LAST)
        _write(label, name)
        _write(cell, words)
        label.font = Font(name=_FACE, size=10, color=_FAINT)
        cell.font = Font(name=_FACE, size=10, bold=True, color=_INK)
        for one in (label, cell):
            one.alignment = Alignment(vertical="center", wrap_text=True)
        row += 1
    sheet.row_dimensions[row].height = 8
    return row + 1


def _titles(sheet: Worksheet, row: int) -> int:
    titles = (_("No"), _("Name"), _("Joined"), _("Left"), _("Minutes"), _("Remarks"))
    for column, title in zip(_COLUMNS, titles, strict=True):
        cell = sheet.cell(row, column, title)
        cell.font = Font(name=_FACE, bold=True, color="FFFFFF", size=10)
        cell.fill = PatternFill("solid", start_color=_ACCENT, end_color=_ACCENT)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    _box(sheet, row)
    sheet.row_dimensions[row].height = 28
    return row


def _box(sheet: Worksheet, row: int) -> None:
    """Lines around a row's cells; the name's two columns become one."""
    sheet.merge_cells(start_row=row, start_column=_NAME, end_row=row, end_column=_NAME + 1)
    for column in range(1, _LAST + 1):
        sheet.cell(row, column).border = _BOX


def _rows(
    sheet: Worksheet, header: int, event: Event, people: Sequence[Attendee], zone: str
) -> int:
    row = header
    for number, person in enumerate(people, start=1):
        row += 1
        clocks = (format_clock(moment, zone) for moment in (person.joined, person.left))
        again = _("came %(count)d times") % {"count": person.stays} if person.stays > 1 else ""
        values: tuple[str | int, ...] = (number, person.name, *clocks, person.minutes, again)
        for column, value in zip(_COLUMNS, values, strict=True):
            cell = sheet.cell(row, column)
            _write(cell, value)
            cell.font = Font(name=_FACE, size=10, color=_INK)
            cell.alignment = Alignment(
                horizontal="center" if column in _CENTRED else "left",
                vertical="center",
                wrap_text=True,
                indent=0 if column in _CENTRED else 1,
            )
        _box(sheet, row)
        lines = max(len(wrap(person.name, _NAME_SIGNS)), len(wrap(again, _REMARK_SIGNS)), 1)
        sheet.row_dimensions[row].height = lines * _LINE + 4
    return row + 1


def _signatures(sheet: Worksheet, row: int, event: Event, people: Sequence[Attendee]) -> None:
    """How many there were, where that is known from, and who answers for the list."""
    total = _("Present: %(count)d people, as told by Zoom's report on the participants.")
    cell = sheet.cell(row, 1)
    _write(cell, total % {"count": len(people)})
    cell.font = Font(name=_FACE, size=9, color=_FAINT)
    row += 2
    signers = (
        (_("Seen by the SPA Sub-coordinator,"), event.coordinator),
        (_("Command Center operator,"), event.operator),
    )
    sheet.row_dimensions[row + 1].height = _SPACE_TO_SIGN
    for column, (role, name) in zip(_SIGNED_AT, signers, strict=True):
        for place, words, bold in ((row, role, False), (row + 2, name, True)):
            cell = sheet.cell(place, column)
            _write(cell, words)
            cell.font = Font(
                name=_FACE, size=10, bold=bold, underline="single" if bold else None, color=_INK
            )


def _write(cell: Any, value: str | int) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with "=" is a name and no formula


def _set_up_print(sheet: Worksheet, header: int) -> None:
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{header}:{header}"
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.6
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.sheet_view.showGridLines = False
    if sheet.oddFooter is not None and sheet.oddFooter.right is not None:
        sheet.oddFooter.right.text = "&P / &N"
        sheet.oddFooter.right.size = 8
