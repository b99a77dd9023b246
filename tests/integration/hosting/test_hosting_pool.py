"""Which Zoom account gets a meeting: beside those of other events, and of people outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cc_run.events import Event, Plan
from cc_run.hosting import records
from cc_run.readiness import Readiness
from cc_run.room.converge import Convergence
from cc_run.sequence import equipment
from cc_run.settings import Settings
from cc_run.times import format_moment
from cc_run.workspace import Workspace

HOUR = timedelta(hours=1)


@pytest.fixture
def plan(plan: Plan) -> Plan:
    """From 09.00 to 11.00 WIB, in three days."""
    day = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + 72 * HOUR
    return plan.model_copy(update={"starts_at": day, "ends_at": day + 2 * HOUR})


@pytest.fixture
def pair(desk) -> tuple[str, str]:
    """Two hosts, the first of them the more wanted one."""
    other = next(desk.emulator.fresh)
    desk.set(cc_zoom_hosts=[{"email": desk.host}, {"email": other}])
    return desk.host, other


def topics(desk, host: str) -> list[str]:
    return [one["topic"] for one in desk.meetings(host)]


def posts(desk) -> int:
    return int(desk.emulator.asked("POST", "/v2/users/*/meetings"))


# --- how often Zoom is asked


def asked(desk) -> list[tuple[str, str]]:
    noted = desk.emulator.control("GET", "/requests")
    return [(one["method"], one["path"].split("/")[2]) for one in noted]


def test_with_a_token_at_hand_a_meeting_takes_two_requests(desk, event: Event) -> None:
    desk.run("host", "doctor")
    desk.emulator.forget()
    desk.create(event)
    assert asked(desk) == [("POST", "users"), ("GET", "users")]


@pytest.mark.parametrize(
    ("kind", "code", "requests"),
    [
        ("drop_after", 0, ["POST", "GET", "GET"]),  # looked for, found, read
        ("drop_before", 3, ["POST", "GET", "GET", "POST", "GET"]),  # looked for twice
    ],
)
def test_after_an_interruption_there_is_one_listing_more(
    desk, event: Event, kind: str, code: int, requests: list[str]
) -> None:
    desk.run("host", "doctor")
    desk.emulator.forget()
    rule = {"method": "POST", "path": "/v2/users/*/meetings", "kind": kind, "times": 1}
    desk.emulator.fault(rule)
    desk.create(event, code)
    if code:
        desk.create(event)
    assert [method for method, _path in asked(desk)] == requests
    desk.meeting()


# --- meetings made outside


def test_a_meeting_made_outside_is_given_way_to(
    desk, pair: tuple[str, str], workspace: Workspace, event: Event
) -> None:
    first, second = pair
    desk.outside("Rapat di luar", event.starts_at + HOUR)
    desk.create(event)
    assert topics(desk, first) == ["Rapat di luar"]
    assert topics(desk, second) == [event.title]
    kinds = desk.kinds(workspace, event)
    assert kinds == ["intended", "cancelled", "intended", "created"]
    given_up = workspace.journal.entries(event.id)
    because = [one.data["because"] for one in given_up if one.kind == records.CANCELLED]
    assert "«Rapat di luar»" in because[0]


@pytest.mark.parametrize(
    ("begins", "minutes", "collides"),
    [
        (-75, 60, False),  # ends 15 minutes before: just enough
        (-74, 60, True),
        (135, 60, False),
        (134, 60, True),
        (-600, 1200, True),  # around it
        (-1440, 1400, False),  # began the day before
        (-1440, 1450, True),
    ],
)
def test_the_gap_holds_for_meetings_made_outside(
    desk, pair: tuple[str, str], event: Event, begins: int, minutes: int, collides: bool
) -> None:
    first, _second = pair
    desk.outside("Rapat di luar", event.starts_at + timedelta(minutes=begins), minutes)
    desk.create(event)
    assert (event.title not in topics(desk, first)) is collides


def test_where_nobody_is_free_the_meetings_and_the_nearest_times_are_named(
    desk, pair: tuple[str, str], workspace: Workspace, event: Event
) -> None:
    first, second = pair
    # The first host is taken for six hours from the start, the second from an hour before on.
    desk.outside("Rapat Kabupaten", event.starts_at, 360, first)
    desk.outside("Rapat Provinsi", event.starts_at - HOUR, 480, second)
    refused = desk.create(event, 1)
    for name in (first, second, "«Rapat Kabupaten»", "«Rapat Provinsi»"):
        assert name in refused.err
    before = event.starts_at - timedelta(minutes=15 + 120)  # 06.45 WIB
    after = event.starts_at + timedelta(minutes=360 + 15)
    for moment in (before, after):
        assert format_moment(moment, workspace.zone) in refused.err
    assert [topics(desk, host) for host in pair] == [["Rapat Kabupaten"], ["Rapat Provinsi"]]

    # What is known to be in vain is not tried once more: the day's requests are counted.
    made = posts(desk)
    desk.create(event, 1)
    assert posts(desk) == made
    assert workspace.journal.verify() == []

    edit = ("event", "edit", "--event", event.id, "--start", "06.45", "--end", "08.45")
    assert desk.run(*edit).code == 0
    desk.create(event)
    assert event.title in topics(desk, first)


def test_meetings_of_other_events_are_named_too(
    desk, event: Event, more: Callable[[float], Event]
) -> None:
    desk.create(event)
    refused = desk.create(more(1), 1)
    assert f"{event.id} «{event.title}»" in refused.err
    assert posts(desk) == 1


def test_a_host_of_several_counts_them_by_the_moment(desk, event: Event) -> None:
    """Two that follow each other take one of its two places."""
    desk.set(cc_zoom_hosts=[{"email": desk.host, "concurrent": 2}])
    desk.outside("Pertama", event.starts_at - timedelta(minutes=30), 60)
    desk.outside("Kedua", event.starts_at + timedelta(minutes=45), 60)
    desk.create(event)
    assert event.title in topics(desk, desk.host)


def test_a_meeting_is_not_moved_onto_one_made_outside(desk, event: Event) -> None:
    desk.create(event)
    made = desk.meeting()
    desk.outside("Rapat di luar", event.starts_at + 4 * HOUR)
    edit = ("event", "edit", "--event", event.id, "--start", "12.30", "--end", "14.00")
    assert desk.run(*edit).code == 0
    refused = desk.run("host", "sync", "--event", event.id)
    assert (refused.code, "«Rapat di luar»" in refused.err) == (1, True)
    assert desk.meetings()[0] == made


# --- two who come at once


def test_a_request_that_arrives_late_leaves_no_twin(
    desk, workspace: Workspace, event: Event
) -> None:
    """Zoom carries the lost request out after the repeated one."""
    rule = {"method": "POST", "path": "/v2/users/*/meetings", "kind": "drop_before", "times": 1}
    desk.emulator.fault(rule)
    desk.create(event, 3)
    desk.create(event)
    made = desk.meeting()
    late = desk.outside(event.title, event.starts_at, 120)
    desk.emulator.control("PUT", f"/meetings/{late}", {"agenda": made["agenda"]})
    assert len(desk.meetings()) == 2
    assert desk.sync(event)["meeting_id"] == made["id"]
    assert desk.meeting() == made
    assert desk.kinds(workspace, event)[-1] == "alone"
    desk.emulator.forget()
    desk.sync(event)
    assert asked(desk) == [("GET", "meetings")]


def test_cancelling_takes_a_late_twin_away_too(desk, event: Event) -> None:
    rule = {"method": "POST", "path": "/v2/users/*/meetings", "kind": "drop_before", "times": 1}
    desk.emulator.fault(rule)
    desk.create(event, 3)
    desk.create(event)
    late = desk.outside(event.title, event.starts_at, 120)
    agenda = desk.meetings()[0]["agenda"]
    desk.emulator.control("PUT", f"/meetings/{late}", {"agenda": agenda})
    assert desk.run("host", "cancel", "--event", event.id).code == 0
    assert desk.meetings() == []


def test_of_two_rooms_without_a_common_schedule_the_later_one_gives_way(
    desk, pair: tuple[str, str], event: Event
) -> None:
    _first, second = pair
    theirs = desk.outside("Ruang lain", event.starts_at)
    marked = {"agenda": "[VC-0007 0a1b2c3d] Rapat", "created_at": "2026-01-01T00:00:00Z"}
    desk.emulator.control("PUT", f"/meetings/{theirs}", marked)
    desk.create(event)
    assert event.title in topics(desk, second)


def test_of_two_rooms_without_a_common_schedule_the_earlier_one_stays(
    desk, pair: tuple[str, str], event: Event
) -> None:
    theirs = desk.outside("Ruang lain", event.starts_at)
    marked = {"agenda": "[VC-0007 0a1b2c3d] Rapat", "created_at": "2099-01-01T00:00:00Z"}
    desk.emulator.control("PUT", f"/meetings/{theirs}", marked)
    desk.create(event)
    assert event.title in topics(desk, pair[0])


def test_what_a_late_request_made_of_an_intent_that_was_given_up_goes_away(
    desk, workspace: Workspace, event: Event
) -> None:
    desk.create(event)
    made = desk.meeting()
    desk.run("host", "cancel", "--event", event.id)
    late = desk.outside(event.title, event.starts_at, 120)
    desk.emulator.control("PUT", f"/meetings/{late}", {"agenda": made["agenda"]})
    desk.create(event)
    assert desk.meeting()["id"] not in (made["id"], late)


# --- who else works on it


def test_an_event_is_not_cancelled_while_its_meeting_is_being_made(desk, event: Event) -> None:
    slow = {"method": "POST", "path": "/v2/users/*/meetings", "kind": "delay", "seconds": 600}
    desk.emulator.fault({**slow, "times": 1})
    process = desk.begin("host", "create", "--event", event.id)
    while not posts(desk):
        assert process.poll() is None
    for command in (("event", "cancel", "--reason", "Ditunda"), ("host", "cancel")):
        busy = desk.run(*command, "--event", event.id)
        assert (busy.code, str(process.pid) in busy.err) == (1, True)
    process.kill()
    process.communicate()
    assert desk.run("event", "cancel", "--reason", "Ditunda", "--event", event.id).code == 0
    assert desk.meetings() == []
    desk.create(event, 1)


def test_prepare_brings_the_meeting_to_the_schedule_and_tells_what_somebody_changed(
    desk,
    settings: Settings,
    workspace: Workspace,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(equipment, "converge", lambda *_given, **_named: Convergence())
    monkeypatch.setattr(equipment, "check", lambda *_given, **_named: Readiness(()))
    monkeypatch.setattr(equipment, "ensure_obs", lambda *_given: None)
    desk.create(event)
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Anggaran")
    changed = workspace.events.get(event.id)
    prepared = equipment.prepare(workspace, changed, equipment.Watcher())
    assert not [line for line in prepared.todo if "Zoom" in line]
    assert desk.meeting()["topic"] == "Rapat Anggaran"

    desk.by_hand("PATCH", desk.meeting()["id"], {"settings": {"waiting_room": False}})
    prepared = equipment.prepare(workspace, changed, equipment.Watcher())
    [told] = [line for line in prepared.todo if "Zoom" in line]
    assert "settings.waiting_room" in told
    assert "--take" in told
    assert desk.meeting()["settings"]["waiting_room"] is False


# --- what an account asks of passcodes


@pytest.mark.parametrize(
    "rule",
    [
        {"length": 10, "have_special_character": True},
        {"have_upper_and_lower_characters": True, "consecutive_characters_length": 4},
        {"only_allow_numeric": True, "length": 6},
    ],
)
def test_the_accounts_passcode_rule_is_followed(desk, event: Event, rule: dict[str, Any]) -> None:
    desk.emulator.control("PUT", "/switches", {"passcode": rule})
    desk.create(event)
    assert desk.meeting()["password"]
    assert desk.run("host", "doctor").code == 0


def test_a_passcode_rule_that_cannot_be_followed_is_told(desk, event: Event) -> None:
    desk.emulator.control("PUT", "/switches", {"passcode": {"length": 12}})
    assert "passcode" in desk.create(event, 1).err
    doctor = desk.run("host", "doctor")
    assert (doctor.code, "no passcode" in doctor.out) == (1, True)


# --- the doctor


def test_the_doctor_knows_capacity_licence_and_standing(
    desk, pair: tuple[str, str], workspace: Workspace, event: Event
) -> None:
    workspace.events.change(event.number, {"participants": 80}, workspace.zone)
    assert "up to 100 people" in desk.run("host", "doctor").out
    desk.emulator.control("PUT", "/switches", {"capacity": 50})
    small = desk.run("host", "doctor")
    assert (small.code, f"too small for: {event.id} (80)" in small.out) == (1, True)
    desk.emulator.control("PUT", "/switches", {"capacity": 300, "inactive": [pair[1]]})
    idle = desk.run("host", "doctor")
    assert (idle.code, "is not active in Zoom: inactive" in idle.out) == (1, True)


@pytest.mark.parametrize(("offset", "word"), [(-120, "ahead"), (120, "behind")])
def test_the_doctor_sees_a_clock_that_is_wrong(desk, offset: int, word: str) -> None:
    assert "agrees" in desk.run("host", "doctor").out
    desk.emulator.control("PUT", "/clock", {"offset_seconds": offset})
    answer = desk.run("host", "doctor")
    assert (answer.code, f"s {word}" in answer.out) == (1, True)


def test_the_doctor_names_scopes_that_are_only_useful(desk) -> None:
    scopes = [one for one in desk.emulator.switches["scopes"] if "user:read:settings" not in one]
    desk.emulator.control("PUT", "/switches", {"scopes": scopes})
    desk.emulator.new_token()
    answer = desk.run("host", "doctor")
    assert (answer.code, "user:read:settings" in answer.out) == (0, True)

    # Scopes that were taken away are missed at once, though the shared token still tells of them.
    scopes = [one for one in scopes if "delete" not in one]
    desk.emulator.control("PUT", "/switches", {"scopes": scopes})
    desk.emulator.new_token()
    answer = desk.run("host", "doctor")
    assert (answer.code, "meeting:delete:meeting" in answer.out) == (1, True)


@pytest.mark.parametrize(
    ("switch", "words"), [("foreign", "not in the app's Zoom account"), ("barred", "does not let")]
)
def test_a_host_that_may_not_host_is_told(desk, event: Event, switch: str, words: str) -> None:
    desk.emulator.control("PUT", "/switches", {switch: [desk.host]})
    assert words in desk.create(event, 4).err


def test_scope_code_104_is_understood_as_well(desk, event: Event) -> None:
    desk.emulator.control("PUT", "/switches", {"scopes": ["user:read:user"], "scope_code": 104})
    desk.emulator.new_token()
    assert "meeting:write:meeting" in desk.create(event, 4).err
