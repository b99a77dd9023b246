"""How a new sheet of the register looks; an office's own sheets keep their looks.

Printed, it is two sheets of paper side by side: the plan on the left one, the meeting and what came
of it on the right one, where the first columns stand once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from textwrap import wrap
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.events.columns import TITLES
from cc_run.settings.models import Office

HEADER_ROW: Final = 4

_WIDTHS: Final = {
    "number": 4.5,
    "day": 12.5,
    "clock": 8.5,
    "title": 22,
    "agency": 17,
    "letter": 15,
    "disposition": 16,
    "place": 14,
    "participants": 8.5,
    "contact": 14,
    "host": 14,
    "meeting_id": 10,
    "passcode": 8,
    "join_url": 16,
    "operator": 10.5,
    "recorded": 7.5,
    "status": 14,
    "minutes": 8,
    "documentation": 13,
    "remarks": 10,
    "code": 9,
}
_CENTRED: Final = ("number", "clock", "participants", "meeting_id", "status", "code")
_HAIR: Final = Side(style="thin", color="B9C0C6")
_BOX: Final = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_INK: Final = "17212B"
_FACE: Final = "Arial"
_LINE: Final = 13.5
# The last column that the right sheet repeats, and the last of the left sheet.
_REPEATED: Final = "title"
_LEFT: Final = "host"
_STYLE: Final = "_style"
_SCALE: Final = 72  # percent; so each half fits the width of A4


def new_sheet(workbook: Workbook, month: str, office: Office) -> Worksheet:
    """Adds the sheet of a month: heading, column titles, A4 landscape in two halves."""
    sheet: Worksheet = workbook.create_sheet(month)
    last = get_column_letter(len(TITLES))
    repeated = _letter_of(_REPEATED)
    headings = (
        ("REKAP JADWAL VIDEO CONFERENCE", Font(name=_FACE, bold=True, size=14, color=_INK)),
        (
            " – ".join(filter(None, (office.office_unit or office.office, month))),
            Font(name=_FACE, size=11, color="55616D"),
        ),
    )
    for row, (words, font) in enumerate(headings, start=1):
        sheet.cell(row, 1, words).font = font
        sheet.merge_cells(f"A{row}:{repeated}{row}")
        sheet.cell(row, 1).alignment = Alignment(vertical="center", wrap_text=True)
    sheet.row_dimensions[1].height = 24
    sheet.row_dimensions[2].height = 30
    sheet.row_dimensions[3].height = 6
    for column, (key, title) in enumerate(TITLES.items(), start=1):
        cell = sheet.cell(HEADER_ROW, column, title)
        cell.font = Font(name=_FACE, bold=True, color="FFFFFF", size=10)
        cell.fill = PatternFill("solid", start_color="1D4E68", end_color="1D4E68")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = _BOX
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[key]
    sheet.row_dimensions[HEADER_ROW].height = 32
    sheet.freeze_panes = f"E{HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW}"
    _set_up_print(sheet)
    return sheet


def _letter_of(key: str) -> str:
    return get_column_letter(list(TITLES).index(key) + 1)


def style_row(
    sheet: Worksheet, row: int, header: int, columns: Mapping[str, int], width: int
) -> None:
    """Dresses a new row: as the row above it, or in our own way below the titles."""
    if row - 1 > header:
        for column in range(1, width + 1):
            _dress_as(sheet.cell(row, column), sheet.cell(row - 1, column))
        return
    for key, column in columns.items():
        cell = sheet.cell(row, column)
        cell.font = Font(name=_FACE, size=10, color=_INK)
        cell.border = _BOX
        cell.alignment = Alignment(
            horizontal="center" if key in _CENTRED else "left", vertical="center", wrap_text=True
        )


def fit_height(sheet: Worksheet, row: int, width: int) -> None:
    """Makes a new row as high as its longest text: not every office program does it on opening."""
    lines = 1
    for column in range(1, width + 1):
        cell = sheet.cell(row, column)
        if cell.value is not None and cell.alignment.wrap_text:
            signs = sheet.column_dimensions[get_column_letter(column)].width
            lines = max(lines, len(wrap(str(cell.value), max(int(signs) - 1, 1))))
    sheet.row_dimensions[row].height = lines * _LINE + 3


def _dress_as(cell: Cell | MergedCell, model: Cell | MergedCell) -> None:
    if isinstance(cell, MergedCell) or isinstance(model, MergedCell):
        return
    # One copy of the style's numbers; facet by facet it would take a hundred times as long.
    setattr(cell, _STYLE, copy(getattr(model, _STYLE)))


def _set_up_print(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.scale = _SCALE
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.col_breaks.append(Break(id=list(TITLES).index(_LEFT) + 1))
    sheet.print_title_cols = f"A:{_letter_of(_REPEATED)}"
    sheet.print_title_rows = f"1:{HEADER_ROW}"
    sheet.page_margins.left = sheet.page_margins.right = 0.35
    sheet.page_margins.top = sheet.page_margins.bottom = 0.45
    if sheet.oddFooter is not None and sheet.oddFooter.right is not None:
        sheet.oddFooter.right.text = "&P / &N"
        sheet.oddFooter.right.size = 8
