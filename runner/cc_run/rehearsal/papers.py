"""The papers that people would bring: a request letter, and the draft of the minutes completed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cc_run.reports.minutes import prompts_by_text

_DOTS: Final = re.compile("…+")
# What a person would write in place of each prompt.
_WRITTEN: Final = {
    "chair": "Drs. Bambang Wijaya, M.Si.",
    "secretary": "Ratna Dewi, S.Kom.",
    "agenda": "Pembahasan rencana kerja SPBE tahun depan",
    "opening": "Rapat dibuka oleh pimpinan rapat pada waktunya dan dilanjutkan dengan perkenalan"
    " peserta.",
    "discussion": "Bappeda memaparkan rencana kerja SPBE tahun depan. Peserta membahas kebutuhan"
    " jaringan di setiap kecamatan.",
    "decisions": "Disepakati penyusunan jadwal bersama oleh Dinkominfo paling lambat akhir bulan.",
    "closing": "Rapat ditutup oleh pimpinan rapat setelah menyampaikan kesimpulan.",
}
# Rank and civil servant's number (NIP), on the dots below the name.
_SIGNS: Final = {
    "chair": ("Pembina Utama Muda", "19700817 199503 1 001"),
    "secretary": ("Penata Muda", "19910421 201903 2 002"),
}


def scan(path: Path, title: str) -> Path:
    """A one-page PDF that stands for the scan of a letter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"BT /F1 16 Tf 72 760 Td ({title} - GLADI) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
    )
    path.write_bytes(body + end + b"startxref\n%d\n%%%%EOF\n" % len(body))
    return path


def finished_minutes(draft: Path, finished: Path) -> Path:
    """The draft with every gap («…») filled in, as a note-taker would have done."""
    from docx import Document

    finished.parent.mkdir(parents=True, exist_ok=True)
    document = Document(str(draft))
    asked = prompts_by_text()
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    for block in (document, *cells):
        for paragraph in block.paragraphs:
            for run in paragraph.runs:
                if (text := _written_over(run.text, asked)) != run.text:
                    run.text = text
    document.save(str(finished))
    return finished


def _written_over(text: str, asked: Mapping[str, str]) -> str:
    """A text of the draft with its prompts answered, and rank and NIP below a name."""
    prompts = [prompt for prompt in asked if prompt in text]
    signs = iter([sign for prompt in prompts for sign in _SIGNS.get(asked[prompt], ())])
    for prompt in prompts:
        text = text.replace(prompt, _WRITTEN[asked[prompt]])
    return _DOTS.sub(lambda dots: next(signs, dots[0]), text)
