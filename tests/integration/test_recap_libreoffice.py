"""The register goes through a real LibreOffice, as it does in an office, and nothing gets lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

# What a person does at the keyboard: another operator and hour, a column of the office's own with
# a colour, a column moved to the left, a note, a row in the office's own words, a new height.
EDIT = """\
Sub Edit(path As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  document = StarDesktop.loadComponentFromURL(path, "_blank", 0, hidden())
  sheet = document.Sheets.getByIndex(0)
  sheet.getCellRangeByName("U4").String = "Konsumsi"
  sheet.getCellRangeByName("V4").String = "Kode"
  For row = 5 To 6
    sheet.getCellRangeByName("V" & row).String = sheet.getCellRangeByName("U" & row).String
    sheet.getCellRangeByName("U" & row).String = "40 dus"
    sheet.getCellRangeByName("U" & row).CellBackColor = RGB(255, 240, 160)
    sheet.getCellRangeByName("U" & row).CharWeight = com.sun.star.awt.FontWeight.BOLD
  Next
  sheet.getCellRangeByName("D5").CharColor = RGB(192, 0, 0)
  sheet.getCellRangeByName("O5").String = "Ratna Kusumaningrum"
  sheet.getCellRangeByName("C6").String = "13.30 - 15.00"
  sheet.getCellRangeByName("A7").Value = 3
  sheet.getCellRangeByName("B7").String = "@DAY@"
  sheet.getCellRangeByName("C7").String = "16.00 s.d. selesai"
  sheet.getCellRangeByName("D7").String = "Rapat tambahan"
  sheet.getCellRangeByName("E7").String = "Dinas Kesehatan"
  sheet.getCellRangeByName("F7").String = "440/12/2026 tanggal 20 November 2026"
  sheet.getCellRangeByName("G7").String = "Sekda, 21 Nov 2026: fasilitasi"
  sheet.getCellRangeByName("U7").String = "20 dus"
  sheet.getCellRangeByName("D9").Formula = "=COUNTA(D5:D7)"
  sheet.Annotations.insertNew(sheet.getCellRangeByName("D5").CellAddress, "Bawa proyektor")
  sheet.Columns.getByName("D").Width = 9000
  Dim stored(0) As New com.sun.star.beans.PropertyValue
  stored(0).Name = "FilterName" : stored(0).Value = "Calc MS Excel 2007 XML"
  document.storeToURL(path, stored())
  document.close(True)
End Sub
"""
XBA = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">{code}</script:module>"""


@pytest.fixture
def libreoffice(tmp_path: Path) -> Callable[..., None]:
    """LibreOffice without a screen, in a profile of its own."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: apt install libreoffice-calc"
    profile = tmp_path / "libreoffice"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]

    def run(*words: str) -> None:
        subprocess.run([*command, *words], check=True, timeout=150, capture_output=True)

    return run


@pytest.fixture
def edited(tmp_path: Path, libreoffice: Callable[..., None]) -> Callable[..., None]:
    """Runs a macro on a file in LibreOffice."""
    module = tmp_path / "libreoffice" / "user" / "basic" / "Standard" / "Module1.xba"
    libreoffice("--terminate_after_init")
    assert module.is_file()

    def edit(path: Path, **words: str) -> None:
        code = EDIT
        for name, text in words.items():
            code = code.replace(f"@{name.upper()}@", text)
        escaped = code.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        module.write_text(XBA.format(code=escaped))
        before = path.read_bytes()
        macro = f'macro:///Standard.Module1.Edit("{path.as_uri()}")'
        libreoffice(macro)
        assert path.read_bytes() != before, "LibreOffice did not save the file"

    return edit


def looks(path: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Value and looks of every cell that has any, by sheet and place."""
    found = {}
    for sheet in load_workbook(path, rich_text=True).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None or cell.has_style:
                    fill, font = cell.fill.start_color.rgb, cell.font
                    found[sheet.title, cell.coordinate] = (
                        str(cell.value),
                        fill if cell.fill.fill_type else None,
                        (font.name, font.size, font.bold, font.color.rgb if font.color else None),
                        (cell.border.left.style, cell.border.bottom.style),
                        (cell.alignment.horizontal, bool(cell.alignment.wrap_text)),
                        cell.number_format,
                        cell.comment.text if cell.comment else None,
                    )
    return found


def test_export_edit_import_export_loses_nothing(
    office: Any, tmp_path: Path, edited: Callable[..., None]
) -> None:
    office.add(title="Rapat <Pagi> & 'Inflasi'")
    office.add(title="Siang", start="13.00", end="15.00")
    path = tmp_path / "Rekap.xlsx"
    assert office.run("recap", "export", "--output", str(path)).code == 0
    in_words = load_workbook(path).worksheets[0]["B5"].value

    edited(path, day=in_words)
    by_office = looks(path)

    shown = office.run("recap", "import", str(path), "--json")
    assert [row["verdict"] for row in shown.json["rows"]] == ["changed", "changed", "new"], (
        shown.out
    )
    assert shown.json["rows"][0]["changes"] == {
        "operator": {"from": "Bagas Prasetyo", "to": "Ratna Kusumaningrum"}
    }
    done = office.run("recap", "import", str(path), "--apply", "--json")
    assert done.code == 0, done.out
    assert office.event("VC-0002").duration == timedelta(hours=1, minutes=30)
    assert office.event("VC-0003").title == "Rapat tambahan"

    assert office.run("recap", "export", "--output", str(path)).code == 0

    after = looks(path)
    assert {place: after[place][1:] for place in by_office} == {
        place: facts[1:] for place, facts in by_office.items()
    }
    reworded = {place[1] for place in by_office if after[place][0] != by_office[place][0]}
    # Our words for the same day, times and papers, and the rows' codes and status.
    ours = {f"{column}{row}" for row in (5, 6, 7) for column in "CFGHIJOQV"}
    assert reworded <= ours, reworded - ours
    sheet = load_workbook(path).sheetnames[0]
    for row, words in ((5, "40 dus"), (6, "40 dus"), (7, "20 dus")):
        assert after[sheet, f"U{row}"][0] == words
        assert after[sheet, f"V{row}"][0] == f"VC-000{row - 4}"
    assert after[sheet, "U5"][1:3] == by_office[sheet, "U5"][1:3]
    assert after[sheet, "D5"][-1] == "Bawa proyektor"
    assert after[sheet, "D9"][0] == "=COUNTA(D5:D7)"
    page = load_workbook(path).worksheets[0]
    assert page.page_setup.orientation == "landscape"
    assert page.print_title_cols == "$A:$D"

    again = office.run("recap", "import", str(path), "--json")
    assert [row["verdict"] for row in again.json["rows"]] == ["same", "same", "same"], again.out
    before = path.read_bytes()
    assert office.run("recap", "export", "--output", str(path)).code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_an_offices_older_and_open_formats_are_read_too(
    office: Any, tmp_path: Path, libreoffice: Callable[..., None], kind: str
) -> None:
    office.add()
    path = tmp_path / "Rekap.xlsx"
    office.run("recap", "export", "--output", str(path))
    libreoffice("--convert-to", kind, "--outdir", str(tmp_path), str(path))

    shown = office.run("recap", "import", str(path.with_suffix(f".{kind}")), "--json")

    assert [(row["row"], row["verdict"]) for row in shown.json["rows"]] == [(5, "same")], shown.out
