"""Step 3 against the Zoom emulator: one meeting, whatever is lost or killed on the way."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from cc_run import sop
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.probes import PROBES
from cc_run.hosting.quota import Quota, Quotas
from cc_run.hosting.schedule import connect
from cc_run.hosting.token import Token, TokenCache
from cc_run.hosting.zoom import ZoomClient
from cc_run.probe import Context, Result, Status, run_probe
from cc_run.settings import Settings
from cc_run.workspace import Workspace

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers
CREATE = {"method": "POST", "path": "/v2/users/*/meetings"}
LIST = {"method": "GET", "path": "/v2/users/*/meetings"}
TOKEN = {"method": "POST", "path": "/oauth/token"}


def probed(settings: Settings, event: Event, folder: Path) -> dict[str, Result]:
    """What the readiness probes of Zoom say."""
    context = Context(settings, event, folder)
    return {probe.id: asyncio.run(run_probe(probe, context)) for probe in PROBES}


# --- one meeting


def test_create_makes_one_meeting_and_the_second_time_keeps_it(
    desk, workspace: Workspace, event: Event
) -> None:
    first = desk.create(event)
    made = desk.meeting()
    intent = workspace.journal.latest(event.id, records.INTENDED)
    assert intent is not None
    assert made["agenda"].startswith(intent.data["marker"])
    assert made["topic"] == event.title
    assert datetime.fromisoformat(made["start_time"]) == event.starts_at
    assert (made["duration"], made["settings"]["waiting_room"]) == (120, True)
    number = f"{str(made['id'])[:3]} {str(made['id'])[3:7]} {str(made['id'])[7:]}"
    assert number in first.out
    assert workspace.journal.output(event.id, sop.HOST)["meeting_id"] == number

    again = desk.sync(event)
    assert (again["done"], again["meeting_id"]) == ("kept", made["id"])
    assert desk.meeting() == made
    assert desk.kinds(workspace, event) == ["intended", "created"]
    assert workspace.journal.verify() == []


@pytest.mark.parametrize(
    ("faults", "first_code", "makes"),
    [
        ([{**CREATE, "kind": "drop_after", "times": 1}], 0, 1),
        ([{**CREATE, "kind": "truncate", "times": 1}], 0, 1),
        ([{**CREATE, "kind": "delay", "seconds": 60, "times": 1}], 0, 1),
        ([{**CREATE, "kind": "drop_before", "times": 1}], 3, 2),
        ([{**CREATE, "kind": "status", "status": 500, "times": 1}], 3, 2),
        (
            [{**CREATE, "kind": "drop_after", "times": 1}, {**LIST, "kind": "drop_before"}],
            3,
            1,
        ),
        (
            [
                {**CREATE, "kind": "drop_after", "times": 1},
                {"method": "GET", "path": "/v2/meetings/*", "kind": "status", "status": 503},
            ],
            3,
            1,
        ),
    ],
    ids=["drop", "cut", "slow", "unheard", "500", "drop-and-no-list", "drop-and-no-read"],
)
def test_a_lost_reply_makes_no_second_meeting(
    desk,
    workspace: Workspace,
    event: Event,
    faults: list[dict[str, Any]],
    first_code: int,
    makes: int,
) -> None:
    desk.set(cc_zoom_timeout=0.7)
    desk.emulator.fault(*faults)
    answer = desk.create(event, first_code)
    assert ("→" in answer.err) is (first_code != 0)
    desk.emulator.fault()
    desk.create(event)
    made = desk.meeting()
    assert desk.emulator.asked("POST", f"/v2/users/{desk.host}/meetings") == makes
    repeated = ["repeated"] * (makes - 1)
    assert desk.kinds(workspace, event) == ["intended", *repeated, "created"]
    assert desk.sync(event)["meeting_id"] == made["id"]


@pytest.mark.parametrize(("where", "made_before"), [(CREATE, 1), (TOKEN, 0)])
def test_a_kill_at_any_moment_makes_no_second_meeting(
    desk,
    workspace: Workspace,
    event: Event,
    where: dict[str, Any],
    made_before: int,
) -> None:
    """Held up when Zoom has acted, and between the intent and the request."""
    desk.emulator.fault({**where, "kind": "delay", "seconds": 600, "times": 1})
    process = desk.begin("host", "create", "--event", event.id)
    while not desk.emulator.asked(where["method"], where["path"]):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    assert desk.kinds(workspace, event) == ["intended"]
    busy = desk.create(event, 1)
    assert str(process.pid) in busy.err
    process.kill()
    process.communicate()
    assert len(desk.meetings()) == made_before

    again = desk.run("host", "create", "--event", event.id, "--json")
    assert (again.code, again.json["done"]) == (0, "adopted" if made_before else "created")
    assert desk.meeting()["id"] == again.json["meeting_id"]
    repeated = [] if made_before else ["repeated"]
    assert desk.kinds(workspace, event) == ["intended", *repeated, "created"]


def test_a_meeting_deleted_in_zoom_is_made_anew(desk, workspace: Workspace, event: Event) -> None:
    desk.create(event)
    lost = desk.meeting()["id"]
    desk.by_hand("DELETE", lost)
    shared = desk.run("host", "share", "--event", event.id)
    assert (shared.code, "cc-run host create" in shared.err) == (1, True)
    assert desk.sync(event)["done"] == "created"
    assert desk.meeting()["id"] != lost
    assert desk.kinds(workspace, event) == [
        "intended",
        "created",
        "cancelled",
        "intended",
        "created",
    ]


# --- following the schedule


def test_an_edit_sends_only_what_changed_and_keeps_number_and_passcode(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.create(event)
    made = desk.meeting()
    sent: list[Any] = []
    update = ZoomClient.update

    def noted(self: ZoomClient, host: str, meeting_id: int, changes: Any) -> None:
        sent.append(changes)
        update(self, host, meeting_id, changes)

    monkeypatch.setattr(ZoomClient, "update", noted)
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Anggaran")
    assert desk.sync(event)["changed"] == ["topic"]
    day = (event.starts_at + timedelta(days=3)).strftime("%Y-%m-%d")
    when = ("--date", day, "--start", "09.00", "--end", "11.00")
    assert desk.run("event", "edit", "--event", event.id, *when).code == 0
    assert "schedule: start." in desk.run("host", "sync", "--event", event.id).out
    assert desk.sync(event)["done"] == "kept"

    assert sent == [{"topic": "Rapat Anggaran"}, {"start_time": f"{day}T02:00:00Z"}]
    now = desk.meeting()
    assert now["topic"] == "Rapat Anggaran"
    unchanged = ("id", "uuid", "password", "encrypted_password", "duration", "agenda", "settings")
    assert {name: now[name] for name in unchanged} == {name: made[name] for name in unchanged}
    invitation = desk.state / "invitations" / f"{event.id}.txt"
    assert "Rapat Anggaran" in invitation.read_text()
    assert stat.S_IMODE(invitation.stat().st_mode) == 0o600


def drifted(desk, event: Event, *options: str) -> list[dict[str, Any]]:
    """What ``host sync`` says that somebody has changed in Zoom."""
    answer = desk.run("host", "sync", "--event", event.id, "--json", *options)
    assert answer.code == 1, answer
    assert "--take" in answer.err
    found: list[dict[str, Any]] = answer.json["drift"]
    return found


def test_what_was_changed_in_zoom_by_hand_is_told_and_brought_back_when_told_to(
    desk, settings: Settings, event: Event, tmp_path: Path
) -> None:
    desk.create(event)
    made = desk.meeting()

    assert {result.status for result in probed(settings, event, tmp_path).values()} == {Status.PASS}
    moved = (event.starts_at + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    by_hand = {"topic": "x", "start_time": moved, "agenda": "", "settings": {"waiting_room": False}}
    desk.by_hand("PATCH", made["id"], by_hand)
    found = probed(settings, event, tmp_path)["zoom.meeting"]
    assert (found.status, "settings.waiting_room" in found.found) == (Status.FAIL, True)

    fields = ["topic", "start_time", "agenda", "settings.waiting_room"]
    told = drifted(desk, event)
    assert [one["field"] for one in told] == fields
    assert told[0] == {"field": "topic", "schedule": event.title, "zoom": "x"}
    assert desk.meeting()["topic"] == "x"
    table = desk.run("host", "sync", "--event", event.id)
    assert (table.code, event.title in table.out, "waiting_room" in table.out) == (1, True, True)

    answer = desk.run("host", "sync", "--event", event.id, "--take", "schedule", "--json")
    assert (answer.code, answer.json["changed"]) == (0, fields)
    assert desk.meeting() == made
    assert desk.sync(event)["done"] == "kept"


def test_what_was_changed_in_zoom_by_hand_is_taken_over_when_told_to(
    desk, settings: Settings, workspace: Workspace, event: Event, tmp_path: Path
) -> None:
    desk.create(event)
    made = desk.meeting()
    moved = (event.starts_at + timedelta(hours=5)).replace(second=0)
    by_hand = {
        "topic": "Rapat Dipindah",
        "start_time": moved.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": 45,
        "agenda": "Ditulis di Zoom",
        "settings": {"waiting_room": False},
    }
    desk.by_hand("PATCH", made["id"], by_hand)
    assert len(drifted(desk, event)) == 5
    answer = desk.run("host", "sync", "--event", event.id, "--take", "zoom", "--json")
    assert (answer.code, answer.json["meeting_id"]) == (0, made["id"])
    taken = workspace.events.get(event.id)
    assert (taken.title, taken.agenda) == ("Rapat Dipindah", "Ditulis di Zoom")
    assert (taken.starts_at, taken.duration) == (moved, timedelta(minutes=45))
    assert taken.revision > event.revision
    now = desk.meeting()
    assert now["agenda"].startswith("[VC-0001 ")  # the marker came back
    assert now["agenda"].endswith("Ditulis di Zoom")
    assert (now["password"], now["settings"]["waiting_room"]) == (made["password"], False)
    assert desk.sync(event)["done"] == "kept"
    assert probed(settings, taken, tmp_path)["zoom.meeting"].status is Status.PASS


def test_news_of_the_schedule_are_sent_beside_what_somebody_changed(desk, event: Event) -> None:
    desk.create(event)
    made = desk.meeting()
    desk.by_hand("PATCH", made["id"], {"settings": {"mute_upon_entry": False}})
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Anggaran")
    for _again in range(2):
        told = drifted(desk, event)
        assert [one["field"] for one in told] == ["settings.mute_upon_entry"]
        now = desk.meeting()
        assert (now["topic"], now["settings"]["mute_upon_entry"]) == ("Rapat Anggaran", False)
    invitation = desk.state / "invitations" / f"{event.id}.txt"
    assert "Rapat Anggaran" in invitation.read_text()


def test_a_meeting_without_a_time_can_only_be_brought_back(desk, event: Event) -> None:
    desk.create(event)
    made = desk.meeting()
    desk.emulator.control("PUT", f"/meetings/{made['id']}", {"type": 3})
    refused = desk.run("host", "sync", "--event", event.id, "--take", "zoom")
    assert (refused.code, "--take schedule" in refused.err) == (1, True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_change_that_was_cut_off_is_no_hand_of_a_person(desk, event: Event, moment: str) -> None:
    desk.create(event)
    patch = {"method": "PATCH", "path": "/v2/meetings/*", "times": 1}
    desk.emulator.fault({**patch, "kind": f"drop_{moment}"})
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Kedua")
    assert desk.run("host", "sync", "--event", event.id).code == 3
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Ketiga")
    assert desk.sync(event)["changed"] == ["topic"]
    assert desk.meeting()["topic"] == "Rapat Ketiga"


def test_a_value_that_zoom_drops_is_told(desk, event: Event) -> None:
    desk.set(cc_zoom_meeting={"join_before_host": True})  # a waiting room forbids it
    answer = desk.create(event, 3)
    assert "settings.join_before_host" in answer.err
    assert "cc_zoom_meeting" in answer.err
    desk.set(cc_zoom_meeting={"join_before_host": True, "waiting_room": False})
    assert desk.sync(event)["changed"] == ["settings.waiting_room", "settings.join_before_host"]
    assert desk.meeting()["settings"]["join_before_host"] is True


def test_cancel_takes_the_meeting_away_and_bears_its_absence(
    desk, workspace: Workspace, event: Event
) -> None:
    assert "no Zoom meeting" in desk.run("host", "cancel", "--event", event.id).out
    desk.create(event)
    desk.emulator.fault({"method": "DELETE", "kind": "drop_after", "times": 1})
    assert desk.run("host", "cancel", "--event", event.id).code == 3
    assert desk.meetings() == []
    gone = desk.run("host", "cancel", "--event", event.id)  # Zoom says 3001 now
    assert (gone.code, "no Zoom meeting" in gone.out) == (0, True)
    assert desk.kinds(workspace, event)[-1] == "cancelled"

    desk.create(event)
    assert "is cancelled" in desk.run("host", "cancel", "--event", event.id).out
    assert desk.meetings() == []


def test_a_cancelled_event_gets_no_meeting(desk, event: Event) -> None:
    desk.create(event)
    cancelled = desk.run("event", "cancel", "--event", event.id, "--reason", "Ditunda")
    assert (cancelled.code, "Zoom" in cancelled.out) == (0, True)
    assert "cancelled" in desk.create(event, 1).err
    assert desk.meetings() == []


def test_cancel_finds_a_meeting_whose_reply_was_lost(desk, event: Event) -> None:
    rules = {**CREATE, "kind": "drop_after", "times": 1}, {**LIST, "kind": "drop_before"}
    desk.emulator.fault(*rules)
    desk.create(event, 3)
    desk.emulator.fault()
    assert len(desk.meetings()) == 1
    assert desk.run("host", "cancel", "--event", event.id).code == 0
    assert desk.meetings() == []


# --- the token


def test_a_refused_token_is_renewed_once(desk, event: Event) -> None:
    desk.create(event)
    desk.emulator.new_token()  # kills ours
    desk.emulator.forget()
    assert desk.sync(event)["done"] == "kept"
    assert desk.emulator.asked("POST", "/oauth/token") == 1

    desk.emulator.fault({"path": "/v2/*", "kind": "status", "status": 401, "code": 124})
    desk.emulator.forget()
    assert "activated" in desk.create(event, 4).err
    assert desk.emulator.asked("POST", "/oauth/token") == 1
    assert desk.emulator.asked("GET", "/v2/*") == 2


@pytest.mark.parametrize("broken", ["", "{}", '{"access_token": "x"', "[]"])
def test_a_broken_token_file_is_replaced(desk, event: Event, broken: str) -> None:
    desk.token_file.parent.mkdir(parents=True)
    desk.token_file.write_text(broken)
    desk.token_file.chmod(0o644)
    desk.create(event)
    assert stat.S_IMODE(desk.token_file.stat().st_mode) == 0o600
    desk.meeting()


def test_no_secret_is_told_anywhere(
    desk, workspace: Workspace, event: Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [desk.create(event)]
    commands = [
        ("host", "create", "--event", event.id, "--json"),
        ("host", "doctor"),
        ("host", "doctor", "--json"),
        ("host", "attendance", "--event", event.id),
        ("event", "show", "--event", event.id, "--json"),
        ("status", "--event", event.id, "--json"),
    ]
    answers += [desk.run(*command) for command in commands]
    desk.emulator.fault({"path": "/v2/*", "kind": "drop_before"})
    answers.append(desk.create(event, 3))
    desk.emulator.fault()

    made = desk.meeting()
    token = json.loads(desk.token_file.read_text())
    secrets = [desk.secret, token["access_token"], made["password"], made["encrypted_password"]]
    secrets += ["zak=", f"/s/{made['id']}"]
    cache = TokenCache(desk.state / "zoom", workspace.settings.zoom)
    with connect(workspace) as client:
        seen = [repr(workspace.settings), repr(Token(**token)), repr(cache), repr(client)]
    seen += [answer.out + answer.err for answer in answers]
    seen.append(caplog.text)
    private = desk.state / "invitations", desk.state / "zoom"
    files = [path for path in desk.state.rglob("*") if path.is_file()]
    seen += [
        path.read_bytes().decode(errors="replace") for path in files if path.parent not in private
    ]
    assert any("meeting.created" in text for text in seen)  # the journal was among them
    for secret in secrets:
        assert not [text for text in seen if secret in text]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in private} == {0o700}


# --- what an operator is told


def test_the_daily_limit_is_told_in_words(desk, event: Event) -> None:
    desk.emulator.control("PUT", "/switches", {"daily_limit": 0})
    answer = desk.create(event, 1)
    assert "0 of 0 are left" in answer.err
    assert "07:00 WIB" in answer.err
    assert desk.emulator.asked("POST", "/v2/users/*/meetings") == 1
    doctor = desk.run("host", "doctor")
    assert (doctor.code, "0 of 0 requests left today" in doctor.out) == (0, True)
    desk.emulator.control("PUT", "/switches", {"daily_limit": 5})
    answer = desk.create(event)
    assert "4 more meetings of this host today, until 07:00 WIB" in answer.out
    desk.meeting()


def test_a_host_whose_day_is_used_up_gives_way_to_another(
    desk, workspace: Workspace, event: Event, more: Callable[[float], Event]
) -> None:
    other = next(desk.emulator.fresh)
    desk.set(cc_zoom_hosts=[{"email": desk.host}, {"email": other}])
    desk.emulator.control("PUT", "/switches", {"daily_limit": 1})
    desk.create(event)
    desk.create(more(24))
    assert [len(desk.meetings()), len(desk.meetings(other))] == [1, 1]
    full = desk.create(more(48), 1)
    assert "0 of 1 are left" in full.err
    assert Quotas(workspace.engine).of(other) == Quota(used=1, allowed=1)


def test_a_missing_scope_is_named_and_once_granted_works_at_once(
    desk, settings: Settings, event: Event, tmp_path: Path
) -> None:
    granted = desk.emulator.switches["scopes"]
    desk.emulator.control("PUT", "/switches", {"scopes": ["user:read:user:admin"]})
    answer = desk.create(event, 4)
    assert "meeting:write:meeting" in answer.err
    assert "Marketplace" in answer.err
    doctor = desk.run("host", "doctor")
    assert (doctor.code, "meeting:update:meeting" in doctor.out) == (1, True)
    probe = probed(settings, event, tmp_path)["zoom.token"]
    assert (probe.status, "meeting:delete:meeting" in probe.found) == (Status.FAIL, True)
    desk.emulator.control("PUT", "/switches", {"scopes": granted})
    assert desk.run("host", "doctor").code == 0
    desk.create(event)
    desk.meeting()


def test_an_unknown_host_is_told_and_a_corrected_one_used(desk, event: Event) -> None:
    desk.set(cc_zoom_hosts=[{"email": "vidkon@example.go.id"}])
    answer = desk.create(event, 4)
    assert "vidkon@example.go.id" in answer.err
    assert "cc_zoom_hosts" in answer.err
    desk.create(event, 4)
    desk.set(cc_zoom_hosts=[{"email": desk.host}])
    desk.create(event)
    assert desk.meeting()["host_email"] == desk.host


def test_zoom_down_is_told_with_a_remedy(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC_REHEARSAL_ZOOM", NOWHERE)
    for command in ("create", "sync"):
        answer = desk.run("host", command, "--event", event.id)
        assert answer.code == 3
        assert "internet connection" in answer.err
        assert "Traceback" not in answer.err


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999", "nonsense", "http://[::1"])
def test_a_wrong_address_is_no_traceback(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CC_REHEARSAL_ZOOM", address)
    assert "→" in desk.create(event, 3).err


class LoginPage(BaseHTTPRequestHandler):
    """What a hotel's or an office's network answers in Zoom's place."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Please log in</html>")

    def log_message(self, *_arguments: object) -> None:
        """Says nothing on the tests' standard error."""


def test_a_login_page_in_zooms_place_is_told(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), LoginPage) as network:
        thread = threading.Thread(target=network.serve_forever)
        thread.start()
        monkeypatch.setenv("CC_REHEARSAL_ZOOM", f"http://127.0.0.1:{network.server_port}")
        answer = desk.create(event, 3)
        network.shutdown()
        thread.join()
    assert "asks for a login" in answer.err


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"cc_zoom_client_secret": ""}, "cc_zoom_client_secret"),
        ({"cc_zoom_client_secret": "salah"}, "Invalid client_id or client_secret"),
        ({"cc_zoom_account_id": "lain"}, "cc_zoom_account_id"),
        ({"cc_zoom_hosts": []}, "cc_zoom_hosts"),
    ],
)
def test_wrong_settings_are_named(desk, event: Event, variables: dict[str, Any], told: str) -> None:
    desk.set(**variables)
    answer = desk.create(event, 4)
    assert told in answer.err
    assert "salah" not in answer.err


def test_doctor_speaks_of_the_app_and_of_each_host(desk) -> None:
    hosts = [{"email": desk.host}, {"email": "bukan@example.go.id"}]
    desk.set(cc_zoom_hosts=hosts)
    answer = desk.run("host", "doctor", "--json")
    assert answer.code == 1
    assert [(fact["subject"], fact["good"]) for fact in answer.json] == [
        ("Zoom app", True),
        ("Clock", True),
        (desk.host, True),
        ("bukan@example.go.id", False),
    ]
    desk.set(cc_zoom_hosts=hosts[:1])
    well = desk.run("host", "doctor")
    assert (well.code, "licensed" in well.out) == (0, True)
    desk.set(cc_zoom_client_secret="")
    assert desk.run("host", "doctor").code == 1


# --- hosts


def test_overlapping_events_get_different_hosts_and_the_third_is_refused(
    desk, workspace: Workspace, event: Event, more: Callable[[float], Event]
) -> None:
    other = next(desk.emulator.fresh)
    desk.set(cc_zoom_hosts=[{"email": desk.host}, {"email": other}])
    second, third, close, later = more(1), more(1.5), more(-2.1), more(5)
    desk.create(event)
    desk.create(second)
    assert [len(desk.meetings()), len(desk.meetings(other))] == [1, 1]
    refused = desk.create(third, 1)
    assert event.id in refused.err
    assert second.id in refused.err
    assert desk.kinds(workspace, third) == []
    desk.create(close)  # ends six minutes before the first begins
    assert [len(desk.meetings()), len(desk.meetings(other))] == [1, 2]
    desk.create(later)
    assert len(desk.meetings()) == 2

    desk.run("host", "cancel", "--event", second.id)
    desk.create(third)
    assert len(desk.meetings(other)) == 2


def test_a_host_may_run_several_where_its_licence_lets_it(
    desk, event: Event, more: Callable[[float], Event]
) -> None:
    desk.set(cc_zoom_hosts=[{"email": desk.host, "concurrent": 2}])
    for one in (event, more(0)):
        desk.create(one)
    assert len(desk.meetings()) == 2
    desk.create(more(0), 1)


def test_a_meeting_is_not_moved_onto_another_of_its_host(
    desk, workspace: Workspace, event: Event, more: Callable[[float], Event]
) -> None:
    second = more(6)
    desk.create(event)
    desk.create(second)
    before = desk.meetings()
    times = {"starts_at": event.starts_at, "ends_at": event.ends_at, "title": "Dipindah"}
    workspace.events.change(second.number, times, workspace.zone)
    refused = desk.run("host", "sync", "--event", second.id)
    assert refused.code == 1
    assert event.id in refused.err
    assert desk.meetings() == before
    desk.set(cc_zoom_hosts=[{"email": desk.host, "concurrent": 2}])
    assert desk.sync(second)["changed"] == ["topic", "start_time"]


# --- the meeting itself


def test_start_hands_a_fresh_address_to_zooms_program_and_to_nobody_else(
    desk,
    workspace: Workspace,
    event: Event,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert desk.run("host", "start", "--event", event.id).code == 1
    desk.create(event)
    programs, heard = tmp_path / "bin", tmp_path / "heard"
    programs.mkdir()
    os.mkfifo(heard)
    program = programs / "zoom"
    program.write_text(f'#!/bin/sh\necho loud\nprintf "%s" "$*" > {heard}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    def started() -> str:
        answer = desk.run("host", "start", "--event", event.id)
        assert answer.code == 0
        assert not [sign for sign in ("http", "zak", "loud") if sign in answer.out + answer.err]
        return heard.read_text().removeprefix("--url=")

    first = started()
    assert desk.emulator.web.head(first).status_code == 200
    desk.emulator.control("PUT", "/clock", {"offset_seconds": 2 * 3600 + 60})
    assert desk.emulator.web.head(first).status_code == 410
    assert desk.emulator.web.head(started()).status_code == 200
    assert desk.kinds(workspace, event)[2:] == ["started", "started"]
    entry = workspace.journal.latest(event.id, "meeting.started")
    assert entry is not None
    assert entry.data == {"meeting_id": desk.meeting()["id"]}

    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Ask IT to install Zoom" in desk.run("host", "start", "--event", event.id).err


def test_attendance_tells_each_person_once(desk, event: Event) -> None:
    assert desk.run("host", "attendance", "--event", event.id).code == 1
    desk.create(event)
    early = desk.run("host", "attendance", "--event", event.id)
    assert early.code == 1
    assert "has ended" in early.err
    begin = datetime(2026, 11, 24, 2, tzinfo=UTC)
    stays = [("Siti", 0, 30), ("Dinas Kesehatan", 5, 60), ("Siti", 40, 60)]
    people = [
        {
            "name": name,
            "join_time": (begin + timedelta(minutes=joined)).isoformat(),
            "leave_time": (begin + timedelta(minutes=left)).isoformat(),
        }
        for name, joined, left in stays
    ]
    desk.emulator.control("POST", f"/meetings/{desk.meeting()['id']}/participants", people)
    answer = desk.run("host", "attendance", "--event", event.id, "--json")
    assert [(one["name"], one["seconds"]) for one in answer.json] == [
        ("Siti", 3000),
        ("Dinas Kesehatan", 3300),
    ]
    assert answer.json[0]["left"] == "2026-11-24T03:00:00+00:00"
    table = desk.run("host", "attendance", "--event", event.id).out
    assert table.count("Siti") == 1
    assert "50" in table


def test_attendance_becomes_an_office_sheet_in_the_events_folder(
    desk, event: Event, workspace: Workspace
) -> None:
    desk.create(event)
    number = desk.meeting()["id"]
    begin = datetime(2026, 11, 24, 2, tzinfo=UTC)

    def attend(*stays: tuple[str, int, int]) -> None:
        people = [
            {
                "name": name,
                "user_email": "rahasia@example.go.id",
                "join_time": (begin + timedelta(minutes=joined)).isoformat(),
                "leave_time": (begin + timedelta(minutes=left)).isoformat(),
            }
            for name, joined, left in stays
        ]
        desk.emulator.control("POST", f"/meetings/{number}/participants", people)

    attend(("Siti", 0, 30))
    alone = desk.run("host", "attendance", "--event", event.id)
    assert (alone.code, "tells of nobody" in alone.err) == (1, True)
    attend(("Siti", 0, 30), ("=Dinas", 5, 60), ("Siti", 40, 60))
    answer = desk.run("host", "attendance", "--event", event.id)
    folder = desk.state / "events" / event.id / "attendance"
    path = folder / "daftar-hadir.xlsx"
    assert str(path) in answer.out
    sheet = load_workbook(path).active
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    told = [row for row in rows if row]
    assert [1, "Siti", "09.00", "10.00", 50] in [row[:5] for row in told]
    assert [2, "=Dinas", "09.05", "10.00", 55] in [row[:5] for row in told]
    words = " ".join(str(cell) for row in told for cell in row)
    for known in (event.title, event.agency, event.coordinator, event.operator, event.id):
        assert known in words
    assert "example.go.id" not in words
    formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []
    assert sorted(one.name for one in folder.iterdir()) == ["daftar-hadir.csv", "daftar-hadir.xlsx"]

    # Asked again, an unchanged list is left alone: the archive has it already.
    before = path.read_bytes()
    assert desk.run("host", "attendance", "--event", event.id).code == 0
    assert path.read_bytes() == before
    attend(("Siti", 0, 30), ("=Dinas", 5, 61))
    assert desk.run("host", "attendance", "--event", event.id).code == 0
    assert path.read_bytes() != before

    # Zoom told of an earlier run by itself: its people count too.
    meeting = desk.meeting()
    earlier = {**meeting["held"][0], "uuid": "/lalu//==", "participants": []}
    for name in ("Dewi", "Rina"):
        stay = {"join_time": "2026-11-24T01:00:00Z", "leave_time": "2026-11-24T01:30:00Z"}
        earlier["participants"].append({"name": name, "user_id": name, **stay})
    changed = {"held": [earlier, *meeting["held"]]}
    desk.emulator.control("PUT", f"/meetings/{number}", changed)
    for uuid in ("/lalu//==", "unknown"):
        facts = {"uuid": uuid, "meeting_id": number}
        workspace.journal.append("zoom.ended", event_id=event.id, actor="Zoom", data=facts)
    found = desk.run("host", "attendance", "--event", event.id, "--json").json
    assert [one["name"] for one in found] == ["Dewi", "Rina", "Siti", "=Dinas"]


def test_share_prints_the_invitation_and_notes_who_was_told(
    desk, workspace: Workspace, event: Event
) -> None:
    unmade = desk.run("host", "share", "--event", event.id)
    assert (unmade.code, "cc-run host create" in unmade.err) == (1, True)
    desk.create(event)
    made = desk.meeting()
    answer = desk.run("host", "share", "--event", event.id, "--to", "Siti", "--to", "Bappeda")
    assert answer.code == 0
    for text in (event.title, made["password"], f"/j/{made['id']}?pwd=", "WIB"):
        assert text in answer.out
    assert "zak" not in answer.out
    entries = workspace.journal.entries(event.id)
    told = [entry.data["to"] for entry in entries if entry.kind == "meeting.shared"]
    assert told == ["Siti", "Bappeda"]
