"""What Zoom tells by itself: a real emulator, a real receiver, HTTP between them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cc_run.database.engine import open_database
from cc_run.events import Event
from cc_run.hosting.webhook.box import Box
from cc_run.hosting.webhook.notice import Notice, read
from cc_run.hosting.webhook.noting import note, runs_of
from cc_run.hosting.webhook.proof import Untrusted, answer, prove
from cc_run.journal import Journal
from cc_run.workspace import Workspace

SECRET = "Rahasia-webhook-7Kq"
PATIENCE = 60.0
STARTED_TS = 1_795_485_600_000


class Receiver:
    """``cc-run webhook`` as a process of its own, and what it prints."""

    def __init__(self, port: int = 0, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cc_run.cli", "webhook", "--port", str(port), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.lines: list[dict[str, Any]] = []
        self.passed: list[dict[str, Any]] = []
        self.url = self.until("listening")["listening"]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def until(self, *names: str, **facts: Any) -> dict[str, Any]:
        """The next line that has those names and facts; others wait to be asked for."""

        def fits(line: dict[str, Any]) -> bool:
            return all(name in line for name in names) and facts.items() <= line.items()

        for line in self.passed:
            if fits(line):
                self.passed.remove(line)
                return line
        assert self.process.stdout
        for text in self.process.stdout:
            line = json.loads(text)
            self.lines.append(line)
            if fits(line):
                return line
            self.passed.append(line)
        raise AssertionError(self.process.communicate())

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        self.lines += [json.loads(text) for text in out.splitlines()]
        return self.process.returncode, err


class Subscribed:
    """A meeting of an event, and Zoom, which tells a receiver of it."""

    def __init__(self, desk: Any, event: Event) -> None:
        self.desk, self.event = desk, event
        self.receiver = Receiver()

    def subscribe(self, **more: Any) -> dict[str, Any]:
        wish = {"url": f"{self.receiver.url}/zoom", "secret": SECRET, "retry_seconds": [3600] * 3}
        return dict(self.desk.emulator.control("PUT", "/webhook", {**wish, **more}))

    def start(self) -> None:
        meeting = self.desk.by_hand("GET", self.desk.meeting()["id"])
        self.desk.emulator.web.get(meeting["start_url"]).raise_for_status()

    def end(self) -> None:
        self.desk.by_hand("PUT", f"{self.desk.meeting()['id']}/status", {"action": "end"})

    def deliveries(self) -> list[dict[str, Any]]:
        return list(self.desk.emulator.control("GET", "/webhook/deliveries"))

    def tried(self, times: int) -> dict[str, Any]:
        """The newest delivery, once it was tried so often."""
        return eventually(lambda: newest_tried(self.deliveries(), times))

    def again(self) -> None:
        self.desk.emulator.control("POST", "/webhook/deliveries")

    def told(self, workspace: Workspace) -> list[str]:
        entries = workspace.journal.entries(self.event.id)
        return [entry.kind for entry in entries if entry.kind.startswith("zoom.")]


def newest_tried(found: list[dict[str, Any]], times: int) -> dict[str, Any] | None:
    return found[-1] if found and len(found[-1]["tries"]) >= times else None


def eventually(ask: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.fixture
def subscribed(desk, event: Event) -> Iterator[Subscribed]:
    desk.set(cc_zoom_webhook_secret=SECRET)
    desk.create(event)
    known = {one["id"] for one in desk.emulator.control("GET", "/webhook/deliveries")}
    made = Subscribed(desk, event)
    made.deliveries = lambda: [  # type: ignore[method-assign]
        one for one in desk.emulator.control("GET", "/webhook/deliveries") if one["id"] not in known
    ]
    assert made.subscribe()["validated"]
    made.receiver.until("validated")
    yield made
    desk.emulator.control("DELETE", "/webhook")
    if made.receiver.process.poll() is None:
        made.receiver.end()


def signed(body: bytes, at: datetime | None = None, key: str = SECRET) -> dict[str, str]:
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    said = f"v0:{stamp}:".encode() + body
    return {
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": f"v0={hmac.new(key.encode(), said, hashlib.sha256).hexdigest()}",
    }


def told(kind: str = "meeting.started", number: int = 81234567890, **facts: Any) -> dict[str, Any]:
    about = {"id": str(number), "uuid": "a/b==", "topic": "Rapat", **facts}
    payload = {"account_id": "simulated", "object": about}
    return {"event": kind, "event_ts": STARTED_TS, "payload": payload}


def moved(verb: str, who: str, at: int, number: int = 81234567890) -> Notice:
    told_of = told(f"meeting.participant_{verb}", number, participant={"user_id": who})
    notice = read({**told_of, "event_ts": STARTED_TS + at * 1000})
    assert notice is not None
    return notice


# --- from the emulator to the journal


def test_a_whole_meeting_comes_to_the_journal(
    subscribed: Subscribed, workspace: Workspace, tmp_path: Path
) -> None:
    desk, receiver = subscribed.desk, subscribed.receiver
    subscribed.start()
    started = receiver.until(kind="zoom.started")
    assert (started["event"], started["new"]) == (subscribed.event.id, True)
    moment = datetime.now(UTC)
    people = [
        {
            "name": name,
            "user_email": "siti@example.go.id",
            "join_time": (moment - timedelta(minutes=20 - one)).isoformat(),
            "leave_time": (moment + timedelta(minutes=left)).isoformat(),
        }
        for one, (name, left) in enumerate((("Siti", 30), ("Agus", -5), ("Dewi", 40)))
    ]
    number = desk.meeting()["id"]
    desk.emulator.control("POST", f"/meetings/{number}/participants", people)
    subscribed.end()
    counted = receiver.until(kind="zoom.participants")
    assert (counted["present"], counted["most"]) == (2, 3)
    receiver.until(kind="zoom.ended")
    film = tmp_path / "film.mp4"
    film.write_bytes(os.urandom(5000))
    desk.emulator.control("POST", f"/meetings/{number}/recordings", [{"path": str(film)}])
    recorded = receiver.until(kind="zoom.recorded")
    assert (recorded["files"], recorded["bytes"]) == (1, 5000)

    assert subscribed.told(workspace) == [
        *("zoom.started", "zoom.participants", "zoom.ended", "zoom.recorded")
    ]
    assert workspace.journal.verify() == []
    assert all(one["tries"] == [200] for one in subscribed.deliveries())
    assert receiver.end() == (0, "")
    entries = workspace.journal.entries(subscribed.event.id)
    assert {entry.actor for entry in entries if entry.kind.startswith("zoom.")} == {"Zoom"}
    kept = json.dumps([entry.data for entry in entries]) + json.dumps(receiver.lines)
    for private in ("Siti", "siti@example.go.id", SECRET, "download", "plainToken"):
        assert private not in kept
    assert list((desk.state / "zoom" / "webhook").iterdir()) == []


def test_what_is_not_zooms_own_and_fresh_is_refused(
    subscribed: Subscribed, workspace: Workspace
) -> None:
    assert subscribed.subscribe(spoil="signature")["validated"]
    subscribed.start()
    assert "signature is wrong" in subscribed.receiver.until("refused")["refused"]
    for number, (spoil, words) in enumerate(
        (("body", "signature is wrong"), ("age", "was signed 3")), start=2
    ):
        subscribed.subscribe(spoil=spoil)
        subscribed.again()
        assert words in subscribed.receiver.until("refused")["refused"]
        assert subscribed.tried(number)["tries"] == [401] * number
    assert subscribed.told(workspace) == []

    subscribed.subscribe(spoil="")
    subscribed.again()
    subscribed.receiver.until(kind="zoom.started", new=True)
    assert subscribed.tried(4)["tries"] == [401, 401, 401, 200]
    subscribed.end()


def test_what_is_told_twice_is_noted_once(subscribed: Subscribed, workspace: Workspace) -> None:
    subscribed.subscribe(spoil="twice")
    subscribed.start()
    subscribed.receiver.until(kind="zoom.started", new=True)
    assert subscribed.tried(1)["state"] == "delivered"
    subscribed.end()
    subscribed.receiver.until(kind="zoom.ended", new=True)
    subscribed.receiver.end()
    assert subscribed.told(workspace) == ["zoom.started", "zoom.ended"]


def test_a_receiver_that_was_down_is_told_when_it_is_back(
    subscribed: Subscribed, workspace: Workspace
) -> None:
    port = subscribed.receiver.port
    assert subscribed.receiver.end(signal.SIGKILL)[0] == -signal.SIGKILL
    subscribed.start()
    assert subscribed.tried(1) | {"id": 0, "body": "", "due_at": 0} == {
        **{"id": 0, "event": "meeting.started", "body": "", "due_at": 0},
        **{"tries": [None], "state": "waiting"},
    }
    subscribed.receiver = Receiver(port)
    subscribed.again()
    subscribed.receiver.until(kind="zoom.started", new=True)
    assert subscribed.tried(2)["state"] == "delivered"
    assert subscribed.told(workspace) == ["zoom.started"]
    subscribed.end()


def test_a_journal_that_is_held_delays_no_answer_and_loses_nothing(
    subscribed: Subscribed, workspace: Workspace
) -> None:
    holder = sqlite3.connect(workspace.state_dir / "cc-run.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    subscribed.start()
    assert subscribed.tried(1)["tries"] == [200]
    box = Box(subscribed.desk.state / "zoom" / "webhook")
    assert [one.notice.kind for one in box.waiting()] == ["started"]
    # Killed while the notice waits: what was answered for is noted by the next one.
    subscribed.receiver.end(signal.SIGKILL)
    holder.execute("ROLLBACK")
    holder.close()
    assert subscribed.told(workspace) == []
    subscribed.receiver = Receiver()
    subscribed.receiver.until(kind="zoom.started", new=True)
    subscribed.receiver.end()
    assert subscribed.told(workspace) == ["zoom.started"]
    subscribed.end()


def test_only_one_receiver_notes_in_a_journal(subscribed: Subscribed) -> None:
    answer = subscribed.desk.run("webhook", "--port", "0")
    assert (answer.code, "another cc-run webhook" in answer.err) == (1, True)


def test_without_a_secret_nothing_is_heard(desk) -> None:
    answer = desk.run("webhook")
    assert answer.code == 4
    assert "cc_zoom_webhook_secret" in answer.err


def test_what_is_none_of_ours_is_answered_and_forgotten(subscribed: Subscribed) -> None:
    receiver = subscribed.receiver
    with httpx.Client() as web:

        def post(body: bytes, **headers: str) -> int:
            return web.post(receiver.url, content=body, headers=headers or signed(body)).status_code

        unknown = json.dumps(told(), separators=(",", ":")).encode()
        assert post(unknown) == 200
        assert receiver.until(kind="zoom.started")["event"] is None
        other = json.dumps({"event": "user.created", "event_ts": 1, "payload": {}}).encode()
        assert post(other) == 200
        for body in (b"[]", b"{", b'{"event":"meeting.started"}'):
            assert post(body) == 400
            receiver.until("refused")
        assert post(unknown, **{"x-zm-signature": "v0=0"}) == 401
        assert "not signed" in receiver.until("refused")["refused"]
        assert post(b" " * (1 << 20) + unknown) == 401
        assert web.get(receiver.url).status_code == 405
    with socket.create_connection(("127.0.0.1", receiver.port)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: cc\r\nContent-Length: 10\r\n\r\nab")
        assert b" 503 " in line.recv(1000)  # the rest never came
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()
        if line.split()[1].endswith(f":{receiver.port:04X}") and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{receiver.port:04X}"]  # this machine alone
    assert receiver.end() == (0, "")


def test_what_happened_is_told_in_words_and_once(desk, event: Event, workspace: Workspace) -> None:
    desk.set(cc_zoom_webhook_secret=SECRET)
    desk.create(event)
    number = desk.meeting()["id"]
    box = Box(desk.state / "zoom" / "webhook")
    happened = [read(told("meeting.started", number)), moved("joined", "1", 5, number)]
    happened += [read(told("meeting.ended", number)), read(told("meeting.started"))]

    def noted() -> str:
        """What a receiver prints that finds all of it in the box, left there by a killed one."""
        for notice in happened:
            assert notice is not None
            box.put(notice)
        process = desk.begin("webhook", "--port", "0")
        eventually(lambda: not box.waiting())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, "")
        return out

    out = noted()
    for words in (
        "Listening to Zoom at http://127.0.0.1:",
        f"{event.id}  the meeting has started",
        f"{event.id}  in the meeting: 1 (at most so far: 1)",
        f"{event.id}  the meeting has ended",
        "of no event here: meeting 81234567890",
    ):
        assert words in out
    # Killed after the entry and before the box was emptied: nothing is noted twice.
    assert noted().count("told before: ") == 3
    kinds = [entry.kind for entry in workspace.journal.entries(event.id)]
    assert [kinds.count(f"zoom.{name}") for name in ("started", "participants", "ended")] == [1] * 3


# --- the parts


def test_a_signature_is_over_the_raw_body_and_ages() -> None:
    body, at = '{"topic":"Rapat «é»"}'.encode(), datetime(2026, 11, 24, 2, tzinfo=UTC)
    headers = signed(body, at)
    prove(SECRET, headers, body, at + timedelta(seconds=299), 300)
    prove(SECRET, headers, body, at - timedelta(seconds=299), 300)
    for key, proof, said, moment in (
        ("another", headers, body, at),
        (SECRET, headers, body + b" ", at),
        (SECRET, {**headers, "x-zm-request-timestamp": "1795485601"}, body, at),
        (SECRET, {**headers, "x-zm-request-timestamp": "¹²³"}, body, at),
        (SECRET, {**headers, "x-zm-signature": ""}, body, at),
        (SECRET, {}, body, at),
        (SECRET, headers, body, at + timedelta(seconds=301)),
        (SECRET, headers, body, at - timedelta(seconds=301)),
    ):
        with pytest.raises(Untrusted):
            prove(key, proof, said, moment, 300)


def test_the_proof_of_the_secret_signs_no_forgery() -> None:
    token = {
        "event": "endpoint.url_validation",
        "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"},
    }
    reply = answer(SECRET, token)
    wished = hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert reply == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": wished}
    for forged in ("v0:1795485600:{}", "", "x" * 201, None, {"a": 1}):
        with pytest.raises(Untrusted):
            answer(SECRET, {"payload": {"plainToken": forged}})


def test_people_are_counted_in_whatever_order_they_are_told(
    workspace: Workspace, event: Event
) -> None:
    number = 81234567890
    workspace.journal.append(
        "meeting.created", event_id=event.id, actor="x", data={"meeting_id": number}
    )
    early = [moved("left", "2", 30), moved("joined", "1", 1), moved("joined", "3", 3)]
    first = note(workspace, early)
    assert (first.data["present"], first.data["most"]) == (2, 2)
    late = note(workspace, [moved("joined", "2", 2)])
    assert (late.data["present"], late.data["most"], late.new) == (2, 2, True)
    assert not note(workspace, early).new
    again = note(workspace, [moved("joined", "4", 40), moved("joined", "5", 41)])
    assert (again.data["present"], again.data["most"]) == (4, 4)
    started = read(told())
    assert started is not None
    assert note(workspace, [started]).new
    assert not note(workspace, [started]).new
    entries = workspace.journal.entries(event.id)
    assert len([one for one in entries if one.kind == "zoom.participants"]) == 3
    assert runs_of(entries, number) == ["a/b=="]
    assert runs_of(entries, 1) == []


def test_a_meeting_is_found_by_its_long_number_in_postgresql_too(postgresql: str) -> None:
    journal = Journal(open_database(postgresql))
    for number in (81234567890, 81234567891):
        data = {"meeting_id": number}
        journal.append("meeting.created", actor="x", event_id=f"VC-{number}", data=data)
    journal.append("meeting.created", actor="x", event_id="VC-1", data={})
    found = journal.bearing("meeting.created", "meeting_id", 81234567891)
    assert [entry.event_id for entry in found] == ["VC-81234567891"]
    assert journal.bearing("meeting.changed", "meeting_id", 81234567891) == []
