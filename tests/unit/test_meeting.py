"""A meeting as it is wished, as Zoom tells of it, and what lies between the two."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from cc_run.events import Disposition, Event, Letter
from cc_run.hosting.attendance import merged
from cc_run.hosting.meeting import (
    MEETING_SETTINGS,
    Drift,
    Meeting,
    differences,
    divided,
    field_names,
    new_marker,
    remembered,
    snapshot,
    wished,
)
from cc_run.hosting.passcode import PasscodeRule, new_passcode
from cc_run.hosting.scopes import missing
from cc_run.settings.models import Zoom

START = datetime(2026, 11, 24, 2, tzinfo=UTC)
MARKER = "[VC-0042 0a1b2c3d]"


def event(**changes: Any) -> Event:
    facts: dict[str, Any] = {
        "number": 42,
        "room": "gladi",
        "title": "Rapat Koordinasi SPBE",
        "agency": "Bappeda",
        "starts_at": START,
        "ends_at": START + timedelta(minutes=90),
        "place": "Command Center",
        "letter": Letter(number="005/1", date=date(2026, 11, 1)),
        "disposition": Disposition(leader="Kepala Dinas", date=date(2026, 11, 2)),
        "coordinator": "Dewi",
        "operator": "Budi",
        "agenda": "Evaluasi triwulan",
    }
    return Event.model_validate({**facts, **changes})


def told(**changes: Any) -> dict[str, Any]:
    """Zoom's body for the meeting of ``event()``."""
    return {
        "id": 81234567890,
        "type": 2,
        "host_email": "host@example.go.id",
        "topic": "Rapat Koordinasi SPBE",
        "start_time": "2026-11-24T02:00:00Z",
        "duration": 90,
        "agenda": f"{MARKER} Evaluasi triwulan",
        "join_url": "https://example.zoom.us/j/81234567890?pwd=c2VjcmV0.1",
        "password": "rahasia7",
        "start_url": "https://example.zoom.us/s/81234567890?zak=login",
        "settings": {**MEETING_SETTINGS, "audio": "both"},
        **changes,
    }


def changes_for(planned: Event, zoom: Zoom | None = None, **found: Any) -> dict[str, Any]:
    meeting = Meeting.from_zoom(told(**found), "host@example.go.id")
    return differences(wished(planned, zoom or Zoom(), "UTC", MARKER), meeting.snapshot)


# --- what is wished


def test_the_wish_is_a_scheduled_meeting_in_utc_with_the_marker_in_front() -> None:
    body = wished(event(), Zoom(meeting={"audio": "voip"}), "Asia/Jakarta", MARKER)
    settings = body.pop("settings")
    assert body == {
        "type": 2,
        "topic": "Rapat Koordinasi SPBE",
        "start_time": "2026-11-24T02:00:00Z",
        "duration": 90,
        "timezone": "Asia/Jakarta",
        "agenda": f"{MARKER} Evaluasi triwulan",
    }
    assert settings == {**MEETING_SETTINGS, "audio": "voip"}


def test_a_room_overrides_single_settings() -> None:
    zoom = Zoom(meeting={"waiting_room": False, "join_before_host": True})
    settings = wished(event(), zoom, "Asia/Jakarta", MARKER)["settings"]
    assert (settings["waiting_room"], settings["join_before_host"]) == (False, True)
    assert settings["mute_upon_entry"] is True


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        ("Asia/Jakarta", "Asia/Jakarta"),
        ("Asia/Pontianak", "Asia/Jakarta"),
        ("Asia/Makassar", "Asia/Singapore"),
        ("Asia/Jayapura", "Asia/Tokyo"),
    ],
)
def test_a_zone_that_zoom_does_not_list_is_told_by_one_with_the_same_time(
    zone: str, sent: str
) -> None:
    assert wished(event(), Zoom(), zone, MARKER)["timezone"] == sent


def test_long_texts_are_cut_to_zooms_lengths_and_the_marker_survives() -> None:
    long = event(title="Rapat " * 50, agenda="butir " * 500)
    body = wished(long, Zoom(), "Asia/Jakarta", MARKER)
    assert len(body["topic"]) <= 200
    assert body["topic"] == body["topic"].strip()
    assert len(body["agenda"]) <= 2000
    assert body["agenda"][:250].startswith(MARKER)
    assert changes_for(long, topic=body["topic"], agenda=body["agenda"]) == {}


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2), (5400, 90), (5430, 91)])
def test_a_part_of_a_minute_counts_as_one(seconds: int, minutes: int) -> None:
    planned = event(ends_at=START + timedelta(seconds=seconds))
    assert wished(planned, Zoom(), "Asia/Jakarta", MARKER)["duration"] == minutes


# --- where Zoom differs


def test_a_meeting_as_wished_differs_in_nothing() -> None:
    assert changes_for(event()) == {}


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"title": "Rapat Anggaran"}, {"topic": "Rapat Anggaran"}),
        ({"agenda": ""}, {"agenda": MARKER}),
        ({"ends_at": START + timedelta(hours=2)}, {"duration": 120}),
        (
            {"starts_at": START + timedelta(hours=1), "ends_at": START + timedelta(hours=2.5)},
            {"start_time": "2026-11-24T03:00:00Z"},
        ),
        ({"place": "Aula", "agency": "Dinas Kesehatan"}, {}),
    ],
)
def test_only_what_changed_is_sent(changes: dict[str, Any], sent: dict[str, Any]) -> None:
    assert changes_for(event(**changes)) == sent


def test_zooms_own_way_of_writing_is_no_difference() -> None:
    zoom = Zoom(
        meeting={
            "alternative_hosts": "a@example.go.id;B@example.go.id",
            "breakout_room": {"enable": False},
        }
    )
    settings = {
        **MEETING_SETTINGS,
        "alternative_hosts": "b@example.go.id;a@example.go.id;",
        "breakout_room": {"enable": False, "rooms": []},
    }
    planned = event(title="Rapat  Koordinasi ", agenda="Evaluasi\r\ntriwulan ")
    found = {
        "topic": "Rapat Koordinasi",
        "agenda": f"{MARKER} Evaluasi\ntriwulan",
        "settings": settings,
    }
    assert changes_for(planned, zoom, **found) == {}
    settings["breakout_room"] = {"enable": True, "rooms": []}
    assert changes_for(planned, zoom, **found) == {"settings": {"breakout_room": {"enable": False}}}


def test_a_lost_marker_is_a_difference() -> None:
    assert changes_for(event(), agenda="Evaluasi triwulan") == {
        "agenda": f"{MARKER} Evaluasi triwulan"
    }


def test_a_setting_that_zoom_does_not_tell_cannot_differ() -> None:
    settings = {"waiting_room": False, "mute_upon_entry": True}
    changes = changes_for(event(), settings=settings)
    assert changes == {"settings": {"waiting_room": True}}
    assert field_names({"topic": "x", **changes}) == ("topic", "settings.waiting_room")


def test_a_meeting_that_lost_its_time_gets_it_back() -> None:
    body = told(type=3)
    del body["start_time"]
    meeting = Meeting.from_zoom(body, "host@example.go.id")
    assert meeting.starts_at is None
    assert differences(wished(event(), Zoom(), "UTC", MARKER), meeting.snapshot) == {
        "type": 2,
        "start_time": "2026-11-24T02:00:00Z",
    }


# --- whose hand it was


def split(
    planned: Event, *known: dict[str, Any], **found: Any
) -> tuple[dict[str, Any], tuple[Drift, ...]]:
    there = snapshot(told(**found))
    return divided(differences(wished(planned, Zoom(), "UTC", MARKER), there), there, known)


def left(**found: Any) -> dict[str, Any]:
    """What the journal keeps of such a meeting."""
    return remembered(snapshot(told(**found)), wished(event(), Zoom(), "UTC", MARKER))


def test_news_of_the_schedule_are_sent() -> None:
    assert split(event(title="Rapat Anggaran"), left()) == ({"topic": "Rapat Anggaran"}, ())


def test_what_somebody_changed_in_zoom_is_told_and_not_sent() -> None:
    drift = Drift("topic", "Rapat Koordinasi SPBE", "Dipindah")
    assert split(event(), left(), topic="Dipindah") == ({}, (drift,))
    settings = {**MEETING_SETTINGS, "waiting_room": False}
    drift = Drift("settings.waiting_room", True, False)
    assert split(event(), left(), settings=settings) == ({}, (drift,))


def test_both_at_once_are_told_apart_field_by_field() -> None:
    planned = event(title="Rapat Anggaran", ends_at=START + timedelta(hours=2))
    news, drifts = split(planned, left(), topic="Dipindah")
    assert news == {"duration": 120}
    assert drifts == (Drift("topic", "Rapat Anggaran", "Dipindah"),)


def test_a_change_whose_end_was_not_journalled_is_ours() -> None:
    asked = left(topic="Rapat Kedua")
    news, drifts = split(event(title="Rapat Ketiga"), left(), asked, topic="Rapat Kedua")
    assert (news, drifts) == ({"topic": "Rapat Ketiga"}, ())


def test_a_setting_that_was_never_spoken_of_may_be_spoken_of_now() -> None:
    there = snapshot(told())
    wish = wished(event(), Zoom(meeting={"audio": "voip"}), "UTC", MARKER)
    news, drifts = divided(differences(wish, there), there, [left()])
    assert (news, drifts) == ({"settings": {"audio": "voip"}}, ())


def test_a_setting_taken_over_from_zoom_is_wished_for_this_meeting() -> None:
    wish = wished(event(), Zoom(), "UTC", MARKER, {"waiting_room": False})
    assert wish["settings"] == {**MEETING_SETTINGS, "waiting_room": False}


def test_the_journal_keeps_only_the_settings_that_are_wished() -> None:
    assert "audio" not in left()["settings"]
    assert left()["settings"] == MEETING_SETTINGS


# --- what a meeting shows


@pytest.mark.parametrize(
    ("number", "written"), [(8123456789, "812 345 6789"), (81234567890, "812 3456 7890")]
)
def test_a_number_is_written_in_groups(number: int, written: str) -> None:
    assert Meeting.from_zoom(told(id=number), "").number == written


@pytest.mark.parametrize("tail", ["?pwd=c2VjcmV0.1", "?pwd=c2VjcmV0.1#success", "#pwd=c2VjcmV0.1"])
def test_the_public_address_has_no_passcode(tail: str) -> None:
    address = "https://example.zoom.us/j/81234567890"
    assert Meeting.from_zoom(told(join_url=address + tail), "").public_url == address


def test_no_repr_tells_a_secret() -> None:
    meeting = Meeting.from_zoom(told(), "")
    for secret in ("rahasia7", "c2VjcmV0", "zak"):
        assert secret not in repr(meeting)
        assert secret not in str([meeting])


def test_passcodes_keep_zooms_rules_and_can_be_read_aloud() -> None:
    passcodes = [new_passcode() for _ in range(500)]
    assert len(set(passcodes)) == 500
    for passcode in passcodes:
        assert re.fullmatch(r"[A-Za-z0-9@_*-]{8,10}", passcode)
        assert re.search("[a-z]", passcode)
        assert re.search("[0-9]", passcode)
        assert not set(passcode) & set("l1o0i")
        steps = [ord(b) - ord(a) for a, b in pairwise(passcode)]
        assert not {-1, 0, 1} & set(steps)


@pytest.mark.parametrize(
    ("told_rule", "kinds", "length"),
    [
        ({"length": 10}, "az", 10),
        ({"have_special_character": True}, "a*", 8),
        ({"have_upper_and_lower_characters": True, "have_letter": True}, "aA", 8),
        ({"only_allow_numeric": True, "length": 6}, "2", 8),
        ({"consecutive_characters_length": 4, "have_number": True}, "a2", 8),
    ],
)
def test_a_passcode_follows_the_accounts_rule(
    told_rule: dict[str, Any], kinds: str, length: int
) -> None:
    rule = PasscodeRule.from_zoom({"schedule_meeting": {"meeting_password_requirement": told_rule}})
    assert rule.possible
    signs = {"a": "[a-z]", "z": "[a-z]", "A": "[A-Z]", "2": "[0-9]", "*": "[@*_-]"}
    for passcode in (new_passcode(rule) for _ in range(200)):
        assert re.fullmatch(r"[A-Za-z0-9@_*-]{8,10}", passcode)
        assert len(passcode) == length
        assert all(re.search(signs[kind], passcode) for kind in kinds)
        assert not told_rule.get("only_allow_numeric") or passcode.isdigit()


def test_a_rule_that_no_passcode_can_follow_is_known() -> None:
    assert not PasscodeRule(length=11).possible
    assert not PasscodeRule(only_digits=True, letter=True).possible
    assert PasscodeRule(only_digits=True, digit=True).possible


def test_markers_name_the_event_and_are_never_alike() -> None:
    markers = {new_marker(event()) for _ in range(50)}
    assert len(markers) == 50
    assert all(re.fullmatch(r"\[VC-0042 [0-9a-f]{8}\]", marker) for marker in markers)


# --- scopes


def test_both_generations_of_scopes_are_understood() -> None:
    assert missing(["meeting:read:admin", "meeting:write:admin", "user:read:admin"]) == []
    granular = [
        "meeting:write:meeting:admin",
        "meeting:read:meeting:admin",
        "meeting:read:list_meetings:admin",
        "meeting:update:meeting:admin",
        "meeting:delete:meeting:admin",
        "user:read:user:admin",
    ]
    assert missing(granular) == []
    assert missing(granular[:3] + granular[4:]) == ["meeting:update:meeting"]


# --- attendance


def stay(name: str, email: str, joined: str, left: str, **more: Any) -> dict[str, Any]:
    day = "2026-11-24T"
    return {
        "name": name,
        "user_email": email,
        "join_time": f"{day}{joined}Z",
        "leave_time": f"{day}{left}Z",
        **more,
    }


def test_who_came_back_is_one_person() -> None:
    people = merged(
        [
            stay("Siti", "siti@example.go.id", "02:30:00", "03:00:00", duration=1800),
            stay("Dinas Kesehatan", "", "02:05:00", "02:10:00", duration=300),
            stay("Siti", "siti@example.go.id", "02:01:00", "02:11:00", duration=600),
            stay("Siti", "", "02:20:00", "02:21:00"),
        ]
    )
    told_rows = [
        (one.name, one.email, one.joined.strftime("%H%M"), one.left.strftime("%H%M"), one.seconds)
        for one in people
    ]
    assert told_rows == [
        ("Siti", "siti@example.go.id", "0201", "0300", 2400),
        ("Dinas Kesehatan", "", "0205", "0210", 300),
        ("Siti", "", "0220", "0221", 60),
    ]


def test_time_on_two_devices_and_in_the_waiting_room_counts_once_and_not_at_all() -> None:
    people = merged(
        [
            stay("Siti", "", "02:00:00", "02:30:00"),
            stay("siti ", "", "02:20:00", "03:00:00", duration=2400),
            stay("Siti", "", "01:50:00", "02:00:00", status="in_waiting_room"),
            stay("Siti", "", "03:10:00", "03:20:00", status="in_meeting"),
            stay("Siti", "", "03:10:00", "03:20:00"),
            stay("Tamu", "", "02:00:00", "02:10:00", status="in_waiting_room"),
            {"name": "Agus", "join_time": "2026-11-24T02:05:00Z"},
        ]
    )
    assert [(one.name, one.seconds, one.stays) for one in people] == [
        ("Siti", 4200, 2),
        ("Agus", 0, 1),
    ]
    assert people[0].joined.strftime("%H%M") == "0200"


def test_nobody_is_nobody() -> None:
    assert merged([]) == []
