"""Reads an office's register as it is: which sheets and rows there are, and what stands in them.

Only a stream of values is read, so that a register of many years is read in a moment. What the
values mean is told by ``cc_run.events.recap_rows``.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.functions import fromstring

from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events.columns import CODE, TITLES, column_of
from cc_run.events.dates import parse_day
from cc_run.language import _

SEARCHED_ROWS: Final = 15
ENOUGH_HEADERS: Final = 4

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A row of an event says at least two of these; a signature or a remark does not.
_FACTS: Final = ("title", "day", "clock", "agency", "letter", "disposition", CODE)
_ENOUGH_FACTS: Final = 2
_MERGED: Final = re.compile(rb"mergeCell\s+ref=[\"']([A-Z0-9:$]+)[\"']")
_CODE: Final = re.compile(r"\bVC-[0-9]{4,}\b", re.IGNORECASE)


@dataclass(frozen=True)
class RegisterRow:
    """A row of an event: where it is, and its values by column key as the file has them.

    ``month`` is the first day of the sheet's month, where its title names one.
    """

    sheet: str
    row: int
    values: Mapping[str, Any]
    month: date | None = None

    def text(self, key: str) -> str:
        """A value in one line; empty where there is none."""
        value = self.values.get(key)
        words = "" if value is None else " ".join(str(value).split())
        return "".join(sign for sign in words if sign.isprintable())

    @property
    def code(self) -> str:
        """Our code of the event, in its column or within the remarks; empty without one."""
        if CODE in self.values:
            return self.text(CODE).upper()
        found = _CODE.search(self.text("remarks"))
        return found[0].upper() if found else ""


@dataclass(frozen=True)
class Register:
    """What a workbook tells: the rows of events, and the sheets that could not be understood."""

    rows: tuple[RegisterRow, ...]
    unread: tuple[str, ...]


def read_register(path: Path) -> Register:
    """Reads every sheet that has a row of column titles.

    Raises:
        UsageFault: there is no such file.
        Refusal: it is no workbook, or none of its sheets is a register.
        OutsideFailure: it cannot be read.
    """
    try:
        rows, unread, understood = _read(path)
    except FileNotFoundError as error:
        raise UsageFault(
            _("There is no file %(path)s.") % {"path": path}, _("Check the register's path.")
        ) from error
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error},
            _("Check that the disk or the share is there and that the file may be read."),
        ) from error
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        SyntaxError,  # of its XML
        KeyError,
        ValueError,
        TypeError,
        EOFError,
    ) as error:
        raise Refusal(
            _("%(path)s is no Excel workbook that can be read.") % {"path": path},
            _("Open it in LibreOffice and save it as .xlsx."),
        ) from error
    if not understood:
        raise Refusal(
            _("No sheet of %(path)s has a row of column titles that can be understood.")
            % {"path": path},
            _("Its titles should be such as: %(titles)s.")
            % {"titles": ", ".join(list(TITLES.values())[:6])},
        )
    return Register(tuple(rows), tuple(unread))


def header_of(rows: Iterable[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """The row of column titles and the columns' places in it, both from 1; else 0 and nothing."""
    best: tuple[int, dict[str, int]] = (0, {})
    for number, cells in enumerate(rows, start=1):
        columns: dict[str, int] = {}
        for place, value in enumerate(cells, start=1):
            key = column_of(str(value)) if value is not None else None
            if key is not None:
                columns.setdefault(key, place)
        if len(columns) >= ENOUGH_HEADERS and len(columns) > len(best[1]):
            best = (number, columns)
    return best


def _read(path: Path) -> tuple[list[RegisterRow], list[str], bool]:
    found: list[RegisterRow] = []
    unread: list[str] = []
    understood = False
    workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        merged = _merged_cells(path)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # some programs write a size that is not the sheet's
            top = list(sheet.iter_rows(max_row=SEARCHED_ROWS, values_only=True))
            header, columns = header_of(top)
            if columns:
                understood = True
                rows = sheet.iter_rows(min_row=header + 1, values_only=True)
                spread = _spread(rows, header + 1, merged.get(sheet.title, ()))
                found += _events(sheet.title, spread, columns)
            elif any(value is not None for cells in top for value in cells):
                unread.append(sheet.title)
    finally:
        workbook.close()
    return found, unread, understood


def _events(
    title: str, rows: Iterable[tuple[int, Sequence[Any]]], columns: Mapping[str, int]
) -> Iterator[RegisterRow]:
    month = month_of(title)
    for number, cells in rows:
        values = {
            key: cells[place - 1]
            for key, place in columns.items()
            if place <= len(cells) and cells[place - 1] not in (None, "")
        }
        said = sum(1 for key in _FACTS if key in values)
        numbered = str(values.get("number", "")).strip(" .").isdecimal()
        if said + numbered >= _ENOUGH_FACTS and said:
            yield RegisterRow(title, number, values, month)


def _spread(
    rows: Iterable[Sequence[Any]], first: int, merged: Sequence[tuple[int, int, int, int]]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows with their numbers; what is merged downwards stands in each of its rows."""
    anchors: dict[tuple[int, int], tuple[int, int]] = {
        (row, left): (top, left)
        for left, top, _right, bottom in merged
        for row in range(top + 1, bottom + 1)
    }
    wanted = set(anchors.values())
    values: dict[tuple[int, int], Any] = {}
    for number, cells in enumerate(rows, start=first):
        whole = list(cells)
        for place, value in enumerate(whole, start=1):
            if (number, place) in wanted:
                values[number, place] = value
            elif (number, place) in anchors:
                whole[place - 1] = values.get(anchors[number, place])
        yield number, whole


def _merged_cells(path: Path) -> dict[str, list[tuple[int, int, int, int]]]:
    """The merged cells of each sheet, by its title: left, top, right, bottom.

    A stream of values does not tell them; they stand in the sheet's file after all the rows.
    """
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    with zipfile.ZipFile(path) as package:
        links = fromstring(package.read("xl/_rels/workbook.xml.rels"))
        files = {
            link.get("Id"): posixpath.join("/xl", link.get("Target", ""))[1:] for link in links
        }
        book = fromstring(package.read("xl/workbook.xml"))
        for sheet in book.iter(f"{_MAIN}sheet"):
            name = files.get(sheet.get(_LINK))
            if name not in package.namelist():
                continue
            found[sheet.get("name", "")] = list(_merges(package.read(name)))
    return found


def _merges(sheet: bytes) -> Iterator[tuple[int, int, int, int]]:
    for found in _MERGED.finditer(sheet, sheet.rfind(b"sheetData")):
        left, top, right, bottom = range_boundaries(found[1].decode())
        if left and top and right and bottom and bottom > top:
            yield left, top, right, bottom


def month_of(title: str) -> date | None:
    """The month that a sheet's title names: «November 2026», «NOV 2026»."""
    try:
        return parse_day(f"1 {title}", date.min)
    except UsageFault:
        return None
