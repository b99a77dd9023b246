from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from cc_run.errors import Refusal
from cc_run.events import Event, EventStatus
from cc_run.events.recap import update_recap
from cc_run.settings import Settings


def sheet_of(path: Path, name: str = "November 2026") -> Worksheet:
    sheet = load_workbook(path)[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def as_table(path: Path) -> dict[str, object]:
    sheet = sheet_of(path)
    titles = [cell.value for cell in sheet[4]]
    return dict(zip(map(str, titles), [cell.value for cell in sheet[5]], strict=True))


def test_a_new_register_is_ready_to_print(tmp_path: Path, event: Event, settings: Settings) -> None:
    path = update_recap(tmp_path / "rekap.xlsx", [(event, EventStatus.HOSTED)], settings)
    row = as_table(path)
    assert row["Hari/Tanggal"] == "Selasa, 24 November 2026"
    assert row["Pukul"] == "09.00–11.00 WIB"
    assert row["Kegiatan"] == event.title
    assert row["Kode"] == "VC-0042"
    assert row["Status"] == "Rapat dibuat"
    assert row["No"] == 1
    sheet = sheet_of(path)
    assert sheet.freeze_panes == "E5"
    assert sheet.auto_filter.ref == "A4:U5"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.print_title_cols == "$A:$D"
    assert [sheet.cell(4, one.id + 1).value for one in sheet.col_breaks.brk] == ["ID Rapat"]


def test_the_same_update_again_leaves_the_file_alone(
    tmp_path: Path, event: Event, settings: Settings
) -> None:
    path = update_recap(tmp_path / "rekap.xlsx", [(event, EventStatus.HOSTED)], settings)
    before = path.read_bytes()
    update_recap(path, [(event, EventStatus.HOSTED)], settings)
    assert path.read_bytes() == before


def test_a_changed_event_keeps_its_row_and_further_values_stay(
    tmp_path: Path, event: Event, settings: Settings
) -> None:
    path = tmp_path / "rekap.xlsx"
    extras = {event.id: {"join_url": "https://zoom.example/j/1"}}
    update_recap(path, [(event, EventStatus.HOSTED)], settings, extras=extras)
    moved = event.model_copy(update={"place": "Pendopo"})
    update_recap(path, [(moved, EventStatus.READY)], settings)
    row = as_table(path)
    assert (row["Tempat"], row["Status"]) == ("Pendopo", "Siap")
    assert row["Tautan"] == "https://zoom.example/j/1"
    assert sheet_of(path).max_row == 5


def test_each_month_has_a_sheet(tmp_path: Path, event: Event, settings: Settings) -> None:
    later = event.model_copy(
        update={
            "number": 43,
            "starts_at": event.starts_at + timedelta(days=10),
            "ends_at": event.ends_at + timedelta(days=10),
        }
    )
    path = update_recap(
        tmp_path / "rekap.xlsx",
        [(event, EventStatus.PLANNED), (later, EventStatus.PLANNED)],
        settings,
    )
    assert load_workbook(path).sheetnames == ["November 2026", "Desember 2026"]


def test_a_title_that_looks_like_a_formula_stays_a_title(
    tmp_path: Path, event: Event, settings: Settings
) -> None:
    odd = event.model_copy(update={"title": "=1+1"})
    path = update_recap(tmp_path / "rekap.xlsx", [(odd, EventStatus.PLANNED)], settings)
    assert sheet_of(path).cell(5, 4).data_type == "s"


@pytest.fixture
def office_file(tmp_path: Path) -> Path:
    """An office's own register: other titles, other order, a column and a colour of its own."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "NOVEMBER 2026"
    sheet.append(["JADWAL VIDCON"])
    sheet.append(["Konsumsi", "NO.", "OPD", "Nama Kegiatan", "Jam (WIB)", "Tanggal", "Ket."])
    sheet.append(["40 dus", 7, "BKD", "Rapat lama", "08.00", "2 November 2026", "selesai"])
    sheet.append(["30 dus", 8, "Dinkes", "Rapat kami", "?", "?", "VC-0042 penting"])
    sheet["A3"].fill = PatternFill("solid", start_color="FFFF00")
    sheet.column_dimensions["D"].width = 51
    path = tmp_path / "Rekap Kantor.xlsx"
    workbook.save(path)
    return path


def test_the_offices_own_file_keeps_its_order_columns_and_looks(
    office_file: Path, event: Event, settings: Settings
) -> None:
    new = event.model_copy(update={"number": 50, "title": "Rapat baru"})
    update_recap(office_file, [(event, EventStatus.HOSTED), (new, EventStatus.PLANNED)], settings)
    sheet = sheet_of(office_file, "NOVEMBER 2026")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=5)]
    assert rows == [
        ["Konsumsi", "NO.", "OPD", "Nama Kegiatan", "Jam (WIB)", "Tanggal", "Ket."],
        ["40 dus", 7, "BKD", "Rapat lama", "08.00", "2 November 2026", "selesai"],
        [
            "30 dus",
            8,
            event.agency,
            event.title,
            "09.00–11.00 WIB",
            "Selasa, 24 November 2026",
            "VC-0042 penting",
        ],
        [
            None,
            9,
            event.agency,
            "Rapat baru",
            "09.00–11.00 WIB",
            "Selasa, 24 November 2026",
            "VC-0050",
        ],
    ]
    assert sheet["A3"].fill.start_color.rgb == "00FFFF00"
    assert sheet.column_dimensions["D"].width == 51


@pytest.mark.parametrize("lock", ["~$rekap.xlsx", ".~lock.rekap.xlsx#"])
def test_an_open_register_is_not_touched(
    tmp_path: Path, event: Event, settings: Settings, lock: str
) -> None:
    (tmp_path / lock).touch()
    with pytest.raises(Refusal) as caught:
        update_recap(tmp_path / "rekap.xlsx", [(event, EventStatus.PLANNED)], settings)
    assert lock in caught.value.remedy
    assert not (tmp_path / "rekap.xlsx").exists()


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 torn"])
def test_a_broken_register_is_refused_and_kept(
    tmp_path: Path, event: Event, settings: Settings, content: bytes
) -> None:
    path = tmp_path / "rekap.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refusal):
        update_recap(path, [(event, EventStatus.PLANNED)], settings)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
