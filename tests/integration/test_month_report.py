"""The SOP report of a month, and a person's reasons in it, through the command line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from cc_run import sop
from cc_run.errors import Refusal
from cc_run.language import speaking


@pytest.fixture
def month(office: Any) -> str:
    """Three events of one month: on its way, cancelled, with a step that failed once."""
    day = date.fromisoformat(office.day).replace(day=10)
    day = day if day > date.today() + timedelta(days=1) else (day + timedelta(days=31))
    for number in range(3):
        when = (day + timedelta(days=number)).isoformat()
        office.add(title=f"Rapat {number + 1}", date=when)
    office.run("event", "cancel", "--event", "2", "--reason", "Pimpinan berhalangan")
    journal = office.workspace().journal
    with speaking("en"), pytest.raises(Refusal), journal.step("VC-0003", sop.HOST, "Bagas"):
        raise Refusal("No account is free.", "Ask again.")
    with journal.step("VC-0003", sop.HOST, "Bagas") as step:
        step.output = {"meeting_id": 82345678901, "host": "cc@example.go.id", "passcode": "HIDDEN"}
    return day.isoformat()[:7]


def test_a_month_is_a_page_and_a_sheet(office, month, tmp_path):
    path = tmp_path / "bulan.html"
    done = office.run("report", "--month", month, "--output", str(path), "--json")

    assert done.json == {"sop_report": str(path), "sheet": str(path.with_suffix(".xlsx"))}
    text = path.read_text()
    assert "Rapat 3" in text
    assert "Pimpinan berhalangan" in text
    assert "No account is free." in text
    assert "HIDDEN" not in text
    assert "<script" not in text
    book = load_workbook(path.with_suffix(".xlsx"))
    steps = book.worksheets[1]
    rows = list(steps.iter_rows(min_row=6, values_only=True))
    assert len(rows) == 21
    assert [row[0] for row in rows[::7]] == ["VC-0001", "VC-0002", "VC-0003"]
    titles = [cell.value for cell in steps[5]]
    assert titles[12] == "SHA-256"
    assert steps.page_setup.orientation == "landscape"
    assert not any("HIDDEN" in str(value) for row in rows for value in row)


def test_a_persons_reason_stands_in_the_reports(office, month, tmp_path):
    path = tmp_path / "sop.html"
    command = ["report", "explain", "--event", "1", "--step", "3"]
    office.run(*command).refused(2, "Which step, and why")
    assert office.run(*command, "--reason", "Akun <Zoom> dipakai", "--output", str(path)).code == 0
    assert "Akun &lt;Zoom&gt; dipakai" in path.read_text()
    bulan = tmp_path / "bulan.html"
    office.run("report", "--month", month, "--output", str(bulan))
    assert "Akun &lt;Zoom&gt; dipakai" in bulan.read_text()
    assert office.run("report", "verify").code == 0


@pytest.mark.parametrize("text", ["2026-13", "besok", "2026", "13/2026"])
def test_what_is_no_month_is_refused(office, text):
    office.run("report", "--month", text).refused(2, "no month")


def test_months_by_name_and_empty_ones(office, tmp_path: Path):
    path = tmp_path / "kosong.html"
    assert office.run("report", "--month", "Januari 2031", "--output", str(path)).code == 0
    assert "Januari 2031" in path.read_text()
    office.run("report").refused(2, "--month")
    office.run("report", "--month", "2031-01", "--event", "1").refused(2, "--event")
