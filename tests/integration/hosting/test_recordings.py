"""``host recordings``: what Zoom's cloud recorded comes whole, whatever breaks on the way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cc_run.archive.contents import gather
from cc_run.archive.sums import Sums
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.hosting import downloading
from cc_run.hosting.cloud_files import cloud_file
from cc_run.hosting.downloading import Downloader
from cc_run.hosting.schedule import connect, shared_tokens
from cc_run.hosting.token import Token
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace, open_workspace

FILE = "/rec/file/*"
ASK = "/rec/download/*"
SIZE = 3_000_000


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "pause", lambda _attempt: 0.0)


class Held:
    """A held meeting, whose cloud recordings are set."""

    def __init__(self, desk: Any, event: Event, tmp_path: Path) -> None:
        self.desk, self.event, self.folder = desk, event, tmp_path
        desk.create(event)
        self.number = desk.meeting()["id"]
        stay = {"join_time": "2026-11-24T02:00:00Z", "leave_time": "2026-11-24T04:00:00Z"}
        people = [{"name": name, **stay} for name in ("Siti", "Agus")]
        desk.emulator.control("POST", f"/meetings/{self.number}/participants", people)

    def record(self, *files: dict[str, Any]) -> None:
        desk = self.desk
        desk.emulator.control("POST", f"/meetings/{self.number}/recordings", list(files))

    def film(self, size: int = SIZE, **more: Any) -> dict[str, Any]:
        path = self.folder / f"film-{len(list(self.folder.glob('film-*')))}"
        path.write_bytes(os.urandom(size))
        return {"path": str(path), **more}

    def fetch(self, code: int = 0) -> Any:
        answer = self.desk.run("host", "recordings", "--event", self.event.id, "--json")
        assert answer.code == code, answer
        return answer.json if answer.out else answer

    @property
    def kept(self) -> Path:
        return Path(self.desk.state) / "events" / self.event.id / "recording" / "zoom"

    def sent(self) -> list[int]:
        """The answers of the store of files."""
        noted = self.desk.emulator.control("GET", "/requests")
        return [one["status"] for one in noted if one["path"].startswith("/rec/file/")]


@pytest.fixture
def held(desk, event: Event, tmp_path: Path) -> Held:
    return Held(desk, event, tmp_path)


def same(path: Path, given: dict[str, Any]) -> bool:
    return path.read_bytes() == Path(given["path"]).read_bytes()


def test_every_file_comes_with_what_it_is_and_goes_into_the_bag(
    held: Held, workspace: Workspace
) -> None:
    film = held.film()
    chat = held.film(20, recording_type="chat_file", file_type="CHAT")
    twin = held.film(30, recording_type="chat_file", file_type="CHAT")
    empty = held.film(0, recording_type="audio_transcript", file_type="TRANSCRIPT")
    held.record(film, chat, twin, empty)
    found = held.fetch()
    assert [(file["kind"], file["size"], file["new"]) for file in found["files"]] == [
        ("shared_screen_with_speaker_view", SIZE, True),
        ("chat_file", 20, True),
        ("chat_file", 30, True),
        ("audio_transcript", 0, True),
    ]
    names = [Path(file["file"]).name for file in found["files"]]
    assert names == [
        "GMT20261124-020000_Recording_shared_screen_with_speaker_view.mp4",
        "GMT20261124-020000_Recording_chat_file.txt",
        "GMT20261124-020000_Recording_chat_file-2.txt",
        "GMT20261124-020000_Recording_audio_transcript.vtt",
    ]
    for name, given in zip(names, (film, chat, twin, empty), strict=True):
        assert same(held.kept / name, given)
    beside = json.loads((held.kept / f"{names[0]}.json").read_text())
    assert (beside["type"], beside["size"]) == ("shared_screen_with_speaker_view", SIZE)
    assert beside["recording_start"] == "2026-11-24T02:00:00+00:00"
    # The store that Zoom leads on to refuses whoever shows it a token.
    assert held.sent() == [200] * 3  # an empty file needs no asking

    again = held.fetch()
    assert [file["new"] for file in again["files"]] == [False] * 4
    assert held.sent() == [200] * 3
    entries = workspace.journal.entries(held.event.id)
    noted = [one.data["type"] for one in entries if one.kind == "zoom.fetched"]
    assert noted == [file["kind"] for file in found["files"]]
    assert "sig=" not in json.dumps([one.data for one in entries])

    with workspace.journal.step(held.event.id, 5, "Budi") as step:
        step.output = {"file": None}
    entries = workspace.journal.entries(held.event.id)
    bag = gather(workspace, held.event, entries, Sums(workspace.state_dir / "sums"))
    packed = {one.name for one in bag if one.name.startswith("recording/zoom/")}
    assert packed == {f"recording/zoom/{name}{end}" for name in names for end in ("", ".json")}

    told = held.desk.run("host", "recordings", "--event", held.event.id).out
    assert "is here already" in told
    assert f"cc-run archive --event {held.event.id}" in told


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ([{"path": FILE, "kind": "truncate", "times": 3}], [200, 206, 206, 206]),
        ([{"path": FILE, "kind": "drop_after", "times": 2}], [200, 200, 200]),
        ([{"path": FILE, "kind": "status", "status": 503, "times": 2}], [503, 503, 200]),
        (
            [{"path": FILE, "kind": "status", "status": 403, "times": 1}],
            [403, 200],
        ),
        (
            [
                {
                    **{"path": FILE, "kind": "status", "status": 429, "times": 1},
                    "headers": {"Retry-After": "0"},
                }
            ],
            [429, 200],
        ),
        ([{"path": ASK, "kind": "status", "status": 500, "times": 2}], [200]),
        ([{"path": FILE, "kind": "stall", "times": 1}], [200, 206]),
    ],
    ids=["cut", "dropped", "503", "expired-link", "429", "500", "silent"],
)
def test_what_breaks_off_goes_on(
    held: Held, faults: list[dict[str, Any]], statuses: list[int]
) -> None:
    held.desk.set(cc_zoom_timeout=1.0)
    film = held.film()
    held.record(film)
    held.desk.emulator.fault(*faults)
    [file] = held.fetch()["files"]
    assert same(Path(file["file"]), film)
    assert held.sent() == statuses
    assert list(held.kept.glob(".*")) == []


def test_a_token_that_dies_on_the_way_is_renewed(held: Held) -> None:
    film = held.film()
    held.record(film, held.film())
    emulator = held.desk.emulator
    emulator.fault({"path": FILE, "kind": "truncate", "times": 1})
    waits = []

    def somebody_takes_the_token(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            emulator.new_token()

    workspace = open_workspace(load())
    with connect(workspace) as zoom:
        listed = zoom.recordings(str(held.number))["recording_files"]
    part = held.folder / "part"
    before = emulator.asked("POST", "/oauth/token")
    with Downloader(
        shared_tokens(workspace), timeout=10, sleep=somebody_takes_the_token
    ) as downloader:
        told: list[int] = []
        downloader.fetch(listed[0]["download_url"], part, SIZE, told.append)
    assert same(part, film)
    assert told == sorted(told)
    assert emulator.asked("GET", ASK) == 3  # cut, refused, with the new token
    assert emulator.asked("POST", "/oauth/token") == before + 2


def test_a_store_that_hands_out_no_parts_begins_again(held: Held) -> None:
    film = held.film()
    held.record(film)
    held.desk.emulator.control("PUT", "/switches", {"ranges": False})
    held.desk.emulator.fault({"path": FILE, "kind": "truncate", "times": 1})
    [file] = held.fetch()["files"]
    assert same(Path(file["file"]), film)
    assert held.sent() == [200, 200]


def test_a_kill_in_mid_download_leaves_what_has_arrived(held: Held, workspace: Workspace) -> None:
    film, other = held.film(), held.film()
    held.record(film, other)
    held.desk.emulator.fault({"path": FILE, "kind": "stall", "times": 1})
    process = held.desk.begin("host", "recordings", "--event", held.event.id)
    part = eventually(lambda: half_of(held.kept))
    busy = held.fetch(1)
    assert "is being worked on by process" in busy.err
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not list(held.kept.glob("[!.]*"))
    digest = hashlib.sha256(part.read_bytes()).digest()

    files = held.fetch()["files"]
    assert [same(Path(file["file"]), one) for file, one in zip(files, (film, other), strict=True)]
    whole = Path(files[0]["file"]).read_bytes()
    assert hashlib.sha256(whole[: SIZE // 2]).digest() == digest
    assert held.sent() == [200, 206, 200]
    kinds = [one.kind for one in workspace.journal.entries(held.event.id)]
    assert kinds.count("zoom.fetched") == 2


@pytest.mark.parametrize("moment", ["named", "unnamed", "unnoted"])
def test_a_kill_at_the_end_of_a_file_fetches_nothing_again(
    held: Held, workspace: Workspace, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = held.film(1000)
    held.record(film)
    target, name = {
        "unnamed": (downloading, "os"),
        "named": (Path, "replace"),
        "unnoted": (type(workspace.journal), "append"),
    }[moment]
    real = getattr(target, name)

    def killed(*given: Any, **more: Any) -> Any:
        if moment == "named" and not str(given[1]).endswith(".mp4"):
            return real(*given, **more)
        raise KeyboardInterrupt

    class Killed:
        fsync = staticmethod(killed)

    monkeypatch.setattr(target, name, Killed if moment == "unnamed" else killed)
    answer = held.desk.run("host", "recordings", "--event", held.event.id)
    assert answer.code == 130
    monkeypatch.setattr(target, name, real)
    [file] = held.fetch()["files"]
    assert same(Path(file["file"]), film)
    assert held.sent() == [200]
    kinds = [one.kind for one in workspace.journal.entries(held.event.id)]
    assert kinds.count("zoom.fetched") == 1


def test_what_cannot_be_had_is_told(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    none = held.desk.run("host", "recordings", "--event", held.event.id)
    assert (none.code, "no cloud recording" in none.err) == (1, True)

    film = held.film(100)
    held.record(film, held.film(50, status="processing", file_type="M4A"))
    unfinished = held.desk.run("host", "recordings", "--event", held.event.id)
    assert (unfinished.code, "not ready yet: 1" in unfinished.err) == (3, True)
    assert len(list(held.kept.glob("*.mp4"))) == 1

    emulator = held.desk.emulator
    held.record(held.film(100))
    emulator.fault({"path": FILE, "kind": "status", "status": 502})
    away = held.desk.run("host", "recordings", "--event", held.event.id)
    assert (away.code, "does not arrive: HTTP 502" in away.err) == (3, True)
    emulator.fault({"path": ASK, "kind": "status", "status": 401, "code": 124})
    denied = held.desk.run("host", "recordings", "--event", held.event.id)
    assert (denied.code, "cloud_recording:read" in denied.err) == (4, True)
    emulator.fault()
    usage = shutil_usage(free=1000)
    monkeypatch.setattr("cc_run.hosting.recordings.shutil.disk_usage", lambda _path: usage)
    full = held.desk.run("host", "recordings", "--event", held.event.id)
    assert (full.code, "are free in" in full.err) == (3, True)


def shutil_usage(free: int) -> Any:
    from shutil import disk_usage

    return type(disk_usage("/"))(free, 0, free)


def test_a_name_leads_nowhere_else(held: Held) -> None:
    for name, safe in (
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".bashrc", "bashrc"),
        ("Audio Siti: «Rapat»?.m4a", "Audio_Siti_Rapat_.m4a"),
        ("x" * 300 + ".mp4", "x" * 120 + ".mp4"),
        ("/", "recording"),
    ):
        assert cloud_file({"id": "1", "file_name": name}).name == safe


def test_a_token_never_travels_without_encryption(tmp_path: Path) -> None:
    class Tokens:
        def get(self, *_asked: Any, **_more: Any) -> Token:
            return Token("rahasia", 0, "", "https://api.zoom.us", "")

    downloader = Downloader(Tokens(), timeout=5)  # type: ignore[arg-type]
    with downloader, pytest.raises(OutsideFailure, match="without encryption"):
        downloader.fetch("http://127.0.0.1:9/film", tmp_path / "part", 10, lambda _here: None)


def half_of(folder: Path) -> Path | None:
    found = [part for part in folder.glob(".*.part") if part.stat().st_size == SIZE // 2]
    return found[0] if found else None


def eventually(ask: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")
