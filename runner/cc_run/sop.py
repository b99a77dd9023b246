"""The written procedure as data: "SOP Pengoperasian Video Conference", its seven steps.

Source: Pemerintah Kabupaten Demak, Dinas Komunikasi dan Informatika, nomor Dinkominfo/4/1/88,
Februari 2022. Activities, requirements and outputs stay in the document's own words, because the
reports quote them; ``title`` is the short name that the program uses and translates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cc_run.language import N_

COORDINATOR: Final = "Sub Koor SPA"
OPERATOR: Final = "Operator CC"


@dataclass(frozen=True)
class Step:
    """One row of the procedure (``standard_minutes`` is its Mutu Baku; None: has no limit)."""

    number: int
    key: str
    title: str
    activity: str
    performer: str
    requirements: tuple[str, ...]
    standard_minutes: int | None
    standard_text: str
    output: str


ASSIGN, RECAP, HOST, PREPARE, RECORD, DOCUMENT, CLOSE = range(1, 8)

STEPS: Final[tuple[Step, ...]] = (
    Step(
        number=ASSIGN,
        key="assign",
        title=N_("Assignment"),
        activity="Sub Koor SPA menugaskan Operator Command Center",
        performer=COORDINATOR,
        requirements=("Surat Permohonan OPD", "Disposisi Pimpinan"),
        standard_minutes=5,
        standard_text="5 menit",
        output="Operator CC mengetahui adanya rencana kegiatan di CC",
    ),
    Step(
        number=RECAP,
        key="recap",
        title=N_("Schedule register"),
        activity="Merekap jadwal rencana Video Conference",
        performer=OPERATOR,
        requirements=("File Rekap Jadwal Vidcon",),
        standard_minutes=10,
        standard_text="10 menit",
        output="Jadwal Vidcon tercatat di File Rekap",
    ),
    Step(
        number=HOST,
        key="host",
        title=N_("Zoom meeting"),
        activity="Menyiapkan Host Zoom Meeting",
        performer=OPERATOR,
        requirements=("Akun Zoom",),
        standard_minutes=30,
        standard_text="30 menit",
        output=(
            "Schedule Meeting berhasil dibuat di Akun Zoom; Id dan Password dishare kepada client"
        ),
    ),
    Step(
        number=PREPARE,
        key="prepare",
        title=N_("Equipment"),
        activity="Menyiapkan peralatan elektronik, koneksi internet dan aplikasi (Zoom dan OBS)",
        performer=OPERATOR,
        requirements=(
            "Kamera Logitech",
            "Speaker dan Extender Mic Polycom",
            "Laptop",
            "TV Wall",
            "Koneksi Internet diutamakan dengan Kabel",
            "Aplikasi Zoom Meeting",
            "Aplikasi Perekam layar OBS",
        ),
        standard_minutes=120,
        standard_text="2 jam",
        output="Peralatan Video Conference siap digunakan",
    ),
    Step(
        number=RECORD,
        key="record",
        title=N_("Recording"),
        activity="Merekam pelaksanaan Video Conference",
        performer=OPERATOR,
        requirements=("Aplikasi Zoom Meeting", "Aplikasi Perekam layar OBS"),
        standard_minutes=None,
        standard_text="Selama Vidcon berlangsung",
        output="File Video hasil perekaman Vidcon",
    ),
    Step(
        number=DOCUMENT,
        key="document",
        title=N_("Documentation"),
        activity="Mendokumentasikan Kegiatan Vidcon",
        performer=OPERATOR,
        requirements=(
            "Dokumentasi Vidcon",
            "Upload Notulen dan Foto Kegiatan di Aplikasi MIPP",
        ),
        standard_minutes=10,
        standard_text="10 menit",
        output="File Video hasil perekaman Vidcon; Notulen; Foto Kegiatan",
    ),
    Step(
        number=CLOSE,
        key="close",
        title=N_("Done"),
        activity="Selesai",
        performer=OPERATOR,
        requirements=(),
        standard_minutes=None,
        standard_text="",
        output="",
    ),
)


def step(number: int) -> Step:
    """The step with that number, 1 to 7."""
    return STEPS[number - 1]
