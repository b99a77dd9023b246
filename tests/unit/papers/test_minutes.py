from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from cc_run.errors import Refusal, SettingsFault
from cc_run.events import Event
from cc_run.rehearsal.papers import finished_minutes, scan
from cc_run.reports.finished_minutes import check_minutes, head_of
from cc_run.reports.minutes import Present, draft_minutes
from cc_run.settings import Settings


@pytest.fixture
def draft(tmp_path: Path, event: Event, settings: Settings) -> Path:
    return draft_minutes(
        tmp_path / "notula.docx",
        settings=settings,
        event=event,
        attendance=[Present("Agus & Ani", "09.00", "10.30", "90")],
    )


def words(path: Path) -> str:
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_draft_knows_what_is_known(draft: Path) -> None:
    text = words(draft)
    assert "Rapat <Inflasi> & Harga" in text
    assert "Selasa, 24 November 2026" in text
    assert "09.00–11.00 WIB" in text
    assert "1\nAgus & Ani\n09.00\n10.30\n90" in text
    assert "{{" not in text
    assert "{%" not in text


def test_an_unwritten_draft_is_no_minutes(draft: Path) -> None:
    problems = check_minutes(draft)
    assert len(problems) == 7
    assert all(re.fullmatch("«[^»]+»", problem) for problem in problems)


def test_a_rehearsals_minutes_answer_each_prompt_in_its_own_way(draft: Path) -> None:
    finished = finished_minutes(draft, draft.with_name("finished.docx"))
    assert check_minutes(finished) == []
    text = words(finished)
    assert "«" not in text
    assert text.count("Drs. Bambang Wijaya, M.Si.") == 2
    assert "Drs. Bambang Wijaya, M.Si.\nPangkat Pembina Utama Muda\nNIP 19700817" in text
    assert text.count("Rapat dibuka") == text.count("Rapat ditutup") == 1


def test_written_minutes_will_do(draft: Path) -> None:
    document = Document(str(draft))
    paragraphs = list(document.paragraphs)
    for table in document.tables:
        paragraphs += [line for row in table.rows for cell in row.cells for line in cell.paragraphs]
    for paragraph in paragraphs:
        if "«" in paragraph.text:
            paragraph.text = "Rapat «dibuka» oleh Sekda."
    document.save(str(draft))
    assert check_minutes(draft) == []


def test_a_persons_work_is_never_overwritten(draft: Path, event: Event, settings: Settings) -> None:
    before = draft.read_bytes()
    with pytest.raises(Refusal):
        draft_minutes(draft, settings=settings, event=event)
    assert draft.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", b""),
        ("a.docx", b"no archive"),
        ("a.docx", b"PK\x03\x04torn"),
        ("a.pdf", b""),
        ("a.pdf", b"<html>"),
        ("a.txt", b"words"),
    ],
)
def test_what_does_not_open_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert len(check_minutes(path)) == 1


def test_an_empty_document_and_a_missing_one_are_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.docx"
    Document().save(str(path))
    assert len(check_minutes(path)) == 1
    assert len(check_minutes(tmp_path / "gone.docx")) == 1


def test_a_pdf_opens_and_has_words_or_pictures(tmp_path: Path) -> None:
    path = scan(tmp_path / "a.PDF", "NOTULEN")
    assert check_minutes(path) == []
    empty = PdfWriter()
    empty.add_blank_page(595, 842)
    empty.write(tmp_path / "empty.pdf")
    assert "empty.pdf" in check_minutes(tmp_path / "empty.pdf")[0]
    locked = PdfWriter(clone_from=PdfReader(path))
    locked.encrypt("rahasia")
    locked.write(tmp_path / "locked.pdf")
    assert "password" in check_minutes(tmp_path / "locked.pdf")[0]
    path.write_bytes(path.read_bytes()[:200])
    assert len(check_minutes(path)) == 1


def test_the_head_tells_who_led_wrote_and_came(draft: Path) -> None:
    finished = finished_minutes(draft, draft.with_name("finished.docx"))
    assert head_of(finished) == {
        "chair": "Drs. Bambang Wijaya, M.Si.",
        "secretary": "Ratna Dewi, S.Kom.",
        "attendees": "1 orang",
    }
    own = Document()
    own.add_paragraph("Pimpinan Rapat : Sekda")
    own.add_paragraph("Notulis: Ani")
    own.save(str(draft.with_name("own.docx")))
    assert head_of(draft.with_name("own.docx")) == {"chair": "Sekda", "secretary": "Ani"}
    assert head_of(draft.with_name("scan.pdf")) == {}


def test_the_offices_own_template_is_filled_in(
    tmp_path: Path, event: Event, settings: Settings
) -> None:
    own = Document()
    own.add_paragraph("NOTULA: {{ head.title }} di {{ head.place }}")
    own.add_paragraph("{%p for name in attendance %}")
    own.add_paragraph("- {{ name }}")
    own.add_paragraph("{%p endfor %}")
    own.save(str(tmp_path / "templat.docx"))
    changes = {"minutes_template": tmp_path / "templat.docx"}
    ours = settings.model_copy(update={"room": settings.room.model_copy(update=changes)})
    draft = draft_minutes(
        tmp_path / "n.docx", settings=ours, event=event, attendance=[Present("Agus")]
    )
    assert words(draft).splitlines() == ["NOTULA: Rapat <Inflasi> & Harga di Lantai 2", "- Agus"]
    # Nothing in it waits for words, yet nobody has written any.
    assert check_minutes(draft) == []
    shutil.copyfile(draft, tmp_path / "finished.docx")
    assert "still says what the draft says" in check_minutes(tmp_path / "finished.docx", draft)[0]


@pytest.mark.parametrize("text", ["{{ nobody.knows }}", "{{ head.title", "{% for %}", None])
def test_a_template_that_cannot_be_filled_in_is_named(
    tmp_path: Path, event: Event, settings: Settings, text: str | None
) -> None:
    path = tmp_path / "templat.docx"
    if text is not None:
        own = Document()
        own.add_paragraph(text)
        own.save(str(path))
    changes = {"minutes_template": path}
    ours = settings.model_copy(update={"room": settings.room.model_copy(update=changes)})
    with pytest.raises(SettingsFault, match=r"templat\.docx"):
        draft_minutes(tmp_path / "n.docx", settings=ours, event=event)
    assert not (tmp_path / "n.docx").exists()
