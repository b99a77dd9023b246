"""An office's register read, compared and taken over, through the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.dates import format_date
from openpyxl import Workbook, load_workbook

DAY = (datetime.now(UTC) + timedelta(days=40)).date()
NO_MONDAY = DAY if DAY.weekday() else DAY + timedelta(days=1)
TITLES = ("No", "Nama Kegiatan", "OPD", "Waktu", "Tanggal", "No Surat", "Disposisi", "Ruang", "Ket")


def words(day: date, pattern: str = "EEEE, d MMMM y") -> str:
    return str(format_date(day, pattern, locale="id_ID"))


def line(number: int = 1, **changed: Any) -> list[Any]:
    facts = {
        "number": number,
        "title": f"Rapat {number}",
        "agency": "Bappeda",
        "clock": "09.00-11.00",
        "day": words(DAY + timedelta(days=number)),
        "letter": "005/845/2026, tgl 20 November 2026",
        "disposition": "Kepala Dinkominfo, 21 Nov 2026: hadiri",
        "place": "Command Center",
        "remarks": None,
        **changed,
    }
    return list(facts.values())


@pytest.fixture
def write(tmp_path: Path):
    def written(*rows: list[Any], titles: tuple[str, ...] = TITLES, sheet: str = "") -> str:
        book = Workbook()
        page = book.worksheets[0]
        page.title = sheet or words(DAY, "MMMM y")
        page.append(["REKAP JADWAL VIDEO CONFERENCE"])
        page.merge_cells("A1:I1")
        page.append([])
        page.append(titles)
        for row in rows:
            page.append(row)
        page.append([])
        page.append([None, None, None, None, None, None, None, "Demak, 30 November 2026"])
        path = tmp_path / "rekap kantor.xlsx"
        book.save(path)
        return str(path)

    return written


def verdicts(ran) -> list[tuple[int, str]]:
    return [(row["row"], row["verdict"]) for row in ran.json["rows"]]


def test_what_was_exported_is_the_same_when_it_is_imported(office, tmp_path):
    office.add("--contact", "Siti", "--phone", "0812-0000-0000", "--participants", "40")
    office.add(start="13.00", end="15.00", title="=Rapat: kedua/ketiga", letter="05/12/2026")
    path = tmp_path / "ekspor.xlsx"
    office.run("recap", "export", "--output", str(path))
    before = office.entries("VC-0001"), office.entries("VC-0002")

    shown = office.run("recap", "import", str(path), "--json")

    assert (shown.code, verdicts(shown)) == (0, [(5, "same"), (6, "same")])
    assert office.run("recap", "import", str(path), "--apply").code == 0
    assert (office.entries("VC-0001"), office.entries("VC-0002")) == before


def test_nothing_changes_until_it_is_applied_and_then_the_steps_are_journalled(office, write):
    path = write(line(1), line(2, clock="13.00 s.d. selesai", day=DAY + timedelta(days=2)))

    shown = office.run("recap", "import", path)

    assert shown.code == 0
    assert "Rapat 2" in shown.out
    assert "two hours" in shown.out
    assert "─" not in shown.out
    assert office.events() == []

    done = office.run("recap", "import", path, "--apply", "--json")

    assert (done.code, done.json["counts"]["new"]) == (0, 2)
    first, second = office.events()
    assert first["letter"]["number"] == "005/845/2026"
    assert first["letter"]["date"] == "2026-11-20"
    assert first["disposition"] == {
        "leader": "Kepala Dinkominfo",
        "date": "2026-11-21",
        "note": "hadiri",
        "file": None,
    }
    begins, ends = (datetime.fromisoformat(second[name]) for name in ("starts_at", "ends_at"))
    assert ends - begins == timedelta(hours=2)
    assert [entry.step for entry in office.entries() if entry.kind == "step.finished"] == [1, 2]
    assert office.journal_is_whole()
    again = office.run("recap", "import", path, "--json")
    assert [verdict for _row, verdict in verdicts(again)] == ["same", "same"]


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"day": f"Senin, {words(NO_MONDAY, 'd MMMM y')}"}, ("contradicts itself",)),
        ({"clock": "11.00 - 09.00"}, ("is not after the start",)),
        ({"clock": "pagi"}, ("is no time of day",)),
        ({"clock": "09.00 WITA - selesai"}, ("WITA", "WIB")),
        ({"clock": "09.00"}, ("missing: end",)),
        ({"day": "besok"}, ("is no date",)),
        ({"day": None}, ("missing: Hari/Tanggal",)),
        ({"title": None}, ("missing: Kegiatan",)),
        ({"letter": None}, ("missing: No./Tgl Surat, date of the letter",)),
        ({"letter": "005/845/2026"}, ("missing: date of the letter",)),
        ({"disposition": None}, ("missing: Disposisi, date of the disposition",)),
        ({"remarks": "VC-0099"}, ("no event VC-0099",)),
    ],
)
def test_a_contradictory_row_is_named_and_the_others_go_on(office, write, changed, reasons):
    path = write(line(1, **changed), line(20))

    done = office.run("recap", "import", path, "--apply", "--json")

    assert done.code == 1
    assert verdicts(done) == [(4, "contradictory"), (5, "new")]
    for reason in reasons:
        assert reason in " ".join(done.json["rows"][0]["reasons"])
    assert [event["title"] for event in office.events()] == ["Rapat 20"]


def test_double_bookings_name_the_event_or_the_row(office, write):
    office.add(date=DAY.isoformat(), title="Sudah ada")
    path = write(
        line(1, day=DAY, clock="10.00-12.00"),
        line(2, clock="08.00 s/d 10.00"),
        line(3, day=words(DAY + timedelta(days=2)), clock="09:30 – 10:30 WIB"),
    )

    shown = office.run("recap", "import", path, "--json")

    assert verdicts(shown) == [(4, "contradictory"), (5, "new"), (6, "contradictory")]
    assert "VC-0001, «Sudah ada»" in shown.json["rows"][0]["reasons"][0]
    assert "row 5, «Rapat 2»" in shown.json["rows"][2]["reasons"][0]


def test_a_known_event_comes_before_a_new_row_above_it(office, write):
    office.add(date=DAY.isoformat(), title="Sudah ada")
    path = write(
        line(1, day=DAY, clock="10.00-12.00"),
        line(2, day=DAY, clock="09.00-12.00", title="Sudah ada"),
    )

    shown = office.run("recap", "import", path)

    assert shown.code == 1
    assert f"recap import '{path}' --apply" in shown.out
    listed = office.run("recap", "import", path, "--json")
    assert verdicts(listed) == [(4, "contradictory"), (5, "changed")]


def test_a_known_row_changes_its_event_and_two_events_may_change_places(office, tmp_path):
    office.add(title="Pagi")
    office.add(title="Siang", start="13.00", end="15.00")
    path = tmp_path / "ekspor.xlsx"
    office.run("recap", "export", "--output", str(path))
    book = load_workbook(path)
    page = book.worksheets[0]
    place = {cell.value: cell.column for cell in page[4]}
    page.cell(5, place["Pukul"]).value = "13.00-15.00"
    page.cell(5, place["Operator"]).value = "Ratna"
    page.cell(6, place["Pukul"]).value = time(16, 0)
    page.cell(6, place["Tempat"]).value = "Aula"
    book.save(path)

    shown = office.run("recap", "import", str(path))

    assert "Operator: " in shown.out
    assert "→ Aula" in shown.out
    done = office.run("recap", "import", str(path), "--apply", "--json")
    assert done.code == 0, done.out
    assert verdicts(done) == [(5, "changed"), (6, "changed")]
    first, second = office.event("VC-0001"), office.event("VC-0002")
    assert (first.operator, second.place) == ("Ratna", "Aula")
    assert second.starts_at - first.starts_at == timedelta(hours=3)
    assert second.duration == timedelta(hours=2)
    steps = [entry.step for entry in office.entries() if entry.kind == "step.finished"]
    assert steps == [1, 2, 1]
    assert "event.edited" in [entry.kind for entry in office.entries("VC-0002")]
    again = office.run("recap", "import", str(path), "--json")
    assert [verdict for _row, verdict in verdicts(again)] == ["same", "same"]


def test_rows_of_the_past_and_cancelled_ones_are_skipped(office, write):
    office.add(date=DAY.isoformat(), title="Dibatalkan")
    office.run("event", "cancel", "--event", "VC-0001", "--reason", "sakit")
    path = write(
        line(1, day="Selasa, 5 Maret 2024", letter=None),
        line(2, day=DAY, title="Dibatalkan", remarks="VC-0001"),
        line(3),
    )

    shown = office.run("recap", "import", path, "--json")

    assert (shown.code, verdicts(shown)) == (0, [(4, "skipped"), (5, "skipped"), (6, "new")])


def test_merged_days_short_days_and_two_columns_for_one_are_understood(office, tmp_path):
    book = Workbook()
    page = book.worksheets[0]
    page.title = words(DAY, "MMMM y").upper()
    page.append(["No", "Hari", "Tgl", "Jam Mulai", "Jam Selesai", "Acara", "Instansi"])
    extra = ["Nomor Surat", "Tgl Surat", "Disposisi Pimpinan", "Tgl Disposisi"]
    for column, title in enumerate(extra, start=8):
        page.cell(1, column).value = title
    papers = ["005/1/2026", datetime(2026, 11, 20), "Sekda", "21/11/2026"]
    page.append([1, words(DAY, "EEEE"), DAY.day, time(9), "selesai", "Satu", "Bappeda", *papers])
    page.append([2, None, None, "13.00", "15.00", "Dua", "Dinkes", *papers])
    page.merge_cells("B2:B3")
    page.merge_cells("C2:C3")
    page.cell(5, 6).value = "Mengetahui"
    book.create_sheet("Petunjuk").append(["Isi dengan rapi"])
    path = tmp_path / "dua kolom.xlsx"
    book.save(path)

    done = office.run("recap", "import", str(path), "--apply", "--json")

    assert done.code == 0, done.out
    assert done.json["unread_sheets"] == ["Petunjuk"]
    first, second = office.events()
    assert first["starts_at"][:10] == second["starts_at"][:10] == DAY.isoformat()
    assert first["letter"] == {"number": "005/1/2026", "date": "2026-11-20", "file": None}
    assert first["disposition"]["leader"] == "Sekda"


def test_a_row_with_a_merged_day_gets_its_code(office, write):
    register = office.workspace().settings.room.recap_path
    register.parent.mkdir(parents=True, exist_ok=True)
    path = Path(write(line(1), line(1, title="Kedua", clock="13.00-14.00", day=None)))
    book = load_workbook(path)
    book.worksheets[0].merge_cells("E4:E5")
    book.save(register)

    assert office.run("recap", "import", str(register), "--apply").code == 0

    page = load_workbook(register).worksheets[0]
    assert [page.cell(row, 9).value for row in (4, 5)] == ["VC-0001", "VC-0002"]


def test_the_rooms_own_register_keeps_one_row_for_each_event(office, write):
    register = office.workspace().settings.room.recap_path
    register.parent.mkdir(parents=True, exist_ok=True)
    Path(write(line(1), line(2))).rename(register)

    assert office.run("recap", "import", str(register), "--apply").code == 0

    page = load_workbook(register).worksheets[0]
    assert [page.cell(row, 9).value for row in (4, 5)] == ["VC-0001", "VC-0002"]
    assert page.cell(8, 2).value is None
    shown = office.run("recap", "import", str(register), "--json")
    assert [verdict for _row, verdict in verdicts(shown)] == ["same", "same"]


def test_what_is_no_register_is_refused(office, tmp_path, write):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK not a zip")
    office.run("recap", "import", str(broken)).refused(1, "no Excel workbook")
    office.run("recap", "import", str(tmp_path / "none.xlsx")).refused(2, "none.xlsx")
    untitled = write(titles=("a", "b"))
    office.run("recap", "import", untitled).refused(1, "No sheet")


def test_in_two_columns_for_one_a_change_of_one_is_no_change_of_the_other(office, tmp_path):
    office.add()
    titles = ["No", "Hari", "Tanggal", "Jam Mulai", "Jam Selesai", "Nama Kegiatan", "OPD"]
    path = tmp_path / "dua kolom.xlsx"
    book = Workbook()
    book.worksheets[0].title = words(datetime.fromisoformat(office.day).date(), "MMMM y")
    book.worksheets[0].append([*titles, "No Surat", "Tgl Surat", "Kode"])
    book.save(path)
    assert office.run("recap", "export", "--output", str(path)).code == 0
    page = (book := load_workbook(path)).worksheets[0]
    assert [page.cell(2, place).value for place in (4, 5, 8)] == ["09.00", "11.00", "005/123/2026"]
    assert office.run("recap", "import", str(path), "--json").json["counts"]["same"] == 1
    page.cell(2, 4).value = "10.00"
    book.save(path)

    assert office.run("recap", "import", str(path), "--apply").code == 0
    assert office.event().duration == timedelta(hours=1)

    day = datetime.fromisoformat(office.day).date() + timedelta(days=1)
    page.cell(2, 3).value = words(day, "d MMMM y")
    book.save(path)
    refused = office.run("recap", "import", str(path), "--json")
    assert verdicts(refused) == [(2, "contradictory")]


def test_what_an_interruption_left_out_of_the_register_is_written_by_the_next_run(
    office, write, monkeypatch
):
    path = write(line(1), line(2))

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cc_run.sequence.importing.register_all", killed)
        office.run("recap", "import", path, "--apply")
    assert not office.workspace().settings.room.recap_path.exists()

    assert office.run("recap", "import", path, "--apply").code == 0

    steps = [entry.step for entry in office.entries("VC-0002") if entry.kind == "step.finished"]
    assert steps == [1, 2]
    page = load_workbook(office.workspace().settings.room.recap_path).worksheets[0]
    assert [page.cell(row, 21).value for row in (5, 6)] == ["VC-0001", "VC-0002"]


def test_a_thousand_rows_are_not_all_shown(office, write):
    path = write(*(line(number) for number in range(1, 120)), line(200, clock="pagi"))
    shown = office.run("recap", "import", path)
    assert "is no time of day" in shown.out
    assert "And 20 more rows" in shown.out
