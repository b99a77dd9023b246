"""The register's columns: our title for each, and the titles that offices use for the same."""

from __future__ import annotations

import re
from typing import Final

CODE: Final = "code"

# In the order of a new register.
TITLES: Final = {
    "number": "No",
    "day": "Hari/Tanggal",
    "clock": "Pukul",
    "title": "Kegiatan",
    "agency": "Perangkat Daerah",
    "letter": "No./Tgl Surat",
    "disposition": "Disposisi",
    "place": "Tempat",
    "participants": "Jumlah Peserta",
    "contact": "Narahubung/WA",
    "host": "Host/Peserta",
    "meeting_id": "ID Rapat",
    "passcode": "Kode Sandi",
    "join_url": "Tautan",
    "operator": "Operator",
    "recorded": "Rekam",
    "status": "Status",
    "minutes": "Notulen",
    "documentation": "Dokumentasi",
    "remarks": "Keterangan",
    CODE: "Kode",
}

_ALIASES: Final = {
    "number": ("nomor", "no urut", "nomor urut"),
    "day": ("tanggal", "hari tanggal", "hari dan tanggal", "tgl", "tanggal pelaksanaan", "date"),
    "clock": ("jam", "waktu", "waktu wib", "pukul wib", "jam wib", "pukul mulai selesai", "time"),
    "title": ("nama kegiatan", "acara", "nama acara", "uraian kegiatan", "judul", "topik", "event"),
    "agency": ("opd", "skpd", "instansi", "pemohon", "dinas", "penyelenggara", "nama opd"),
    "letter": ("surat", "nomor surat", "no surat", "surat permohonan", "no tgl surat", "dasar"),
    "disposition": ("disposisi pimpinan", "disposisi dari", "disposisi oleh"),
    "place": ("lokasi", "ruang", "ruangan", "tempat kegiatan"),
    "participants": ("peserta", "jml peserta", "jumlah"),
    "contact": ("narahubung", "kontak", "contact person", "cp", "no wa", "whatsapp", "no hp"),
    "host": ("host", "akun zoom", "host zoom", "host atau peserta", "sebagai"),
    "meeting_id": ("meeting id", "id meeting", "id zoom", "zoom id", "id"),
    "passcode": ("password", "passcode", "sandi", "kata sandi", "pass"),
    "join_url": ("link", "link zoom", "url", "tautan zoom", "link meeting"),
    "operator": ("petugas", "operator cc", "pelaksana", "nama operator"),
    "recorded": ("rekaman", "recording", "direkam"),
    "status": ("status kegiatan", "keadaan"),
    "minutes": ("notula", "notulensi", "risalah"),
    "documentation": ("foto", "foto kegiatan", "dok"),
    "remarks": ("ket", "catatan", "keterangan lain"),
    CODE: ("kode kegiatan", "kode vidcon", "id kegiatan"),
    # Only in registers of others: where we have one column, they have two.
    "weekday": ("hari",),
    "start": ("mulai", "jam mulai", "pukul mulai", "waktu mulai", "start"),
    "end": ("selesai", "jam selesai", "pukul selesai", "waktu selesai", "end"),
    "letter_date": ("tanggal surat", "tgl surat"),
    "disposition_date": ("tanggal disposisi", "tgl disposisi"),
}


def _plain(title: str) -> str:
    """A title without case, marks and what stands in brackets."""
    outside = re.sub(r"\(.*?\)", " ", title.lower())
    return " ".join(re.findall(r"[a-z0-9]+", outside))


_KEYS: Final = {
    **{_plain(alias): key for key, aliases in _ALIASES.items() for alias in aliases},
    **{_plain(title): key for key, title in TITLES.items()},
}


def column_of(title: str) -> str | None:
    """The column's key for an office's title; None where it is a column of the office's own."""
    return _KEYS.get(_plain(title))
