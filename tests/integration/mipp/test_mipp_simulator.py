"""The MIPP simulator over real HTTP: sessions, tokens, redirects, limits, a kill."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

RUNNER = """
import sys
from pathlib import Path
from cc_run.simulators.serve import serve
from cc_run.simulators.mipp import create_app

app = create_app(Path(sys.argv[1]), username="op@example.go.id", password="rahasia")
serve(app, port=0, announce=lambda url: print(url, flush=True))
"""
LOGIN = {"email": "op@example.go.id", "password": "rahasia"}
JPEG = b"\xff\xd8\xff\xe0 a photo"
ENTRY = {"judul": "Rapat", "tanggal": "2026-11-24", "waktu": "09:00", "tempat": "Aula"}


class Simulator:
    """One process on a state directory, and one browser."""

    def __init__(self, state_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(state_dir)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:")
        self.web = httpx.Client(base_url=self.url)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.web.close()
        self.process.send_signal(number)
        self.process.communicate()
        return self.process.returncode

    def token(self, path: str = "/login") -> str:
        page = self.web.get(path, follow_redirects=True).text
        found = re.search(r'name="_token" value="([^"]+)"', page)
        assert found
        return found[1]

    def log_in(self, **changes: str) -> httpx.Response:
        return self.web.post("/login", data={"_token": self.token(), **LOGIN, **changes})

    def save(self, files: Any = None, **changes: str) -> httpx.Response:
        token = self.token("/kegiatan/create")
        files = [("notulen", ("n.pdf", b"%PDF")), *(files or [])]
        return self.web.post("/kegiatan", data={"_token": token, **ENTRY, **changes}, files=files)

    def entries(self) -> list[dict[str, Any]]:
        return list(self.web.get("/_control/state").json()["entries"])

    def fault(self, **rule: Any) -> None:
        self.web.put("/_control/faults", json=[rule]).raise_for_status()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("mipp"))
    yield simulator
    assert simulator.end() == 0


@pytest.fixture
def mipp(process: Simulator) -> Simulator:
    process.web.cookies.clear()
    process.web.delete("/_control/state").raise_for_status()
    return process


def test_a_redirect_says_nothing_of_the_login(mipp: Simulator) -> None:
    wrong = mipp.log_in(password="salah")
    assert (wrong.status_code, wrong.headers["location"]) == (302, "/login")
    assert "Email atau kata sandi salah." in mipp.web.get("/login").text
    assert "Email atau kata sandi salah." not in mipp.web.get("/login").text
    right = mipp.log_in()
    assert (right.status_code, right.headers["location"]) == (302, "/dashboard")
    assert "Selamat datang" in mipp.web.get("/dashboard").text


def test_a_guest_is_led_to_the_login_and_then_on(mipp: Simulator) -> None:
    assert mipp.web.get("/kegiatan").headers["location"] == "/login"
    assert mipp.log_in().headers["location"] == "/kegiatan"


def test_tokens_are_checked_and_change_at_login(mipp: Simulator) -> None:
    assert mipp.web.post("/login", data=LOGIN).status_code == 419
    before, cookie = mipp.token(), mipp.web.cookies["mipp_session"]
    mipp.log_in()
    assert mipp.web.cookies["mipp_session"] != cookie
    assert mipp.web.post("/kegiatan", data={"_token": before, **ENTRY}).status_code == 419
    assert mipp.token("/kegiatan/create") != before
    assert mipp.entries() == []


def test_an_entry_is_listed_with_its_files(mipp: Simulator, tmp_path: Path) -> None:
    mipp.log_in()
    saved = mipp.save([("foto[]", ("a.jpg", JPEG)), ("foto[]", ("b.jpg", JPEG))])
    assert saved.headers["location"] == "/kegiatan"
    page = mipp.web.get("/kegiatan").text
    assert "Data berhasil disimpan" in page
    assert "Rapat" in page
    assert "Data berhasil disimpan" not in mipp.web.get("/kegiatan").text
    detail = mipp.web.get("/kegiatan/1").text
    stored = re.findall(r'href="(/storage/[^"]+)"', detail)
    assert len(stored) == 3
    assert mipp.web.get(stored[1]).content == JPEG
    assert mipp.web.get("/kegiatan/2").status_code == 404


def test_the_listing_is_newest_first_paged_and_searched(mipp: Simulator) -> None:
    mipp.log_in()
    for number in range(11):
        mipp.save(judul=f"Rapat ke-{number}")
    first = mipp.web.get("/kegiatan").text
    assert first.index("ke-10<") < first.index("ke-9<")
    assert 'rel="next"' in first
    assert "ke-0<" not in first
    assert "ke-0<" in mipp.web.get("/kegiatan?page=2").text
    assert "ke-0<" in mipp.web.get("/kegiatan", params={"cari": "KE-0"}).text


@pytest.mark.parametrize(
    ("changes", "files", "complaint"),
    [
        ({"judul": ""}, [], "Kolom judul wajib diisi."),
        ({"judul": "x" * 256}, [], "tidak boleh lebih dari 255"),
        ({"tanggal": "24-11-2026"}, [], "Kolom tanggal tidak cocok"),
        ({"waktu": "9.00"}, [], "Kolom waktu tidak cocok"),
        ({}, [("foto[]", ("a.jpg", b"text"))], "foto.0 harus berupa gambar."),
        ({}, [("foto[]", ("a.jpg", JPEG + bytes(2 * 1024 * 1024)))], "foto.0 gagal diunggah."),
    ],
)
def test_a_form_that_is_not_valid_comes_back(
    mipp: Simulator, changes: dict[str, str], files: list[Any], complaint: str
) -> None:
    mipp.log_in()
    back = mipp.save(files, **changes)
    assert back.headers["location"] == "/kegiatan/create"
    assert complaint in mipp.web.get("/kegiatan/create").text
    assert mipp.entries() == []


def test_a_post_has_a_limit(mipp: Simulator) -> None:
    mipp.log_in()
    photos = [("foto[]", (f"{i}.jpg", JPEG + bytes(1900 * 1024))) for i in range(5)]
    assert mipp.save(photos).status_code == 413
    assert mipp.entries() == []


def test_what_was_saved_survives_a_kill(tmp_path: Path) -> None:
    first = Simulator(tmp_path)
    first.log_in()
    first.save()
    cookie = first.web.cookies["mipp_session"]
    first.end(signal.SIGKILL)
    second = Simulator(tmp_path)
    second.web.cookies.set("mipp_session", cookie)
    assert "Rapat" in second.web.get("/kegiatan").text
    assert second.end() == 0
    assert "rahasia" not in (tmp_path / "mipp.json").read_text()


def test_faults_strike_as_told(mipp: Simulator) -> None:
    mipp.log_in()
    mipp.fault(kind="status", status=500, path="/kegiatan", times=1)
    assert mipp.web.get("/kegiatan").status_code == 500
    assert mipp.web.get("/kegiatan").status_code == 200
    mipp.fault(kind="drop_after", method="POST", path="/kegiatan")
    with pytest.raises(httpx.TransportError):
        mipp.save()
    assert len(mipp.entries()) == 1
    mipp.fault(kind="drop_before", method="POST", path="/kegiatan")
    with pytest.raises(httpx.TransportError):
        mipp.save()
    assert len(mipp.entries()) == 1
    mipp.fault(kind="expire", path="/kegiatan", times=1)
    assert mipp.web.get("/kegiatan").headers["location"] == "/login"
    kinds = [one["fault"] for one in mipp.web.get("/_control/requests").json() if one["fault"]]
    assert kinds == ["status", "drop_after", "drop_before", "expire"]
    assert mipp.web.put("/_control/faults", json=[{"kind": "none"}]).status_code == 400
