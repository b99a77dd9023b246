"""The sheets of a register while events are written into it: each row is found once and kept.

The file is the office's. We write our own columns of our own rows, found by the event's code, and
leave everything else (order, widths, colours, further columns and rows) as we find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from babel.dates import format_datetime
from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.errors import Refusal
from cc_run.events.columns import CODE, TITLES
from cc_run.events.model import Event
from cc_run.events.recap_reading import SEARCHED_ROWS, events_of, header_of, spread_down
from cc_run.events.recap_rows import Mark, facts_of, mark_of_event, mark_of_row
from cc_run.events.sheet import fit_height, new_sheet, style_row
from cc_run.language import _
from cc_run.settings import Settings

Values = Mapping[str, str | int]
_NAMED_TITLES: Final = 6


class Pages:
    """Every sheet of a workbook; ``changed`` tells whether anything was written."""

    def __init__(self, workbook: Workbook, settings: Settings) -> None:
        self._workbook, self._settings = workbook, settings
        self._pages = [_Page(sheet, settings.zone) for sheet in workbook.worksheets]
        self.changed = False

    def write(self, event: Event, values: Values) -> None:
        """Brings the event's row up to date; makes it, and its month's sheet, where it is not.

        A row that exists stays where it is, even when the event has moved to another month. A row
        that somebody typed before the event had a code is known by its day, start and title.

        Raises:
            Refusal: the month's sheet has no column titles that can be understood.
        """
        home = self._home(month_title(event.starts_at, self._settings))
        mark = mark_of_event(event, self._settings.zone)
        ordered = [home, *self._pages] if home else self._pages
        for page, row in (
            *((page, page.coded.get(event.id)) for page in ordered),
            *((page, page.typed.get(mark)) for page in ordered),
        ):
            if row is not None:
                self.changed |= page.fill(row, values)
                return
        self.changed = True
        (home or self.add(event.starts_at)).append(event, values)

    def add(self, moment: datetime) -> _Page:
        """Adds the sheet of a month, before those of later months."""
        title = month_title(moment, self._settings)
        page = _Page(new_sheet(self._workbook, title, self._settings.room), self._settings.zone)
        self._pages.append(page)
        self.changed = True
        return page

    def _home(self, month: str) -> _Page | None:
        wanted = " ".join(month.lower().split())
        found = (page for page in self._pages if page.title == wanted)
        return next(found, None)


def month_title(moment: datetime, settings: Settings) -> str:
    """The title of the sheet that the moment belongs to: November 2026."""
    local = moment.astimezone(settings.room.zone)
    return str(format_datetime(local, "MMMM y", locale="id_ID"))


class _Page:
    """One sheet: its columns, the rows of events by code and by mark, and where it ends."""

    def __init__(self, sheet: Worksheet, zone: str) -> None:
        rows = list(_plain_rows(sheet))
        self._sheet = sheet
        self.title = " ".join(sheet.title.lower().split())
        self._header, self._columns = header_of(rows[:SEARCHED_ROWS])
        self._end = len(rows)
        self._width = max((len(row) for row in rows), default=0)
        self._last, self._number = self._header, 0
        self.coded: dict[str, int] = {}
        self.typed: dict[Mark, int] = {}
        spread_down(rows, _merged(sheet))
        for row in events_of(sheet.title, rows, self._header, self._columns):
            if row.code:
                self.coded.setdefault(row.code, row.row)
            elif (mark := mark_of_row(row, facts_of(row, zone))) is not None:
                self.typed.setdefault(mark, row.row)
            if {"title", "day"} <= set(row.values):
                self._last = row.row
            number = row.values.get("number")
            self._number = max(self._number, number if isinstance(number, int) else 0)

    def fill(self, row: int, values: Values) -> bool:
        """Writes the values into a row; whether any of them is new."""
        changed = [
            self._put(row, self._columns[key], self._without_date(key, value))
            for key, value in values.items()
            if key in self._columns
        ]
        if CODE not in self._columns and "remarks" in self._columns:
            kept = str(self._sheet.cell(row, self._columns["remarks"]).value or "")
            if str(values["code"]) not in kept:
                remark = f"{values['code']} {kept}".strip()
                changed.append(self._put(row, self._columns["remarks"], remark))
        return any(changed)

    def append(self, event: Event, values: Values) -> None:
        """Adds the event's row below the last one."""
        if not self._columns:
            raise Refusal(
                _("The sheet «%(sheet)s» has no row of column titles that can be understood.")
                % {"sheet": self._sheet.title},
                _("Its titles should be such as: %(titles)s.")
                % {"titles": ", ".join(list(TITLES.values())[:_NAMED_TITLES])},
            )
        row = self._free_row()
        style_row(self._sheet, row, self._header, self._columns, self._width)
        self._number += 1
        self.fill(row, {**values, "number": self._number})
        fit_height(self._sheet, row, self._width)
        self._last, self._end = row, max(self._end, row)
        self.coded[event.id] = row
        if self._sheet.auto_filter.ref:
            first, _colon, last = self._sheet.auto_filter.ref.partition(":")
            bottom = int("".join(filter(str.isdigit, last)) or 0)
            if row > bottom:
                letters = "".join(filter(str.isalpha, last.replace("$", "")))
                self._sheet.auto_filter.ref = f"{first}:{letters}{row}"

    def _without_date(self, key: str, value: str | int) -> str | int:
        """A paper's number alone where its date has a column of its own."""
        if key != "letter" or "letter_date" not in self._columns:
            return value
        return str(value).rpartition(" / ")[0]

    def _put(self, row: int, column: int, value: str | int) -> bool:
        cell = self._sheet.cell(row, column)
        if isinstance(cell, MergedCell) or _plain(cell.value) == value:
            return False
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # a title that begins with "=" is a title and no formula
        return True

    def _free_row(self) -> int:
        """The row after the last event; below everything where that one is taken (a signature)."""
        below = self._last + 1
        taken = {
            place
            for place in range(1, self._width + 1)
            if below <= self._end and self._sheet.cell(below, place).value is not None
        }
        # A row that is only numbered waits for its event.
        return below if taken <= {self._columns.get("number")} else self._end + 1


def _plain_rows(sheet: Worksheet) -> Iterator[list[Any]]:
    for cells in sheet.iter_rows(values_only=True):
        yield [_plain(value) for value in cells]


def _plain(value: Any) -> Any:
    """A cell's value as a reader of values has it: nothing is an empty text."""
    if value is None:
        return ""
    return str(value) if isinstance(value, CellRichText) else value


def _merged(sheet: Worksheet) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    for one in sheet.merged_cells.ranges:
        yield (one.min_row - 1, one.min_col - 1), (one.max_row - 1, one.max_col - 1)
