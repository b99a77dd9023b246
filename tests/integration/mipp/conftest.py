"""MIPP's simulators, an activity for them, and settings for each way of filing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from cc_run.archive.mipp import Activity, Receipt, file_activity
from cc_run.processes import tied
from cc_run.settings.models import Mipp

RUNNER = """
import sys
from pathlib import Path
from cc_run.simulators.serve import serve
from cc_run.simulators.mipp import create_app

app = create_app(
    Path(sys.argv[1]),
    username="op@example.go.id",
    password="rahasia-sekali",
    token="token-dari-mipp",
    style=sys.argv[2],
)
serve(app, port=0, announce=lambda url: print(url, flush=True))
"""
PASSWORD = "rahasia-sekali"


class Place:
    """A simulator, the settings for it, an activity, and a working folder."""

    def __init__(self, url: str, folder: Path, style: str = "laravel") -> None:
        self.folder = folder
        self.url, self.work_dir = url, folder / "VC-0042"
        minutes = folder / "notulen.pdf"
        minutes.write_bytes(b"%PDF-1.7 minutes")
        photo = folder / "foto.png"
        Image.effect_noise((640, 480), 80).save(photo)
        self.activity = Activity(
            event_id="VC-0042",
            title="Rapat <Koordinasi> & Evaluasi",
            date=date(2026, 11, 24),
            start=time(9, 0),
            end=time(11, 30),
            place="Command Center",
            agency="Dinas Kesehatan",
            minutes=minutes,
            photos=(photo, photo),
        )
        self.settings: dict[str, Any] = {
            "mode": "form",
            "url": url,
            "username": "op@example.go.id",
            "password": PASSWORD,
            "token": "",
            "expired": "(?i)action you have requested is not allowed",
            "api": {},
            "drop": {},
            "upload_recording": False,
            "token_selector": {
                "laravel": "input[name=_token]",
                "codeigniter": "input[name=csrf_test_name]",
            }[style],
            "login": {
                "page": "/login",
                "fields": {"email": "{{ username }}", "password": "{{ password }}"},
                "success": "Dasbor",
            },
            "entry": {
                "page": "/kegiatan/create",
                "fields": {
                    "judul": "{{ title }} [{{ event_id }}]",
                    "tanggal": "{{ date }}",
                    "waktu": "{{ start }}",
                    "tempat": "{{ place }}",
                    "penyelenggara": "{{ agency }}",
                },
                "files": {"notulen": "minutes", "foto[]": "photos"},
                "success": "berhasil disimpan",
            },
            "listing": "/kegiatan",
            "listing_row": "tr",
            "listing_marks": ["{{ event_id }}", "{{ title }}"],
            "message_selector": ".alert-danger, .invalid-feedback",
            "photo_limit_kib": 400,
            "post_limit_kib": 8000,
            "timeout": 5,
        }

    def mipp(self, **changes: Any) -> Mipp:
        return Mipp.model_validate({**self.settings, **changes})

    def file(self, known: Receipt | None = None, **changes: Any) -> Receipt:
        return file_activity(
            self.mipp(**changes), self.activity, work_dir=self.work_dir, known_receipt=known
        )

    def entry(self, **changes: Any) -> dict[str, Any]:
        return {**self.settings["entry"], **changes}

    def fault(self, *rules: dict[str, Any]) -> None:
        httpx.put(f"{self.url}/_control/faults", json=rules).raise_for_status()

    def entries(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.url}/_control/state").json()["entries"])

    def requests(self) -> list[tuple[str, str, int]]:
        noted = httpx.get(f"{self.url}/_control/requests").json()
        return [(one["method"], one["path"], one["status"]) for one in noted]


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The address of a simulator in a framework's manner; one process each for all tests."""
    running: dict[str, tuple[subprocess.Popen[str], str]] = {}

    def address(style: str) -> str:
        if style not in running:
            folder = str(tmp_path_factory.mktemp(style))
            command = [sys.executable, "-c", RUNNER, folder, style]
            process = subprocess.Popen(tied(command), stdout=subprocess.PIPE, text=True)
            assert process.stdout
            running[style] = process, process.stdout.readline().strip()
        return running[style][1]

    yield address
    for process, _address in running.values():
        process.send_signal(signal.SIGTERM)
        process.communicate()


@pytest.fixture
def placed(simulated: Callable[[str], str], tmp_path: Path) -> Callable[[str], Place]:
    def place(style: str) -> Place:
        address = simulated(style)
        httpx.delete(f"{address}/_control/state").raise_for_status()
        return Place(address, tmp_path, style)

    return place


@pytest.fixture
def place(placed: Callable[[str], Place]) -> Place:
    """An application in Laravel's manner."""
    return placed("laravel")
