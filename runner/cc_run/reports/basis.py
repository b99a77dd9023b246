"""What the documents quote: the procedure's number and the laws that it rests on."""

from __future__ import annotations

from typing import Final

SOP_TITLE: Final = "SOP Pengoperasian Video Conference"
SOP_NUMBER: Final = "Dinkominfo / 4 / 1 / 88"
SOP_DATE: Final = "Februari 2022"
LEGAL_BASIS: Final = (
    "Undang-Undang Nomor 25 Tahun 2009 tentang Pelayanan Publik",
    "Undang-Undang Nomor 19 Tahun 2016 (Informasi dan Transaksi Elektronik)",
    "Peraturan Presiden Nomor 95 Tahun 2018 (Sistem Pemerintahan Berbasis Elektronik)",
    "Peraturan Bupati Demak Nomor 74 Tahun 2021",
)
