"""Filing in MIPP against the simulator: exactly one entry, whatever goes wrong on the way."""

from __future__ import annotations

import json
import multiprocessing
import time
from typing import Any

import httpx
import pytest

from cc_run.archive.mipp import Receipt, file_activity
from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault

PASSWORD = "rahasia-sekali"
Place = Any


def test_the_entry_carries_everything_and_the_receipt_points_to_it(place: Place) -> None:
    receipt = place.file()
    [entry] = place.entries()
    assert entry["judul"] == "Rapat <Koordinasi> & Evaluasi [VC-0042]"
    assert (entry["tanggal"], entry["waktu"]) == ("2026-11-24", "09:00")
    assert [one["field"] for one in entry["uploads"]] == ["notulen", "foto[]", "foto[]"]
    assert all(one["size"] <= 400 * 1024 for one in entry["uploads"])
    assert (receipt.url, receipt.number) == (f"{place.url}/kegiatan/1", "1")
    assert receipt.is_complete
    assert Receipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt


def test_a_known_receipt_needs_no_network_and_a_lost_one_no_second_entry(place: Place) -> None:
    receipt = place.file()
    asked = len(place.requests())
    assert place.file(receipt) == receipt
    assert len(place.requests()) == asked
    again = place.file()
    assert (again.url, again.sha256) == (receipt.url, receipt.sha256)
    assert len(place.entries()) == 1


def test_changed_documents_are_told_but_not_entered_again(place: Place) -> None:
    receipt = place.file()
    place.activity.minutes.write_bytes(b"%PDF-1.7 corrected")
    said: list[str] = []
    same = file_activity(
        place.mipp(),
        place.activity,
        work_dir=place.work_dir,
        known_receipt=receipt,
        on_progress=lambda done, total, text: said.append(text),
    )
    assert same == receipt
    assert said == ["It is in MIPP already; the documents changed since"]
    assert len(place.entries()) == 1


def test_another_event_with_a_longer_number_is_not_taken_for_this_one(place: Place) -> None:
    place.file(
        entry=place.entry(
            fields={**place.settings["entry"]["fields"], "judul": "{{ title }} {{ event_id }}1"}
        ),
        listing_marks=["{{ title }}"],
    )
    assert place.file().number == "2"


def test_an_old_entry_is_found_on_a_later_page(place: Place) -> None:
    first = place.file()
    with httpx.Client(base_url=place.url, follow_redirects=True) as web:
        token = web.get("/login").text.partition('name="_token" value="')[2].partition('"')[0]
        login = {"email": "op@example.go.id", "password": PASSWORD, "_token": token}
        page = web.post("/login", data=login).text
        token = page.partition('name="_token" value="')[2].partition('"')[0]
        for number in range(10):
            values = {"judul": f"Lain {number}", "tanggal": "2026-11-25", "waktu": "10:00"}
            web.post(
                "/kegiatan",
                data={"_token": token, "tempat": "Aula", **values},
                files={"notulen": ("n.pdf", b"%PDF")},
            ).raise_for_status()
    assert len(place.entries()) == 11
    assert place.file().url == first.url
    assert len(place.entries()) == 11


@pytest.mark.parametrize("kind", ["drop_after", "delay"])
def test_a_lost_answer_never_makes_a_second_entry(place: Place, kind: str) -> None:
    place.fault({"kind": kind, "method": "POST", "path": "/kegiatan", "seconds": 3, "times": 1})
    receipt = place.file(timeout=1)
    assert receipt.number == "1"
    assert len(place.entries()) == 1


def test_all_answers_lost_and_then_a_second_run(place: Place) -> None:
    place.fault(
        {"kind": "drop_after", "method": "POST", "path": "/kegiatan", "times": 1},
        {"kind": "drop_before", "method": "GET", "path": "/kegiatan", "every": 3, "times": 1},
    )
    with pytest.raises(OutsideFailure, match="cannot be reached"):
        place.file()
    assert len(place.entries()) == 1
    assert place.file().number == "1"
    assert len(place.entries()) == 1


def test_a_request_that_never_arrived_is_sent_by_the_next_run(place: Place) -> None:
    place.fault({"kind": "drop_before", "method": "POST", "path": "/kegiatan", "times": 1})
    with pytest.raises(OutsideFailure, match="cannot be reached"):
        place.file()
    assert place.entries() == []
    place.file()
    assert len(place.entries()) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "status", "status": 419, "method": "POST", "path": "/kegiatan"},
        {"kind": "expire", "method": "POST", "path": "/kegiatan"},
        {"kind": "expire", "method": "GET", "path": "/kegiatan/create"},
    ],
)
def test_an_expired_session_is_begun_again_once(place: Place, rule: dict[str, Any]) -> None:
    place.fault({**rule, "times": 1})
    place.file()
    assert len(place.entries()) == 1
    assert [one for one in place.requests() if one[:2] == ("POST", "/login")] == [
        ("POST", "/login", 302),
        ("POST", "/login", 302),
    ]


def test_a_session_that_ends_after_the_entry_was_saved_makes_no_second_one(place: Place) -> None:
    # The listing is asked for twice around the first login; the third time is after the entry.
    place.fault({"kind": "expire", "method": "GET", "path": "/kegiatan", "every": 3, "times": 1})
    assert place.file().number == "1"
    assert len(place.entries()) == 1


def test_a_session_that_always_ends_is_given_up(place: Place) -> None:
    place.fault({"kind": "status", "status": 419, "method": "POST", "path": "/kegiatan"})
    with pytest.raises(OutsideFailure, match="again and again"):
        place.file()
    assert len([one for one in place.requests() if one[:2] == ("POST", "/kegiatan")]) == 2


def test_an_application_out_of_order(place: Place) -> None:
    place.fault({"kind": "status", "status": 500, "method": "POST", "path": "/kegiatan"})
    with pytest.raises(OutsideFailure, match="out of order") as caught:
        place.file()
    assert caught.value.remedy
    assert place.entries() == []


def test_an_application_that_is_not_there(place: Place) -> None:
    with pytest.raises(OutsideFailure, match="cannot be reached"):
        place.file(url="http://127.0.0.1:9")


def test_a_wrong_password_is_a_fault_of_the_settings_and_is_not_repeated(place: Place) -> None:
    with pytest.raises(SettingsFault) as caught:
        place.file(password="salah-sekali")
    assert "Email atau kata sandi salah." in caught.value.message
    assert "salah-sekali" not in str(caught.value)


def test_what_the_application_complains_of_is_quoted(place: Place) -> None:
    fields = {**place.settings["entry"]["fields"], "tempat": "", "waktu": "pagi"}
    with pytest.raises(Refusal) as caught:
        place.file(entry=place.entry(fields=fields))
    assert "Kolom tempat wajib diisi." in caught.value.message
    assert "Kolom waktu tidak cocok" in caught.value.message
    assert place.entries() == []


def test_files_that_are_too_large_are_a_refusal(place: Place) -> None:
    place.activity.minutes.write_bytes(bytes(3 * 1024 * 1024))
    with pytest.raises(Refusal, match="notulen gagal diunggah"):
        place.file()
    place.activity.minutes.write_bytes(bytes(9 * 1024 * 1024))
    with pytest.raises(Refusal, match="MIPP finds the minutes and photos too large"):
        place.file(post_limit_kib=20000)
    with pytest.raises(Refusal, match=r"notulen\.pdf is larger than MIPP takes"):
        place.file()
    assert place.entries() == []


def test_photos_share_what_a_post_may_hold(place: Place) -> None:
    place.file(post_limit_kib=500)
    sizes = [one["size"] for one in place.entries()[0]["uploads"]]
    assert sum(sizes) <= 500 * 1024


def test_success_that_the_listing_does_not_show_is_not_believed_nor_repeated(
    place: Place,
) -> None:
    for _run in range(2):
        with pytest.raises(Refusal, match="does not list it"):
            place.file(listing_marks=["{{ agency }}"])
    assert len(place.entries()) == 1
    assert place.file().number == "1"


def test_a_page_without_the_pattern_is_no_success(place: Place) -> None:
    with pytest.raises(Refusal, match="does not take the entry"):
        place.file(entry=place.entry(success="tersimpan dengan nomor"))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"token_selector": "input[name=csrf_test_name]"}, "mipp_token_selector"),
        ({"token_selector": "form > input"}, "Write it like"),
        ({"listing_row": "article.kegiatan"}, "mipp_listing_row"),
        ({"listing": "/tidak-ada"}, "mipp_listing"),
        ({"listing_marks": ["{{ nomor }}"]}, "event_id"),
        ({"url": "mipp.example"}, "mipp_url"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    place: Place, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsFault) as caught:
        place.file(**changes)
    assert named in str(caught.value)
    assert place.entries() == []


def test_a_form_with_other_fields_is_named(place: Place) -> None:
    with pytest.raises(SettingsFault, match="agenda"):
        place.file(entry={"page": "/kegiatan/create", "fields": {"agenda": "{{ title }}"}})


def test_a_token_in_the_head_goes_into_the_header(place: Place) -> None:
    place.file(token_selector="meta[name=csrf-token]")
    assert len(place.entries()) == 1


def test_no_message_says_the_password(place: Place) -> None:
    wishes: list[dict[str, Any]] = [
        {"url": "http://127.0.0.1:9"},
        {"login": {**place.settings["login"], "success": "never"}},
        {"login": {**place.settings["login"], "fields": {"x": "{{ password }}{{ y }}"}}},
    ]
    for changes in wishes:
        with pytest.raises(CcRunError) as caught:
            place.file(**changes)
        assert PASSWORD not in f"{caught.value} {caught.value.remedy}"


def test_by_hand_everything_lies_ready(place: Place) -> None:
    receipt = place.file(mode="manual")
    assert (receipt.mode, receipt.number, receipt.is_complete) == ("manual", None, False)
    folder = place.work_dir / "mipp"
    checklist = (folder / "CHECKLIST.txt").read_text()
    assert "VC-0042" in checklist
    assert "judul: Rapat <Koordinasi> & Evaluasi [VC-0042]" in checklist
    assert "notulen: notulen.pdf" in checklist
    assert "foto[]: 02-foto.jpg" in checklist
    names = {"01-foto.jpg", "02-foto.jpg", "notulen.pdf"}
    assert {path.name for path in (folder / "upload").iterdir()} == names
    assert place.requests() == []
    assert place.file(receipt, mode="manual") == receipt
    place.activity.minutes.write_bytes(b"%PDF-1.7 corrected")
    changed = place.file(receipt, mode="manual")
    assert changed.sha256 != receipt.sha256
    assert (folder / "upload" / "notulen.pdf").read_bytes() == b"%PDF-1.7 corrected"


def test_missing_minutes_are_a_refusal(place: Place) -> None:
    place.activity.minutes.unlink()
    with pytest.raises(Refusal, match=r"notulen\.pdf"):
        place.file()


@pytest.mark.parametrize("mode", ["form", "bearer"])
@pytest.mark.parametrize("path", ["/login", "/kegiatan/create", "/kegiatan", "/api/kegiatan"])
def test_a_kill_at_any_request_makes_no_second_entry(place: Place, path: str, mode: str) -> None:
    changes = {"mode": mode, "token": "token-dari-mipp"}
    place.fault({"kind": "delay", "path": path, "seconds": 2, "times": 1})
    filing = multiprocessing.get_context("fork").Process(target=place.file, kwargs=changes)
    filing.start()
    deadline = time.monotonic() + 60
    # A request is noted once it has done its work, while its answer is held back.
    while filing.is_alive() and (path, "delay") not in [
        (one["path"], one["fault"]) for one in httpx.get(f"{place.url}/_control/requests").json()
    ]:
        assert time.monotonic() < deadline
    filing.kill()
    filing.join()

    assert place.file(**changes).number == "1"
    assert len(place.entries()) == 1
