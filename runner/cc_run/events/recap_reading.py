"""Reads an office's register as it is: which sheets and rows there are, and what stands in them.

Only values and merged cells are read, so that a register of many years is read in a moment; .xls
and .ods are understood as well. What the values mean is told by ``cc_run.events.recap_rows``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events.columns import CODE, TITLES, column_of
from cc_run.events.dates import parse_day
from cc_run.language import _

SEARCHED_ROWS: Final = 15
ENOUGH_HEADERS: Final = 4

# A row of an event says at least two of these; a signature or a remark does not.
_FACTS: Final = ("title", "day", "clock", "agency", "letter", "disposition", CODE)
_ENOUGH_FACTS: Final = 2
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
        return words if words.isprintable() else "".join(filter(str.isprintable, words))

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
        Refusal: it is no workbook or has a password, or none of its sheets is a register.
        OutsideFailure: it cannot be read.
    """
    from python_calamine import CalamineError, PasswordError

    if not path.exists():
        raise UsageFault(
            _("There is no file %(path)s.") % {"path": path}, _("Check the register's path.")
        )
    try:
        rows, unread, understood = _read(path)
    except PasswordError as error:
        raise Refusal(
            _("%(path)s asks for a password.") % {"path": path},
            _("Save it without a password, then read it again."),
        ) from error
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error},
            _("Check that the disk or the share is there and that the file may be read."),
        ) from error
    except CalamineError as error:
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
    """The row of column titles and the columns' places in it, both from 1; else 0 and nothing.

    Where a title stands over two of its own («Pukul» over «Mulai» and «Selesai»), it is the lower
    row, and the lower titles are those that count.
    """
    whole = list(rows)
    best: tuple[int, dict[str, int]] = (0, {})
    for number, cells in enumerate(whole, start=1):
        columns, _strange = _titles(cells)
        if len(columns) >= ENOUGH_HEADERS and len(columns) > len(best[1]):
            best = (number, columns)
    number, columns = best
    if 0 < number < len(whole):
        lower, strange = _titles(whole[number])
        if lower and not strange:
            covered = {key for key, place in columns.items() if place in lower.values()}
            kept = {key: place for key, place in columns.items() if key not in covered}
            return number + 1, {**kept, **lower}
    return best


def _titles(cells: Sequence[Any]) -> tuple[dict[str, int], bool]:
    """The places of our columns in a row, and whether there is anything else in it."""
    columns: dict[str, int] = {}
    strange = False
    for place, value in enumerate(cells, start=1):
        if value in (None, ""):
            continue
        key = column_of(value) if isinstance(value, str) else None
        strange = strange or key is None
        if key is not None:
            columns.setdefault(key, place)
    return columns, strange


def _read(path: Path) -> tuple[list[RegisterRow], list[str], bool]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    found: list[RegisterRow] = []
    unread: list[str] = []
    understood = False
    with CalamineWorkbook.from_path(path) as workbook:
        for about in workbook.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(about.name)
            rows = sheet.to_python(skip_empty_area=False)
            header, columns = header_of(rows[:SEARCHED_ROWS])
            if columns:
                understood = True
                spread_down(rows, sheet.merged_cell_ranges or ())
                found += events_of(about.name, rows, header, columns)
            elif any(value != "" for cells in rows for value in cells):
                unread.append(about.name)
    return found, unread, understood


def events_of(
    title: str, rows: Sequence[Sequence[Any]], header: int, columns: Mapping[str, int]
) -> Iterator[RegisterRow]:
    """The rows of events below the header; an empty cell is an empty text."""
    month = month_of(title)
    for number, cells in enumerate(rows[header:], start=header + 1):
        values = {
            key: _whole(cells[place - 1])
            for key, place in columns.items()
            if place <= len(cells) and cells[place - 1] != ""
        }
        said = sum(1 for key in _FACTS if key in values)
        numbered = str(values.get("number", "")).strip(" .").isdecimal()
        if said and said + numbered >= _ENOUGH_FACTS and not _counts_columns(cells):
            yield RegisterRow(title, number, values, month)


def _whole(value: Any) -> Any:
    """A spreadsheet knows no whole numbers; people do."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _counts_columns(cells: Sequence[Any]) -> bool:
    """Whether the row only numbers the columns below their titles, as forms do: (1) (2) (3) …."""
    texts = [str(_whole(value)).strip(" ().") for value in cells if value != ""]
    return texts == [str(number) for number in range(1, len(texts) + 1)]


def spread_down(
    rows: list[list[Any]], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """What is merged downwards stands in each of its rows; places are from 0, (row, column)."""
    for (top, left), (bottom, _right) in merged:
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]):
                rows[row][left] = rows[top][left]


def month_of(title: str) -> date | None:
    """The month that a sheet's title names: «November 2026», «NOV 2026»."""
    try:
        return parse_day(f"1 {title}", date.min)
    except UsageFault:
        return None
