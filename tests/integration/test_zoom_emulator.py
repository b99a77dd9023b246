"""The Zoom emulator over real HTTP: what it promises, what it refuses, what it survives."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
import jsonschema
import pytest

from cc_run.simulators.zoom import create_app

RUNNER = """
import sys
from pathlib import Path
from cc_run.simulators.serve import serve
from cc_run.simulators.zoom import create_app

app = create_app(
    Path(sys.argv[1]), client_id="id", client_secret="secret", account_id="account",
    hosts=sys.argv[2].split(","), basic_users=["basic@example.go.id"],
)
serve(
    app, port=int(sys.argv[3]), announce=lambda url: print(url, flush=True), date_header=False
)
"""
HOSTS = [f"{name}@example.go.id" for name in ("host", "second", "paging", "daily", "shape")]
HOST, SECOND, PAGING, DAILY, SHAPE = HOSTS
CREDENTIALS = ("id", "secret")
TLS = httpx.create_ssl_context()  # made once: it is what takes long in making a client
GRANT = {"grant_type": "account_credentials", "account_id": "account"}


class Emulator:
    """One emulator process on a state directory."""

    def __init__(self, state_dir: Path, port: int = 0) -> None:
        arguments = [str(state_dir), ",".join(HOSTS), str(port)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.web = httpx.Client(verify=TLS)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.web.close()
        self.process.send_signal(number)
        _, complaints = self.process.communicate()
        return self.process.returncode, complaints

    def token(self, **changes: Any) -> httpx.Response:
        asked = {"auth": CREDENTIALS, "data": GRANT, **changes}
        return self.web.post(f"{self.url}/oauth/token", **asked)

    def api(self, token: str | None = None) -> httpx.Client:
        reply = self.token().json() if token is None else {"access_token": token}
        headers = {"Authorization": f"Bearer {reply['access_token']}"}
        return httpx.Client(base_url=f"{self.url}/v2", headers=headers, verify=TLS)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.web.request(method, f"{self.url}/_control{path}", json=body)
        reply.raise_for_status()
        return reply.json() if reply.content else None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("zoom"))
    yield emulator
    assert emulator.end(signal.SIGTERM) == (0, "")


@pytest.fixture
def emulator(shared: Emulator) -> Iterator[Emulator]:
    switches = shared.control("GET", "/switches")
    yield shared
    shared.control("PUT", "/switches", switches)
    shared.control("PUT", "/clock", {"offset_seconds": 0})
    shared.control("DELETE", "/faults")
    shared.control("DELETE", "/requests")


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    with emulator.api() as client:
        yield client


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "topic": "Rapat Koordinasi",
        "type": 2,
        "start_time": in_hours(24),
        "duration": 90,
        "timezone": "Asia/Jakarta",
        **changes,
    }


def make(api: httpx.Client, host: str = HOST, **changes: Any) -> dict[str, Any]:
    reply = api.post(f"/users/{host}/meetings", json=plan(**changes))
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def refusal(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


# --- token


def test_a_token_says_what_it_is_worth(emulator: Emulator) -> None:
    reply = emulator.token().json()
    assert reply["api_url"] == emulator.url
    assert reply["token_type"] == "bearer"
    assert 3000 < reply["expires_in"] <= 3600
    assert "meeting:write:meeting:admin" in reply["scope"].split(" ")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"auth": ("id", "wrong")}, "invalid_client"),
        ({"auth": None}, "invalid_client"),
        ({"data": {**GRANT, "account_id": "other"}}, "invalid_request"),
        ({"data": {"account_id": "account"}}, "invalid_request"),
        ({"data": {**GRANT, "grant_type": "password"}}, "unsupported_grant_type"),
    ],
)
def test_token_errors(emulator: Emulator, changes: dict[str, Any], error: str) -> None:
    reply = emulator.token(**changes)
    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_a_new_token_kills_the_last(emulator: Emulator, api: httpx.Client) -> None:
    assert api.get(f"/users/{HOST}").status_code == 200
    with emulator.api() as newer:
        assert refusal(api.get(f"/users/{HOST}")) == (401, 124)
        assert newer.get(f"/users/{HOST}").json()["type"] == 2


def test_a_token_expires(emulator: Emulator, api: httpx.Client) -> None:
    emulator.control("PUT", "/clock", {"offset_seconds": 3601})
    assert refusal(api.get(f"/users/{HOST}")) == (401, 124)


def test_a_missing_scope_is_named(emulator: Emulator) -> None:
    emulator.control("PUT", "/switches", {"scopes": ["user:read:user:admin"]})
    with emulator.api() as api:
        reply = api.post(f"/users/{HOST}/meetings", json=plan())
        assert refusal(reply) == (400, 4711)
        assert "meeting:write:meeting:admin" in reply.json()["message"]
        assert api.get(f"/users/{HOST}").status_code == 200


# --- meetings


def test_create_list_get_patch_delete(api: httpx.Client) -> None:
    made = make(api, agenda="x" * 300, tracking_fields=[{"field": "event", "value": "VC-0042"}])
    path = f"/meetings/{made['id']}"
    assert len(str(made["id"])) == 11
    assert made["host_email"] == HOST
    assert made["status"] == "waiting"

    listed = api.get(f"/users/{HOST}/meetings", params={"page_size": 300}).json()["meetings"]
    row = next(row for row in listed if row["id"] == made["id"])
    assert len(row["agenda"]) == 250
    assert "tracking_fields" not in row
    assert "password" not in row

    later = in_hours(48)
    change = {"topic": "Diubah", "start_time": later, "settings": {"mute_upon_entry": True}}
    assert api.patch(path, json=change).status_code == 204
    got = api.get(path).json()
    assert (got["topic"], got["start_time"], got["duration"]) == ("Diubah", later, 90)
    assert got["settings"]["mute_upon_entry"] is True
    assert got["tracking_fields"] == [{"field": "event", "value": "VC-0042", "visible": True}]
    assert got["password"] == made["password"]
    assert made["password"] in api.get(f"{path}/invitation").json()["invitation"]

    assert api.delete(path).status_code == 204
    assert refusal(api.get(path)) == (404, 3001)
    assert refusal(api.delete(path)) == (404, 3001)


def test_local_time_is_read_in_its_zone(api: httpx.Client) -> None:
    made = make(api, start_time="2031-11-24T09:00:00")
    assert made["start_time"] == "2031-11-24T02:00:00Z"
    assert make(api, start_time="2031-11-24T09:00:00Z")["start_time"] == "2031-11-24T09:00:00Z"


def test_a_start_in_the_past_is_ignored_without_a_word(api: httpx.Client) -> None:
    made = make(api)
    change = {"start_time": in_hours(-3), "topic": "Tetap"}
    assert api.patch(f"/meetings/{made['id']}", json=change).status_code == 204
    got = api.get(f"/meetings/{made['id']}").json()
    assert (got["topic"], got["start_time"]) == ("Tetap", made["start_time"])


def test_without_a_start_it_becomes_an_instant_meeting(api: httpx.Client) -> None:
    made = make(api, start_time=None)
    assert made["type"] == 1
    listed = api.get(f"/users/{HOST}/meetings", params={"page_size": 300}).json()["meetings"]
    assert made["id"] not in [row["id"] for row in listed]


def test_a_waiting_room_shuts_out_early_guests(api: httpx.Client) -> None:
    made = make(api, settings={"waiting_room": True, "join_before_host": True})
    assert made["settings"]["join_before_host"] is False


@pytest.mark.parametrize("passcode", ["12345678901", "spasi di", "tanda#"])
def test_a_passcode_outside_the_rule_is_refused(api: httpx.Client, passcode: str) -> None:
    reply = api.post(f"/users/{HOST}/meetings", json=plan(password=passcode))
    assert refusal(reply) == (400, 300)
    assert [error["field"] for error in reply.json()["errors"]] == ["password"]


def test_a_passcode_within_the_rule_is_kept_and_a_missing_one_made(api: httpx.Client) -> None:
    assert make(api, password="Aa0@_*-xyz")["password"] == "Aa0@_*-xyz"
    assert 6 <= len(make(api)["password"]) <= 10
    assert make(api, password="123456")["pstn_password"] == "123456"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": "x" * 201}, "topic"),
        ({"agenda": "x" * 2001}, "agenda"),
        ({"start_time": "24/11/2031 09:00"}, "start_time"),
        ({"timezone": "Asia/Makassar"}, "timezone"),
        ({"duration": "lama"}, "duration"),
        ({"settings": {"approval_type": 7}}, "settings.approval_type"),
        ({"settings": {"alternative_hosts": "x@example.com"}}, "settings.alternative_hosts"),
        (
            {"settings": {"alternative_hosts": "basic@example.go.id"}},
            "settings.alternative_hosts",
        ),
    ],
)
def test_validation_names_the_field(api: httpx.Client, changes: dict[str, Any], field: str) -> None:
    reply = api.post(f"/users/{HOST}/meetings", json=plan(**changes))
    assert refusal(reply) == (400, 300)
    assert [error["field"] for error in reply.json()["errors"]] == [field]


def test_alternative_hosts_are_separated_by_semicolons(api: httpx.Client) -> None:
    made = make(api, settings={"alternative_hosts": f"{SECOND};{PAGING}"})
    assert made["settings"]["alternative_hosts"] == f"{SECOND};{PAGING}"


@pytest.mark.parametrize("user", ["me", "nobody@example.go.id"])
def test_an_unknown_user_and_me_are_refused(api: httpx.Client, user: str) -> None:
    assert refusal(api.get(f"/users/{user}")) == (404, 1001)
    assert refusal(api.get(f"/users/{user}/meetings")) == (404, 1001)
    assert refusal(api.post(f"/users/{user}/meetings", json=plan())) == (404, 1001)


def test_what_is_not_there(api: httpx.Client) -> None:
    made = make(api)
    assert refusal(api.get(f"/meetings/{made['id']}/recordings")) == (404, 3301)
    assert refusal(api.patch("/meetings/123", json={})) == (404, 3001)
    assert refusal(api.get("/planets")) == (404, 2300)
    assert api.get("/users/basic@example.go.id").json()["type"] == 1


@pytest.mark.parametrize(("switch", "error"), [("foreign", (400, 1010)), ("barred", (400, 3161))])
def test_users_who_are_elsewhere_or_may_not_host(
    emulator: Emulator, api: httpx.Client, switch: str, error: tuple[int, int]
) -> None:
    emulator.control("PUT", "/switches", {switch: [SECOND]})
    assert refusal(api.post(f"/users/{SECOND}/meetings", json=plan())) == error
    assert refusal(api.get(f"/users/{SECOND}/meetings")) == error
    assert make(api, HOST)["host_email"] == HOST
    for_them = api.post(f"/users/{HOST}/meetings", json=plan(schedule_for=SECOND))
    assert refusal(for_them) == ((400, 3000) if switch == "barred" else (400, 300))


def test_the_old_code_of_a_missing_scope(emulator: Emulator) -> None:
    emulator.control("PUT", "/switches", {"scopes": ["user:read:user"], "scope_code": 104})
    with emulator.api() as api:
        assert refusal(api.post(f"/users/{HOST}/meetings", json=plan())) == (400, 104)


def test_me_is_somebody_where_a_person_has_granted_the_token(
    emulator: Emulator, api: httpx.Client
) -> None:
    emulator.control("PUT", "/switches", {"me": SECOND})
    assert make(api, "me")["host_email"] == SECOND


@pytest.mark.parametrize(
    ("rule", "refused", "taken"),
    [
        ({"length": 8}, "abc1234", "abcd1234"),
        ({"have_letter": True}, "12345678", "1234567a"),
        ({"have_number": True}, "abcdefgh", "abcdefg1"),
        ({"have_special_character": True}, "abcd1234", "abcd123*"),
        ({"have_upper_and_lower_characters": True}, "abcd1234", "Abcd1234"),
        ({"only_allow_numeric": True}, "abcd1234", "13572468"),
        ({"consecutive_characters_length": 4}, "xabcd", "xabce"),
        ({"consecutive_characters_length": 3}, "x111x", "x11x1"),
    ],
)
def test_the_accounts_own_rule_for_passcodes(
    emulator: Emulator, api: httpx.Client, rule: dict[str, Any], refused: str, taken: str
) -> None:
    emulator.control("PUT", "/switches", {"passcode": rule})
    told = api.get(f"/users/{HOST}/settings").json()["schedule_meeting"]
    assert rule.items() <= told["meeting_password_requirement"].items()
    reply = api.post(f"/users/{HOST}/meetings", json=plan(password=refused))
    assert refusal(reply) == (400, 300)
    assert [error["field"] for error in reply.json()["errors"]] == ["password"]
    made = make(api, password=taken)
    change = api.patch(f"/meetings/{made['id']}", json={"password": refused})
    assert refusal(change) == (400, 300)
    assert make(api)["password"]


def test_the_account_tells_its_own_time(emulator: Emulator, api: httpx.Client) -> None:
    emulator.control("PUT", "/clock", {"offset_seconds": 7200})
    stamps = api.get(f"/users/{HOST}").headers.get_list("date")
    assert len(stamps) == 1
    ahead = parsedate_to_datetime(stamps[0]) - datetime.now(UTC)
    assert timedelta(minutes=119) < ahead <= timedelta(minutes=120)


def test_days_bound_the_list(api: httpx.Client) -> None:
    made = make(api, SECOND, start_time="2031-11-24T20:00:00Z")

    def listed(**days: str) -> bool:
        reply = api.get(f"/users/{SECOND}/meetings", params={"page_size": 300, **days})
        return made["id"] in [row["id"] for row in reply.json()["meetings"]]

    assert listed(**{"from": "2031-11-24", "to": "2031-11-24"})
    assert not listed(**{"from": "2031-11-25", "to": "2031-11-26"})
    assert listed(**{"from": "2031-11-25", "to": "2031-11-25", "timezone": "Asia/Jakarta"})


def test_somebody_in_zooms_own_pages_makes_and_changes_meetings(
    emulator: Emulator, api: httpx.Client
) -> None:
    before = emulator.control("GET", "/state")["writes"]
    body = {"topic": "Di luar", "start_time": in_hours(5), "duration": 30}
    [number] = emulator.control("POST", "/meetings", [{"host": SECOND, "body": body}])
    assert api.get(f"/meetings/{number}").json()["topic"] == "Di luar"
    emulator.control("PUT", f"/meetings/{number}", {"type": 3})
    got = api.get(f"/meetings/{number}").json()
    assert (got["type"], "start_time" in got) == (3, False)
    assert emulator.control("GET", "/state")["writes"] == before


def test_pages_lead_through_the_whole_list(emulator: Emulator, api: httpx.Client) -> None:
    made = {make(api, PAGING, topic=f"Rapat {number}")["id"] for number in range(5)}
    seen: list[int] = []
    token = ""
    for size in (2, 2, 1):
        query: dict[str, str | int] = {"page_size": 2, "type": "upcoming", "next_page_token": token}
        page = api.get(f"/users/{PAGING}/meetings", params=query).json()
        assert (len(page["meetings"]), page["total_records"], page["page_count"]) == (size, 5, 3)
        seen += [row["id"] for row in page["meetings"]]
        last, token = token, page["next_page_token"]
    assert token == ""
    assert len(seen) == 5
    assert set(seen) == made

    third = api.get(f"/users/{PAGING}/meetings", params={"page_size": 2, "page_number": 3})
    assert [row["id"] for row in third.json()["meetings"]] == seen[4:]
    emulator.control("PUT", "/clock", {"offset_seconds": 16 * 60})
    stale = api.get(f"/users/{PAGING}/meetings", params={"page_size": 2, "next_page_token": last})
    assert refusal(stale) == (400, 300)


def test_types_divide_the_list_by_time(emulator: Emulator, api: httpx.Client) -> None:
    made = make(api, SECOND, start_time=in_hours(1), duration=30)

    def listed(kind: str) -> bool:
        reply = api.get(f"/users/{SECOND}/meetings", params={"type": kind, "page_size": 300})
        return made["id"] in [row["id"] for row in reply.json()["meetings"]]

    assert [listed(kind) for kind in ("scheduled", "upcoming", "previous_meetings")] == [
        True,
        True,
        False,
    ]
    emulator.control("PUT", "/clock", {"offset_seconds": 100 * 60})
    api.headers.update(emulator.api().headers)
    assert [listed(kind) for kind in ("scheduled", "upcoming", "previous_meetings")] == [
        True,
        False,
        True,
    ]


# --- running a meeting


def test_a_start_link_is_fresh_and_goes_stale(emulator: Emulator, api: httpx.Client) -> None:
    made = make(api, SECOND)
    assert emulator.web.head(made["start_url"]).status_code == 200
    forged = made["start_url"].replace("zak=", "zak=A")
    assert emulator.web.get(forged).status_code == 410
    emulator.control("PUT", "/clock", {"offset_seconds": 2 * 3600 + 1})
    assert emulator.web.get(made["start_url"]).status_code == 410
    api.headers.update(emulator.api().headers)
    fresh = api.get(f"/meetings/{made['id']}").json()["start_url"]
    assert fresh != made["start_url"]
    assert emulator.web.head(fresh).status_code == 200


def test_a_host_runs_one_meeting_at_a_time(emulator: Emulator, api: httpx.Client) -> None:
    first, second = make(api, SHAPE), make(api, SHAPE)
    assert emulator.web.get(first["start_url"]).status_code == 200
    assert first["topic"] in emulator.web.get(second["start_url"]).text
    status = [api.get(f"/meetings/{one['id']}").json()["status"] for one in (first, second)]
    assert status == ["started", "waiting"]
    assert emulator.web.get(first["join_url"]).status_code == 200
    assert refusal(api.delete(f"/meetings/{first['id']}")) == (400, 3002)
    end = api.put(f"/meetings/{first['id']}/status", json={"action": "end"})
    assert end.status_code == 204
    assert api.get(f"/meetings/{first['id']}").json()["status"] == "waiting"


def test_attendance_and_uuids_encoded_twice(emulator: Emulator, api: httpx.Client) -> None:
    made = next(one for one in (make(api) for _ in range(6)) if one["uuid"].startswith("/"))
    past = f"/past_meetings/{made['id']}/participants"
    assert refusal(api.get(past)) == (404, 3001)
    begin = datetime(2031, 11, 24, 2, tzinfo=UTC)
    people = [
        {
            "name": name,
            "user_email": email,
            "join_time": begin.isoformat(),
            "leave_time": (begin + timedelta(minutes=minutes)).isoformat(),
        }
        for name, email, minutes in (("Operator", HOST, 90), ("Dinas", "", 80))
    ]
    emulator.control("POST", f"/meetings/{made['id']}/participants", people)
    rows = api.get(past).json()["participants"]
    assert [(row["name"], row["duration"]) for row in rows] == [
        ("Operator", 5400),
        ("Dinas", 4800),
    ]
    twice = quote(quote(made["uuid"], safe=""), safe="")
    report = api.get(f"/report/meetings/{twice}/participants").json()
    assert [row["name"] for row in report["participants"]] == ["Operator", "Dinas"]
    once = quote(made["uuid"], safe="")
    assert refusal(api.get(f"/report/meetings/{once}/participants")) == (404, 2300)
    assert api.get(f"/past_meetings/{twice}").json()["participants_count"] == 2


def test_attendance_older_than_a_year_is_not_told(emulator: Emulator, api: httpx.Client) -> None:
    made = make(api)
    begin = {"join_time": "2024-11-24T02:00:00Z", "leave_time": "2024-11-24T03:00:00Z"}
    people = [{"name": name, **begin} for name in ("Satu", "Dua")]
    emulator.control("POST", f"/meetings/{made['id']}/participants", people)
    for path in ("past_meetings/{}", "past_meetings/{}/participants"):
        assert refusal(api.get("/" + path.format(made["id"]))) == (400, 12702)
    assert refusal(api.get(f"/report/meetings/{made['id']}/participants")) == (400, 12702)


# --- cloud recordings


def recorded(emulator: Emulator, api: httpx.Client, folder: Path, content: bytes) -> dict[str, Any]:
    """A held meeting and its cloud recording."""
    made = make(api)
    stay = {"join_time": "2031-11-24T02:00:00Z", "leave_time": "2031-11-24T03:00:00Z"}
    people = [{"name": name, **stay} for name in ("Satu", "Dua")]
    path = folder / "film.mp4"
    path.write_bytes(content)
    emulator.control("POST", f"/meetings/{made['id']}/participants", people)
    emulator.control("POST", f"/meetings/{made['id']}/recordings", [{"path": str(path)}])
    return made


def test_a_recording_is_handed_out_whole_or_in_part_and_elsewhere(
    emulator: Emulator, api: httpx.Client, tmp_path: Path
) -> None:
    content = os.urandom(5000)
    made = recorded(emulator, api, tmp_path, content)
    listed = api.get(
        f"/meetings/{made['id']}/recordings", params={"include_fields": "download_access_token"}
    ).json()
    [file] = listed["recording_files"]
    assert (file["file_size"], file["status"]) == (5000, "completed")
    url, bearer = file["download_url"], api.headers["authorization"]
    assert emulator.web.get(url).status_code == 401
    assert emulator.web.get(f"{url}?access_token={bearer.split()[1]}").status_code == 401
    led = emulator.web.get(url, headers={"authorization": bearer})
    assert led.status_code == 302
    elsewhere = led.headers["location"]
    assert elsewhere.startswith("http://localhost:")
    whole = emulator.web.get(elsewhere)
    assert whole.content == content
    assert ".mp4" in whole.headers["content-disposition"]
    part = emulator.web.get(elsewhere, headers={"range": "bytes=4000-"})
    assert (part.status_code, part.content) == (206, content[4000:])
    assert part.headers["content-range"] == "bytes 4000-4999/5000"
    assert emulator.web.get(elsewhere, headers={"range": "bytes=5000-"}).status_code == 416
    assert emulator.web.get(elsewhere, headers={"authorization": bearer}).status_code == 400
    assert emulator.web.get(elsewhere + "x").status_code == 403
    own = f"Bearer {listed['download_access_token']}"
    assert emulator.web.get(url, headers={"authorization": own}).status_code == 302
    emulator.control("PUT", "/clock", {"offset_seconds": 700})
    assert emulator.web.get(elsewhere).status_code == 403
    emulator.control("PUT", "/clock", {"offset_seconds": 0})
    assert refusal(api.get(f"/meetings/{make(api)['id']}/recordings")) == (404, 3301)


# --- what is told by itself


class Ear(BaseHTTPRequestHandler):
    """A receiver that hears nothing until it is told to."""

    heard: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    answers: ClassVar[dict[str, int]] = {"status": 500}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((dict(self.headers.items()), body))
        told = json.loads(body)
        reply = b""
        if told["event"] == "endpoint.url_validation" and self.answers["status"] == 200:
            token = told["payload"]["plainToken"]
            proof = hmac.new(b"rahasia", token.encode(), hashlib.sha256).hexdigest()
            reply = json.dumps({"plainToken": token, "encryptedToken": proof}).encode()
        self.send_response(self.answers["status"])
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_words: Any) -> None:
        """Says nothing."""


@pytest.fixture
def ear() -> Iterator[str]:
    Ear.heard.clear()
    Ear.answers["status"] = 500
    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/zoom"
        server.shutdown()
        thread.join()


def test_what_happens_is_told_signed_and_again_and_outlives_a_kill(
    tmp_path: Path, ear: str
) -> None:
    first = Emulator(tmp_path)
    subscription = {"url": ear, "secret": "rahasia", "retry_seconds": [0.1, 0.2, 600]}
    assert not first.control("PUT", "/webhook", subscription)["validated"]
    with first.api() as api:
        made = make(api)
        assert first.web.get(made["start_url"]).status_code == 200
    [waiting] = first.control("GET", "/webhook/deliveries")
    assert (waiting["event"], waiting["tries"]) == ("meeting.started", [])
    Ear.answers["status"] = 200
    assert first.control("PUT", "/webhook", {})["validated"]
    Ear.answers["status"] = 503
    until(lambda: len(first.control("GET", "/webhook/deliveries")[0]["tries"]) == 3)
    assert "secret" not in first.control("GET", "/webhook")
    first.end(signal.SIGKILL)

    Ear.answers["status"] = 200
    second = Emulator(tmp_path)
    second.control("POST", "/webhook/deliveries")
    until(lambda: second.control("GET", "/webhook/deliveries")[0]["state"] == "delivered")
    [delivery] = second.control("GET", "/webhook/deliveries")
    assert delivery["tries"] == [503, 503, 503, 200]
    for headers, body in Ear.heard:
        said = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + body
        proof = hmac.new(b"rahasia", said, hashlib.sha256).hexdigest()
        assert headers["x-zm-signature"] == f"v0={proof}"
    told = [body for _headers, body in Ear.heard if b"meeting.started" in body]
    assert len(set(told)) == 1  # the same, each time it is told
    assert json.dumps(json.loads(told[0]), separators=(",", ":"), ensure_ascii=False) == (
        told[0].decode()
    )
    facts = json.loads(told[0])["payload"]["object"]
    assert (facts["id"], facts["uuid"]) == (str(made["id"]), made["uuid"])

    Ear.answers["status"] = 500
    second.control("PUT", "/webhook", {"retry_seconds": [0, 0, 0]})
    with second.api() as api:
        api.put(f"/meetings/{made['id']}/status", json={"action": "end"})
    until(lambda: second.control("GET", "/webhook/deliveries")[1]["state"] == "given up")
    assert second.control("GET", "/webhook/deliveries")[1]["tries"] == [500] * 4
    assert second.web.put(f"{second.url}/_control/webhook", json={"x": 1}).status_code == 400
    second.control("DELETE", "/webhook")
    assert second.end(signal.SIGINT)[0] == 0


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- limits


def test_the_daily_limit_is_of_a_host_and_names_its_end(
    emulator: Emulator, api: httpx.Client
) -> None:
    assert emulator.control("GET", "/switches")["daily_limit"] == 100
    emulator.control("PUT", "/switches", {"daily_limit": 2})
    first = api.post(f"/users/{DAILY}/meetings", json=plan())
    assert first.headers["X-RateLimit-Remaining"] == "1"
    path = f"/meetings/{first.json()['id']}"
    assert api.patch(path, json={"topic": "Kedua"}).status_code == 204
    full = api.post(f"/users/{DAILY}/meetings", json=plan())
    assert full.status_code == 429
    assert full.headers["X-RateLimit-Type"] == "Daily-limit"
    today = datetime.fromisoformat(emulator.control("GET", "/clock")["now"]).date()
    assert full.headers["Retry-After"] == f"{today + timedelta(days=1)}T00:00:00Z"
    assert api.get(path).json()["topic"] == "Kedua"

    emulator.control("PUT", "/clock", {"offset_seconds": 86400})
    with emulator.api() as tomorrow:
        assert tomorrow.patch(path, json={"topic": "Ketiga"}).status_code == 204


def test_the_pace_limit_is_off_until_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = "cc_run.simulators.zoom.limits.monotonic"
    monkeypatch.setattr(clock, lambda: 7.0)
    app = create_app(
        tmp_path, client_id="id", client_secret="secret", account_id="account", hosts=HOSTS
    )

    async def in_process() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://zoom") as client:
            reply = await client.post("/oauth/token", data=GRANT, auth=CREDENTIALS)
            client.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
            path = f"/v2/users/{HOST}/meetings"
            assert {(await client.get(path)).status_code for _ in range(30)} == {200}
            await client.put("/_control/switches", json={"per_second_limits": True})
            replies = [await client.get(path) for _ in range(21)]
            assert [reply.status_code for reply in replies] == [200] * 20 + [429]
            left = [reply.headers["X-RateLimit-Remaining"] for reply in replies]
            assert left == [str(count) for count in (*range(19, -1, -1), 0)]
            assert {reply.headers["X-RateLimit-Type"] for reply in replies} == {"QPS"}
            monkeypatch.setattr(clock, lambda: 8.0)
            assert (await client.get(path)).status_code == 200

    asyncio.run(in_process())


# --- faults


def test_drop_after_acts_and_says_nothing(emulator: Emulator, api: httpx.Client) -> None:
    rule = {"method": "POST", "path": "/v2/users/*/meetings", "kind": "drop_after", "times": 1}
    emulator.control("PUT", "/faults", [rule])
    emulator.control("DELETE", "/requests")
    with pytest.raises(httpx.TransportError):
        api.post(f"/users/{SECOND}/meetings", json=plan(topic="Diam-diam"))
    state = emulator.control("GET", "/state")
    assert [one["topic"] for one in state["meetings"]].count("Diam-diam") == 1
    noted = emulator.control("GET", "/requests")
    assert [(one["method"], one["status"], one["fault"]) for one in noted] == [
        ("POST", 201, "drop_after")
    ]
    make(api, SECOND, topic="Terdengar")


def test_drop_before_does_not_act(emulator: Emulator, api: httpx.Client) -> None:
    emulator.control("PUT", "/faults", [{"method": "POST", "kind": "drop_before"}])
    with pytest.raises(httpx.TransportError):
        api.post(f"/users/{SECOND}/meetings", json=plan(topic="Tak pernah"))
    topics = [one["topic"] for one in emulator.control("GET", "/state")["meetings"]]
    assert "Tak pernah" not in topics
    assert api.get(f"/users/{SECOND}").status_code == 200


def test_truncate_breaks_off_in_mid_reply(emulator: Emulator, api: httpx.Client) -> None:
    emulator.control("PUT", "/faults", [{"kind": "truncate", "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        api.get(f"/users/{HOST}")
    assert api.get(f"/users/{HOST}").status_code == 200


def test_a_status_fault_strikes_each_third_time(emulator: Emulator, api: httpx.Client) -> None:
    rule = {"path": "/v2/users/*", "kind": "status", "status": 503, "code": 7, "every": 3}
    emulator.control("PUT", "/faults", [rule])
    replies = [api.get(f"/users/{HOST}").status_code for _ in range(6)]
    assert replies == [200, 200, 503, 200, 200, 503]


def test_a_delay_outlasts_a_hasty_client_and_still_acts(
    emulator: Emulator, api: httpx.Client
) -> None:
    rule = {"method": "POST", "kind": "delay", "seconds": 30, "times": 1}
    emulator.control("PUT", "/faults", [rule])
    with pytest.raises(httpx.ReadTimeout):
        api.post(f"/users/{SECOND}/meetings", json=plan(topic="Lambat"), timeout=0.5)
    topics = [one["topic"] for one in emulator.control("GET", "/state")["meetings"]]
    assert topics.count("Lambat") == 1


def test_a_reply_held_back_does_not_hold_back_the_end(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    emulator.control("PUT", "/faults", [{"kind": "delay", "seconds": 600}])
    with socket.create_connection(("127.0.0.1", httpx.URL(emulator.url).port or 0)) as waiting:
        waiting.sendall(b"GET /v2/users/x HTTP/1.1\r\nHost: zoom\r\n\r\n")
        while not emulator.control("GET", "/requests"):
            continue
        assert emulator.end(signal.SIGTERM) == (0, "")
        assert waiting.recv(1) == b""


def test_a_rule_that_makes_no_sense_is_refused(emulator: Emulator) -> None:
    reply = emulator.web.put(f"{emulator.url}/_control/faults", json=[{"kind": "explode"}])
    assert reply.status_code == 400
    assert emulator.control("GET", "/faults") == []


def test_the_log_holds_no_secret(emulator: Emulator, api: httpx.Client) -> None:
    made = make(api, SECOND, password="Rahasia1")
    emulator.web.head(made["start_url"])
    text = json.dumps(emulator.control("GET", "/requests"))
    assert f"/s/{made['id']}" in text
    for secret in ("Rahasia1", "zak", api.headers["Authorization"].split()[1]):
        assert secret not in text


# --- survival


def test_a_killed_emulator_goes_on_where_it_was(tmp_path: Path) -> None:
    first = Emulator(tmp_path)
    port = int(first.url.rpartition(":")[2])
    with first.api() as api:
        made = make(api)
        token = api.headers["Authorization"].split()[1]
        first.control("PUT", "/faults", [{"kind": "drop_before", "path": "/v2/never"}])
    assert first.end(signal.SIGKILL)[0] == -signal.SIGKILL

    second = Emulator(tmp_path, port)
    with second.api(token) as api:
        got = api.get(f"/meetings/{made['id']}").json()
        assert (got["uuid"], got["password"]) == (made["uuid"], made["password"])
        assert [one["path"] for one in second.control("GET", "/faults")] == ["/v2/never"]
        assert [one["method"] for one in second.control("GET", "/requests")][:2] == ["POST", "POST"]
        assert list(second.control("GET", "/state")["writes"].values()) == [1]
    busy = subprocess.run(
        [sys.executable, "-c", RUNNER, str(tmp_path / "other"), HOST, str(port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"Port {port} cannot be opened" in busy.stderr
    assert second.end(signal.SIGINT) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "other",
        "requests.jsonl",
        "zoom.db",
    ]


# --- Zoom's own description


def spec_file() -> Path:
    """Zoom's OpenAPI description, which its terms keep out of this repository."""
    beside = Path(__file__).parents[2].parent / "shared" / "zoom-spec"
    named = Path(os.environ.get("CC_RUN_ZOOM_SPEC") or beside)
    return named / "zoom-meetings-subset.json" if named.is_dir() else named


def test_replies_fit_zooms_own_description(
    emulator: Emulator, api: httpx.Client, tmp_path: Path
) -> None:
    if not spec_file().is_file():
        sys.stdout.write("nothing to compare\n")
        return
    spec = json.loads(spec_file().read_text(encoding="utf-8"))
    made = make(api, SHAPE, tracking_fields=[{"field": "event", "value": "VC-1"}])
    begin = {"join_time": "2031-11-24T02:00:00Z", "leave_time": "2031-11-24T03:00:00Z"}
    people = [{"name": name, **begin} for name in ("Satu", "Dua")]
    emulator.control("POST", f"/meetings/{made['id']}/participants", people)
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    emulator.control("POST", f"/meetings/{made['id']}/recordings", [{"path": str(film)}])
    number = made["id"]
    replies = {
        ("/users/{userId}/meetings", "post", "201"): made,
        ("/users/{userId}/meetings", "get", "200"): api.get(f"/users/{SHAPE}/meetings").json(),
    }
    for path in (
        "/meetings/{meetingId}",
        "/meetings/{meetingId}/invitation",
        "/meetings/{meetingId}/recordings",
        "/past_meetings/{meetingId}",
        "/past_meetings/{meetingId}/participants",
        "/report/meetings/{meetingId}/participants",
    ):
        replies[path, "get", "200"] = api.get(path.format(meetingId=number)).json()
    for (path, method, status), reply in replies.items():
        content = spec["paths"][path][method]["responses"][status]["content"]
        schema = {**content["application/json"]["schema"], "components": spec["components"]}
        jsonschema.Draft7Validator.check_schema(schema)
        problems = list(jsonschema.Draft7Validator(schema).iter_errors(reply))
        assert not problems, f"{method} {path}: {[problem.message for problem in problems]}"
        unknown = set(reply) - _described(spec, schema)
        assert unknown <= {"page_number", "uuid", "host_id", "status"}, (path, unknown)


def _described(spec: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """The names that a schema describes at its top."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    names = set(schema.get("properties", {}))
    return names.union(*(_described(spec, part) for part in schema.get("allOf", [])))
