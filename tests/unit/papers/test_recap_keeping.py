"""What the office has put into its workbook is there again after we have written into it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from cc_run.errors import Refusal
from cc_run.events import Event, EventStatus
from cc_run.events.recap import update_recap
from cc_run.settings import Settings

LIST = (
    b'<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
    b' uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations count="1"/></ext></extLst>'
)
SHAPE = (
    b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
    b"<xdr:twoCellAnchor><xdr:sp ></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "November 2026"
    sheet.append(["No", "Hari/Tanggal", "Pukul", "Kegiatan", "Kode", "Konsumsi"])
    book.save(tmp_path / "rekap.xlsx")
    return tmp_path / "rekap.xlsx"


def with_parts(path: Path, **changes: bytes) -> None:
    """Puts parts into the package; a sheet's addition goes to its end."""
    old = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml" and "ending" in changes:
                content = content.replace(b"</worksheet>", changes["ending"] + b"</worksheet>")
            new.writestr(name, content)
        if "drawing" in changes:
            new.writestr("xl/drawings/drawing1.xml", changes["drawing"])


@pytest.mark.filterwarnings("ignore:Data Validation")
def test_lists_to_choose_from_are_put_back(path: Path, event: Event, settings: Settings) -> None:
    with_parts(path, ending=LIST)
    update_recap(path, [(event, EventStatus.PLANNED)], settings)
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert b"dataValidations" in sheet
    assert sheet.rstrip().endswith(b"</extLst></worksheet>")
    assert load_workbook(path).worksheets[0].cell(2, 5).value == "VC-0042"


def test_a_workbook_that_would_lose_a_text_box_is_not_written(
    path: Path, event: Event, settings: Settings
) -> None:
    with_parts(path, drawing=SHAPE)
    before = path.read_bytes()
    with pytest.raises(Refusal, match="text boxes"):
        update_recap(path, [(event, EventStatus.PLANNED)], settings)
    assert path.read_bytes() == before


def test_a_title_over_two_titles_and_numbered_columns_are_no_rows(
    tmp_path: Path, event: Event, settings: Settings
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "November 2026"
    sheet.append(["No", "Hari/Tanggal", "Pukul", None, "Kegiatan", "Kode"])
    sheet.append([None, None, "Mulai", "Selesai", None, None])
    sheet.append(["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"])
    path = tmp_path / "rekap.xlsx"
    book.save(path)
    update_recap(path, [(event, EventStatus.PLANNED)], settings)
    rows = list(load_workbook(path).worksheets[0].iter_rows(min_row=3, values_only=True))
    assert rows[0] == ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)")
    assert rows[1] == (1, "Selasa, 24 November 2026", "09.00", "11.00", event.title, "VC-0042")
