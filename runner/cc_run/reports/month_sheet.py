"""A month's SOP report as a workbook: the sums on one sheet, every step on the other."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.events.sheet import fit_height
from cc_run.language import N_, _
from cc_run.reports.procedure import Row
from cc_run.settings import Settings
from cc_run.times import format_moment

if TYPE_CHECKING:
    from cc_run.reports.month import EventSteps, Month

OUTCOMES: Final = {
    "within": N_("within the standard"),
    "late": N_("late"),
    "unlimited": N_("done; no limit"),
    "running": N_("not finished"),
    "failed": N_("failed"),
    "missing": N_("not done"),
    "cancelled": N_("cancelled"),
}
_TINTS: Final = {"late": "FFF4D6", "failed": "FBE3E1", "missing": "FBE3E1", "running": "FFF4D6"}
_FACE, _INK, _ACCENT = "Arial", "17212B", "1D4E68"
_HAIR: Final = Side(style="thin", color="B9C0C6")
_BOX: Final = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_CLOCK: Final = "dd/mm/yyyy hh:mm"
_HEAD: Final = 5
# Width in characters, by column of the sheet of steps.
_STEPS: Final = (9, 22, 4, 25, 13, 11, 11, 8, 7, 12, 28, 20, 24, 28)
_SUMS: Final = (6, 44, *[14] * 7)


def workbook(month: Month, settings: Settings, at: datetime) -> bytes:
    """The workbook's bytes, in the language in force."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _sums(book.create_sheet(_("Summary")), month, settings, at)
    _steps(book.create_sheet(_("Steps")), month, settings, at)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _sums(sheet: Worksheet, month: Month, settings: Settings, at: datetime) -> None:
    titles = [_("No"), _("Activity"), *(_(OUTCOMES[name]) for name in _COUNTED)]
    _head(sheet, [*titles, _("Median (minutes)")], _SUMS, month, settings, at)
    row = _HEAD
    for one in month.sums:
        row += 1
        counts = [one.outcomes.get(name, 0) for name in _COUNTED]
        minutes = None if one.median_minutes is None else round(one.median_minutes, 1)
        _write(sheet, row, [one.step.number, one.step.activity, *counts, minutes])
    row += 2
    facts = (
        (_("Events"), len(month.events)),
        (_("Done, all steps"), sum(one.closed for one in month.events)),
        (_("Cancelled"), len(month.events) - len(month.held)),
    )
    for name, count in facts:
        sheet.cell(row, 2, name).font = Font(name=_FACE, size=10, color=_INK)
        sheet.cell(row, 3, count).font = Font(name=_FACE, size=10, bold=True, color=_INK)
        row += 1


_COUNTED: Final = ("within", "unlimited", "late", "failed", "running", "missing")


def _steps(sheet: Worksheet, month: Month, settings: Settings, at: datetime) -> None:
    titles = [
        *(_("Event"), _("Title"), _("No"), _("Activity"), _("Performer"), _("Started")),
        *(_("Finished"), _("Minutes"), _("Standard"), _("Result"), _("Output"), _("File")),
        *("SHA-256", _("Why")),
    ]
    _head(sheet, titles, _STEPS, month, settings, at)
    number = _HEAD
    for one in month.events:
        for row in one.rows:
            for facts in _lines(one, row, settings.room.zone):
                number += 1
                _write(sheet, number, facts, tint=_TINTS.get(row.outcome))
                for column in (6, 7):
                    sheet.cell(number, column).number_format = _CLOCK
    sheet.auto_filter.ref = f"A{_HEAD}:{get_column_letter(len(titles))}{number}"
    sheet.freeze_panes = f"C{_HEAD + 1}"


def _lines(one: EventSteps, row: Row, zone: ZoneInfo) -> Iterable[list[Any]]:
    """A line a step, and one more for each further file of its output."""
    first = row.output.files[0] if row.output.files else None
    cancelled = one.cancelled if row.outcome == "cancelled" else ""
    why = "; ".join(filter(None, (cancelled or row.error, *row.reasons)))
    yield [
        one.event.id,
        one.event.title,
        row.number,
        row.activity,
        row.performer,
        _local(row.started, zone),
        _local(row.finished, zone),
        None if row.minutes is None else round(row.minutes, 1),
        row.standard_minutes,
        _(OUTCOMES[row.outcome]),
        "; ".join(row.output.words),
        first.name if first else "",
        first.sha256 if first else "",
        why,
    ]
    for file in row.output.files[1:]:
        yield [one.event.id, one.event.title, row.number, *[""] * 8, file.name, file.sha256, ""]


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A moment as a spreadsheet keeps one: without a zone."""
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _head(
    sheet: Worksheet,
    titles: Sequence[str],
    widths: Sequence[float],
    month: Month,
    settings: Settings,
    at: datetime,
) -> None:
    room = settings.room
    lines = (
        (_("Procedure report") + f" – {month.title}", 14, True),
        (" – ".join(filter(None, (room.office, room.office_unit))), 11, False),
        (_("Made %(moment)s") % {"moment": format_moment(at, settings.zone)}, 9, False),
    )
    for row, (words, size, bold) in enumerate(lines, start=1):
        sheet.cell(row, 1, words).font = Font(name=_FACE, size=size, bold=bold, color=_INK)
    for column, (title, width) in enumerate(zip(titles, widths, strict=True), start=1):
        cell = sheet.cell(_HEAD, column, title)
        cell.font = Font(name=_FACE, bold=True, color="FFFFFF", size=10)
        cell.fill = PatternFill("solid", start_color=_ACCENT, end_color=_ACCENT)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = _BOX
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[_HEAD].height = 30
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"1:{_HEAD}"
    sheet.page_margins.left = sheet.page_margins.right = 0.35
    sheet.page_margins.top = sheet.page_margins.bottom = 0.45


def _write(sheet: Worksheet, row: int, facts: Sequence[Any], tint: str | None = None) -> None:
    for column, value in enumerate(facts, start=1):
        cell = sheet.cell(row, column, value)
        if isinstance(value, str):
            cell.data_type = "s"  # a title that begins with "=" is a title and no formula
        cell.font = Font(name=_FACE, size=9, color=_INK)
        cell.border = _BOX
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        if isinstance(value, int | float):
            cell.alignment = Alignment(horizontal="center", vertical="center")
        if tint:
            cell.fill = PatternFill("solid", start_color=tint, end_color=tint)
    fit_height(sheet, row, len(facts))
