"""The other ways into MIPP: another framework's form, the interface for programs, a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from cc_run.errors import OutsideFailure, Refusal, SettingsFault

Place = Any
BEARER: dict[str, Any] = {"mode": "bearer", "token": "token-dari-mipp"}
BY_LOGIN: dict[str, Any] = {"mode": "bearer", "api": {"login": "/api/login"}}
POST = {"method": "POST", "path": "/api/kegiatan"}


@pytest.fixture
def codeigniter(placed: Callable[[str], Place]) -> Place:
    return placed("codeigniter")


def test_codeigniters_rotating_tokens_make_one_entry(codeigniter: Place) -> None:
    receipt = codeigniter.file()
    [entry] = codeigniter.entries()
    assert len(entry["uploads"]) == 3
    assert receipt.number == "1"
    assert codeigniter.file().url == receipt.url
    assert len(codeigniter.entries()) == 1
    assert ("POST", "/login", 303) in codeigniter.requests()


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "status", "status": 403, "method": "POST", "path": "/kegiatan"},
        {"kind": "expire", "method": "POST", "path": "/kegiatan"},
        {"kind": "expire", "method": "GET", "path": "/kegiatan/create"},
    ],
)
def test_codeigniters_stale_token_is_a_new_session_once(
    codeigniter: Place, rule: dict[str, Any]
) -> None:
    codeigniter.fault({**rule, "times": 1})
    assert codeigniter.file().number == "1"
    assert len(codeigniter.entries()) == 1


@pytest.mark.parametrize("kind", ["drop_after", "delay"])
def test_codeigniters_lost_answer_makes_no_second_entry(codeigniter: Place, kind: str) -> None:
    rule = {"kind": kind, "method": "POST", "path": "/kegiatan", "seconds": 3, "times": 1}
    codeigniter.fault(rule)
    assert codeigniter.file(timeout=1).number == "1"
    assert len(codeigniter.entries()) == 1


def test_codeigniters_complaints_are_quoted(codeigniter: Place) -> None:
    fields = {**codeigniter.settings["entry"]["fields"], "tempat": ""}
    with pytest.raises(Refusal, match="The tempat field is required"):
        codeigniter.file(entry=codeigniter.entry(fields=fields))
    codeigniter.activity.minutes.write_bytes(bytes(3 * 1024 * 1024))
    with pytest.raises(Refusal, match="larger than the permitted size"):
        codeigniter.file()
    assert codeigniter.entries() == []


@pytest.mark.parametrize("mode", [BEARER, BY_LOGIN])
def test_programs_make_one_entry_with_a_token(place: Place, mode: dict[str, Any]) -> None:
    receipt = place.file(**mode)
    [entry] = place.entries()
    assert entry["judul"] == "Rapat <Koordinasi> & Evaluasi [VC-0042]"
    assert [one["field"] for one in entry["uploads"]] == ["notulen", "foto[]", "foto[]"]
    assert (receipt.mode, receipt.number, receipt.is_complete) == ("bearer", "1", True)
    assert receipt.url == f"{place.url}/api/kegiatan/1"
    assert place.file(**mode).sha256 == receipt.sha256
    assert len(place.entries()) == 1


def test_the_entrys_own_address_is_taken_from_its_row(place: Place) -> None:
    assert place.file(**{**BEARER, "api": {"address": "link"}}).url == f"{place.url}/kegiatan/1"


def test_an_entry_is_found_on_a_later_page_by_programs_too(place: Place) -> None:
    first = place.file(**BEARER)
    for number in range(10):
        values = {"judul": f"Lain {number}", "tanggal": "2026-11-25", "waktu": "10:00"}
        httpx.post(
            f"{place.url}/api/kegiatan",
            data={**values, "tempat": "Aula"},
            files={"notulen": ("n.pdf", b"%PDF")},
            headers={"Authorization": "Bearer token-dari-mipp"},
        ).raise_for_status()
    assert place.file(**BEARER).url == first.url
    assert len(place.entries()) == 11


def test_an_expired_token_is_a_new_login_once(place: Place) -> None:
    place.fault({**POST, "kind": "expire", "times": 1})
    assert place.file(**BY_LOGIN).number == "1"
    assert len(place.entries()) == 1
    place.fault({"kind": "status", "status": 401, "path": "/api/kegiatan"})
    with pytest.raises(OutsideFailure, match="again and again"):
        place.file(**BY_LOGIN)


@pytest.mark.parametrize("kind", ["drop_after", "delay"])
def test_a_programs_lost_answer_makes_no_second_entry(place: Place, kind: str) -> None:
    place.fault({**POST, "kind": kind, "seconds": 3, "times": 1})
    assert place.file(**BEARER, timeout=1).number == "1"
    assert len(place.entries()) == 1


def test_who_comes_too_often_waits_as_long_as_it_is_asked_to(place: Place) -> None:
    place.fault({**POST, "kind": "status", "status": 429, "seconds": 1, "times": 2})
    assert place.file(**BEARER).number == "1"
    place.fault({"path": "/api/*", "kind": "status", "status": 429, "seconds": 3600})
    with pytest.raises(OutsideFailure, match="1 h"):
        place.file(**BEARER)


def test_what_is_wrong_with_fields_is_quoted_to_programs(place: Place) -> None:
    fields = {**place.settings["entry"]["fields"], "tempat": "", "waktu": "pagi"}
    with pytest.raises(Refusal) as caught:
        place.file(**BEARER, entry=place.entry(fields=fields))
    assert "Kolom tempat wajib diisi." in caught.value.message
    assert "Kolom waktu tidak cocok" in caught.value.message
    assert place.entries() == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"token": "salah"}, "mipp_token"),
        ({"token": "", "api": {"login": "/api/login"}, "password": "salah"}, "mipp_password"),
        ({"api": {"listing": "/login"}}, "mipp_api"),
        ({"api": {"rows": "items"}}, "mipp_api.rows"),
        ({"api": {"entry": "/api/tidak-ada"}}, "mipp_api"),
    ],
)
def test_settings_that_do_not_fit_the_interface_are_named(
    place: Place, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsFault) as caught:
        place.file(**{**BEARER, **changes})
    assert named in str(caught.value)
    assert "salah" not in str(caught.value)
    assert place.entries() == []


def test_a_success_that_the_listing_does_not_show_is_not_believed(place: Place) -> None:
    with pytest.raises(Refusal, match="does not list it"):
        place.file(**BEARER, listing_marks=["{{ agency }}"])
    with pytest.raises(Refusal, match="does not take the entry"):
        place.activity = replace(place.activity, event_id="VC-0043")
        place.file(**BEARER, entry=place.entry(success="tersimpan dengan nomor"))


def drop(place: Place, **more: Any) -> dict[str, Any]:
    folder = place.folder / "mipp-masuk"
    folder.mkdir(exist_ok=True)
    return {"mode": "drop", "drop": {"name": "mipp", "url": folder.as_uri()}, **more}


def test_a_drop_is_whole_before_its_entry_is_there(place: Place) -> None:
    receipt = place.file(**drop(place))
    folder = place.folder / "mipp-masuk" / "VC-0042"
    assert (receipt.mode, receipt.url, receipt.is_complete) == ("drop", str(folder), True)
    entry = json.loads((folder / "entri.json").read_text())
    assert entry["sha256"] == receipt.sha256
    assert entry["fields"]["judul"] == "Rapat <Koordinasi> & Evaluasi [VC-0042]"
    assert [one["field"] for one in entry["files"]] == ["notulen", "foto[]", "foto[]"]
    for one in entry["files"]:
        content = (folder / one["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one["file_sha256"]
    before = (folder / "entri.json").stat().st_mtime_ns
    assert place.file(**drop(place)).sha256 == receipt.sha256
    assert (folder / "entri.json").stat().st_mtime_ns == before


def test_what_an_interruption_left_in_the_drop_is_made_whole(place: Place) -> None:
    place.file(**drop(place))
    folder = place.folder / "mipp-masuk" / "VC-0042"
    (folder / "entri.json").unlink()
    (folder / "notulen.pdf").write_bytes(b"torn")
    place.file(**drop(place))
    assert (folder / "notulen.pdf").read_bytes() == place.activity.minutes.read_bytes()
    assert (folder / "entri.json").exists()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_drop_that_is_away_is_an_outside_failure(place: Place) -> None:
    away = {"name": "mipp", "url": (place.folder / "away").as_uri()}
    with pytest.raises(OutsideFailure, match="away"):
        place.file(mode="drop", drop=away)
    with pytest.raises(ValidationError, match="mipp_drop"):
        place.file(mode="drop")


def test_the_recording_is_uploaded_only_where_the_settings_say_so(place: Place) -> None:
    recording = place.folder / "VC-0042.mkv"
    recording.write_bytes(b"\x1aE\xdf\xa3" + bytes(1000))
    place.activity = replace(place.activity, recording=recording)
    files = {**place.settings["entry"]["files"], "video": "recording"}
    with pytest.raises(ValidationError, match="mipp_upload_recording"):
        place.file(**BEARER, entry=place.entry(files=files))
    place.file(**drop(place))
    assert not (place.folder / "mipp-masuk" / "VC-0042" / recording.name).exists()
    place.file(**BEARER, entry=place.entry(files=files), upload_recording=True)
    assert [one["name"] for one in place.entries()[0]["uploads"]][-1] == "VC-0042.mkv"


def test_fields_may_name_what_the_minutes_say_and_the_attendance(place: Place) -> None:
    attendance = place.folder / "daftar-hadir.csv"
    attendance.write_text("Nama\nSiti\n")
    more = {"chair": "Drs. Bambang", "agenda": "SPBE"}
    place.activity = replace(place.activity, attendance=attendance, more=more)
    fields = {
        **place.settings["entry"]["fields"],
        "keterangan": "{{ agenda }}; {{ chair }}; {{ secretary }}",
    }
    files = {**place.settings["entry"]["files"], "daftar_hadir": "attendance"}
    first = place.file(**BEARER, entry=place.entry(fields=fields, files=files))
    [entry] = place.entries()
    assert entry["keterangan"] == "SPBE; Drs. Bambang;"
    assert entry["uploads"][-1]["name"] == "daftar-hadir.csv"
    attendance.write_text("Nama\nSiti\nAgus\n")
    again = place.file(**BEARER, entry=place.entry(fields=fields, files=files))
    assert again.sha256 != first.sha256
    assert len(place.entries()) == 1
