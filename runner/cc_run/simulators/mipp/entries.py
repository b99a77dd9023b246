"""What a new entry must be, as the application's validation says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.datastructures import FormData, UploadFile

from .styles import Style

FILE_LIMIT = 2 * 1024 * 1024
POST_LIMIT = 8 * 1024 * 1024
"""PHP's defaults, in bytes."""

FIELDS = (
    ("judul", "text", "Judul"),
    ("tanggal", "date", "Tanggal"),
    ("waktu", "time", "Waktu"),
    ("tempat", "text", "Tempat"),
    ("penyelenggara", "text", "Penyelenggara"),
    ("keterangan", "text", "Keterangan"),
)
_REQUIRED = ("judul", "tanggal", "waktu", "tempat")
_LONGEST = 255
_MINUTES = (".pdf", ".doc", ".docx")
_IMAGES = ((".jpg", b"\xff\xd8\xff"), (".jpeg", b"\xff\xd8\xff"), (".png", b"\x89PNG"))


@dataclass(frozen=True)
class File:
    """A file as it came in."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """A form as it came in; ``errors`` is by field, empty when it can be saved."""

    values: dict[str, str]
    files: tuple[File, ...]
    errors: dict[str, str]


async def read(form: FormData, style: Style) -> Draft:
    """Reads and judges the entry form."""
    values = {name: str(form.get(name) or "").strip() for name, *_ in FIELDS}
    files = [
        File(name, part.filename, await part.read())
        for name, part in form.multi_items()
        if isinstance(part, UploadFile) and part.filename
    ]
    errors = {**_text_errors(values, style), **_file_errors(files, style)}
    return Draft(values, tuple(files), errors)


def _text_errors(values: dict[str, str], style: Style) -> dict[str, str]:
    errors = {}
    for name, value in values.items():
        if name in _REQUIRED and not value:
            errors[name] = style.required.format(name=name)
        elif len(value) > _LONGEST:
            errors[name] = f"Kolom {name} tidak boleh lebih dari {_LONGEST} karakter."
    for name, form in (("tanggal", "%Y-%m-%d"), ("waktu", "%H:%M")):
        if name not in errors and not _has_form(values[name], form):
            errors[name] = f"Kolom {name} tidak cocok dengan format yang diminta."
    return errors


def _has_form(value: str, form: str) -> bool:
    try:
        return datetime.strptime(value, form).strftime(form) == value
    except ValueError:
        return False


def _file_errors(files: list[File], style: Style) -> dict[str, str]:
    errors = {}
    if not any(file.field == "notulen" for file in files):
        errors["notulen"] = style.required.format(name="notulen")
    photos = 0
    for file in files:
        name = file.field
        if name == "foto[]":
            name, photos = f"foto.{photos}", photos + 1
        if len(file.content) > FILE_LIMIT:
            errors[name] = style.too_large.format(name=name)
        elif file.field == "notulen" and Path(file.name).suffix.lower() not in _MINUTES:
            errors[name] = "Kolom notulen harus berupa berkas bertipe: pdf, doc, docx."
        elif file.field == "foto[]" and not _is_image(file):
            errors[name] = f"{name} harus berupa gambar."
    return errors


def _is_image(file: File) -> bool:
    suffix = Path(file.name).suffix.lower()
    return any(suffix == known and file.content.startswith(magic) for known, magic in _IMAGES)
