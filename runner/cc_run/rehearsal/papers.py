"""The papers that people would bring: a request letter, and the draft of the minutes completed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_GAP: Final = re.compile(r"«[^»]*»")
_SENTENCES: Final = (
    "Rapat dibuka oleh pimpinan rapat dan dilanjutkan dengan perkenalan peserta.",
    "Peserta membahas rencana kerja SPBE dan kebutuhan jaringan di setiap kecamatan.",
    "Disepakati penyusunan jadwal bersama paling lambat akhir bulan.",
    "Rapat ditutup setelah pimpinan menyampaikan kesimpulan.",
)


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
    sentences = iter(_SENTENCES * 20)
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    blocks = [document, *cells, *(section.footer for section in document.sections)]
    for block in blocks:
        for paragraph in block.paragraphs:
            if "«" in paragraph.text:
                paragraph.text = _GAP.sub(lambda _gap: next(sentences), paragraph.text)
    document.save(str(finished))
    return finished
