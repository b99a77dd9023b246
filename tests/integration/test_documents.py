"""Minutes and photos through the command line: drafted, offered, checked, attached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docx import Document
from PIL import Image

from cc_run import sop
from cc_run.archive.contents import ATTACHED
from cc_run.hosting.attendance import merged
from cc_run.rehearsal.papers import finished_minutes
from cc_run.sequence import attending

GPS, GPS_LATITUDE = 0x8825, 2
PEOPLE = [
    {
        "name": name,
        "user_email": f"{name.lower()}@example.go.id",
        "join_time": "2026-11-24T02:00:00Z",
        "leave_time": "2026-11-24T03:30:00Z",
    }
    for name in ("Agus", "=Siti")
]


def a_photo(path: Path, *, seed: int = 90, place: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if place:
        exif.get_ifd(GPS)[GPS_LATITUDE] = (6.0, 53.0, 40.0)
    Image.effect_noise((640, 360), seed).save(path, exif=exif)
    return path


@pytest.fixture
def minutes(office: Any, tmp_path: Path) -> Path:
    office.add()
    draft = tmp_path / "draf.docx"
    assert office.run("minutes", "draft", "--event", "1", "--output", str(draft)).code == 0
    return finished_minutes(draft, tmp_path / "Notulen.docx")


def folder(office: Any) -> Path:
    return office.workspace().event_dir(office.event())


def attached(office: Any) -> dict[str, Any]:
    return dict(office.workspace().journal.latest("VC-0001", ATTACHED).data)


def test_the_recordings_pictures_are_offered_and_chosen_by_number(office, minutes):
    nothing = office.run("document", "--event", "1")
    assert "offers no pictures" in nothing.out
    for name in ("01.jpg", "02.jpg"):
        a_photo(folder(office) / "recording" / "candidates" / name, seed=40 + int(name[1]))

    refused = office.run("document", "--event", "1", "--minutes", str(minutes))
    refused.refused(1, "asks for photos", "by number")
    shown = office.run("document", "--event", "1")
    assert shown.code == 0
    assert "02.jpg" in shown.out
    assert "--photo 1" in shown.out
    office.run("document", "--event", "1", "--minutes", str(minutes), "--photo", "3").refused(
        2, "no picture 3"
    )
    assert office.entries()[-1].kind != ATTACHED

    done = office.run("document", "--event", "1", "--minutes", str(minutes), "--photo", "2")

    assert done.code == 0, done.err
    [kept] = attached(office)["photos"]
    assert Path(kept).name == "02.jpg"
    assert Path(kept).read_bytes() == (folder(office) / "recording/candidates/02.jpg").read_bytes()


def test_photos_lose_their_place_keep_their_originals_and_never_each_other(
    office, minutes, tmp_path
):
    one = a_photo(tmp_path / "hp1" / "IMG_1.JPG", place=True)
    other = a_photo(tmp_path / "hp2" / "IMG_1.JPG", seed=50)
    given = {path: path.read_bytes() for path in (one, other)}
    command = ["document", "--event", "1", "--minutes", str(minutes)]
    command += ["--photo", str(one), "--photo", str(other), "--photo", str(one)]

    done = office.run(*command)

    assert "told where it was taken" in done.out
    assert "photos: 2" in done.out
    photos = folder(office) / "photos"
    names = ["IMG_1-2.jpg", "IMG_1.jpg", "originals/IMG_1.jpg"]
    files = sorted(path for path in photos.rglob("*") if path.is_file())
    assert [path.relative_to(photos).as_posix() for path in files] == names
    assert b"GPS" not in (photos / "IMG_1.jpg").read_bytes()
    assert (photos / "originals" / "IMG_1.jpg").read_bytes() == given[one]
    assert (photos / "IMG_1-2.jpg").read_bytes() == given[other]
    before = attached(office)

    assert office.run(*command).code == 0

    assert attached(office) == before
    assert sorted(path for path in photos.rglob("*") if path.is_file()) == files
    assert attached(office)["head"]["chair"] == "Drs. Bambang Wijaya, M.Si."


def test_who_corrects_the_minutes_keeps_the_photos(office, minutes, tmp_path):
    office.run("document", "--event", "1", "--photo", "1").refused(2, "Which minutes")
    photo = a_photo(tmp_path / "foto.jpg")
    office.run("document", "--event", "1", "--minutes", str(minutes), "--photo", str(photo))
    before = attached(office)
    corrected = Document(str(minutes))
    corrected.add_paragraph("Ralat: rapat ditutup pukul 11.15 WIB.")
    corrected.save(str(minutes))

    assert office.run("document", "--event", "1", "--minutes", str(minutes)).code == 0
    assert attached(office)["photos"] == before["photos"]
    assert Path(attached(office)["minutes"]).read_bytes() == minutes.read_bytes()


def test_everything_unfit_is_told_at_once_and_nothing_is_attached(office, minutes, tmp_path):
    text = tmp_path / "catatan.jpg"
    text.write_text("not a picture")
    small = tmp_path / "kecil.png"
    Image.effect_noise((100, 80), 90).save(small)
    command = ["document", "--event", "1", "--minutes", str(minutes)]
    refused = office.run(*command, "--photo", str(text), "--photo", str(small))
    refused.refused(1, "catatan.jpg cannot be read", "100 × 80")
    office.run(*command, "--photo", str(tmp_path / "none.jpg")).refused(2, "none.jpg")
    office.run(*command[:4], str(tmp_path / "none.docx"), "--photo", str(small)).refused(
        2, "none.docx"
    )
    assert not (folder(office) / "photos").exists()
    steps = office.run("status", "--event", "1", "--json").json["steps"]
    assert steps[5]["started"] is None


def test_who_attended_stands_in_the_draft_and_in_the_events_folder(office, tmp_path, monkeypatch):
    office.add()
    monkeypatch.setattr(attending, "attendance", lambda *_of: merged(PEOPLE))
    early = tmp_path / "draf awal.docx"
    office.run("minutes", "draft", "--event", "1", "--output", str(early))
    assert not (folder(office) / "attendance").exists()
    with office.workspace().journal.step("VC-0001", sop.RECORD, "Bagas") as step:
        step.output = {"file": "/nowhere.mkv"}

    draft = tmp_path / "draf.docx"
    office.run("minutes", "draft", "--event", "1", "--output", str(draft))

    listed = Document(str(draft)).tables[-1].rows
    assert [cell.text for cell in listed[2].cells] == ["2", "=Siti", "09.00", "10.30", "90"]
    kept = (folder(office) / "attendance" / "daftar-hadir.csv").read_text("utf-8-sig")
    assert kept.splitlines()[0] == "Nama,Masuk,Keluar,Lama (menit)"
    assert kept.splitlines()[1] == "Agus,09.00,10.30,90"
    assert kept.splitlines()[2].startswith("'=Siti,")
    assert "example.go.id" not in kept
