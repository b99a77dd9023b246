"""Looks at the minutes that a person has finished: whether they are, and what their head says."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cc_run.language import LANGUAGES, _, speaking
from cc_run.reports.minutes import LABELS, prompts_by_text

# What offices call these besides our own labels.
_ALIASES: Final = {
    "chair": ("pimpinan", "pimpinan rapat", "pemimpin rapat", "pimpinan sidang"),
    "secretary": ("notulis", "notulen", "sekretaris", "pencatat"),
    "attendees": ("peserta", "peserta rapat", "hadir", "yang hadir"),
}
_OWN: Final = {"chair": "chair", "secretary": "secretary", "attendees": "participants"}
_UNFILLED: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def check_minutes(path: Path, draft: Path | None = None) -> list[str]:
    """What is wrong with finished minutes (.docx or .pdf); empty when nothing is.

    A sentence a fault; a prompt of the draft that nobody has written over stands as it is («…»).

    Args:
        path: The minutes.
        draft: The draft that they were made from, where it is known.
    """
    try:
        written = path.read_bytes()
    except OSError as error:
        return [
            _("%(path)s cannot be read: %(reason)s")
            % {"path": path, "reason": error.strerror or error}
        ]
    if not written:
        return [_("%(path)s is empty.") % {"path": path.name}]
    match path.suffix.lower():
        case ".pdf":
            return _check_pdf(path.name, written)
        case ".docx":
            return _check_word(path.name, written, draft)
    return [_("Minutes are a .docx or a .pdf file, not %(path)s.") % {"path": path.name}]


def head_of(path: Path) -> dict[str, str]:
    """What a .docx's head says: "chair", "secretary" and "attendees", as far as it does."""
    if path.suffix.lower() != ".docx":
        return {}
    from docx import Document

    names = _names()
    found: dict[str, str] = {}
    document = Document(str(path))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    rows += [paragraph.text.split(":", 1) for paragraph in document.paragraphs]
    for cells in rows:
        key = names.get(_plain(cells[0]))
        said = [text.strip() for text in cells[1:] if text.strip(" :\n")]
        if key and said:
            found.setdefault(key, said[-1].lstrip(": "))
    return found


def _check_pdf(name: str, written: bytes) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(written))
        if reader.is_encrypted and not reader.decrypt(""):
            return [_("%(path)s asks for a password.") % {"path": name}]
        text = "\n".join(page.extract_text() for page in reader.pages)
        # A scan has no text, but a picture on each page.
        empty = not text.strip() and not any(len(page.images) for page in reader.pages)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return [
            _("%(path)s does not open: %(reason)s")
            % {"path": name, "reason": str(error) or type(error).__name__}
        ]
    if empty:
        return [_("%(path)s is empty.") % {"path": name}]
    return _left_over(" ".join(text.split()))


def _check_word(name: str, written: bytes, draft: Path | None) -> list[str]:
    try:
        text = _text_of(written)
    except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
        return [
            _("%(path)s does not open: %(reason)s")
            % {"path": name, "reason": str(error) or type(error).__name__}
        ]
    if not text.strip():
        return [_("%(path)s is empty.") % {"path": name}]
    left_over = _left_over(text)
    if not left_over and draft is not None and draft.is_file():
        try:
            same = _text_of(draft.read_bytes()) == text
        except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile):
            same = False  # what became of the draft says nothing of the minutes
        if same:
            return [_("%(path)s still says what the draft says, and no more.") % {"path": name}]
    return left_over


def _left_over(text: str) -> list[str]:
    """What waits for a person's words, or for the program's."""
    prompts = [prompt for prompt in prompts_by_text() if prompt in text]
    return prompts + list(dict.fromkeys(_UNFILLED.findall(text)))


def _text_of(written: bytes) -> str:
    from docx import Document

    return "\n".join(_texts(Document(io.BytesIO(written))))


def _texts(document: Any) -> Iterator[str]:
    yield from (paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        yield from (cell.text for row in table.rows for cell in row.cells)


def _names() -> dict[str, str]:
    """Each name of the head's lines, as it is compared, with the key of what it names."""
    names = {name: key for key, aliases in _ALIASES.items() for name in aliases}
    for language in LANGUAGES:
        with speaking(language):
            names |= {_plain(_(LABELS[label])): key for key, label in _OWN.items()}
    return names


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
