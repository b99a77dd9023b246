"""Zoom's limits: waited for by the second, told by the day."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cc_run.events import Event
from cc_run.hosting.pace import is_too_fast, is_used_up, midnight_after, next_day, pause
from cc_run.hosting.quota import Quota, Quotas
from cc_run.hosting.schedule import connect
from cc_run.settings import Settings
from cc_run.workspace import Workspace, open_workspace

CREATE = {"method": "POST", "path": "/v2/users/*/meetings"}
BUSY = {
    "kind": "status",
    "status": 429,
    "message": "You have reached the maximum per-second rate limit for this API. Try again later.",
    "headers": {"X-RateLimit-Type": "QPS"},
}


def reply(status: int, message: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"message": message})


def test_a_pause_grows_and_is_left_to_chance() -> None:
    for attempt, longest in enumerate([0.25, 0.5, 1.0, 2.0, 4.0, 4.0]):
        pauses = {pause(attempt) for _again in range(100)}
        assert len(pauses) == 100
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest


def test_the_two_limits_are_told_apart() -> None:
    assert is_too_fast(reply(429, "per-second rate limit"))
    assert not is_used_up(reply(429, "per-second rate limit"))
    for daily in (
        reply(429, "You have reached the daily limit"),
        httpx.Response(429, headers={"X-RateLimit-Type": "Daily-limit"}),
    ):
        assert is_used_up(daily)
        assert not is_too_fast(daily)
    assert not is_too_fast(reply(200))


def test_the_day_ends_when_zoom_says_else_at_midnight_utc() -> None:
    evening = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    told = httpx.Response(429, headers={"Retry-After": "2026-11-26T00:00:00Z"})
    assert next_day(told, evening) == midnight + timedelta(days=1)
    naive = httpx.Response(429, headers={"Retry-After": "2026-11-26T00:00:00"})
    assert next_day(naive, evening) == midnight + timedelta(days=1)
    assert next_day(httpx.Response(429), evening) == midnight == midnight_after(evening)
    assert midnight_after(midnight) == midnight + timedelta(days=1)


def test_a_second_that_is_used_up_is_waited_for(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    monkeypatch.setattr("cc_run.hosting.zoom.pause", lambda attempt: waited.append(attempt) or 0)
    desk.emulator.fault({**CREATE, **BUSY, "times": 3})
    desk.create(event)
    assert waited == [0, 1, 2]
    assert desk.emulator.asked("POST", "/v2/users/*/meetings") == 4
    desk.meeting()


def test_patience_has_an_end(desk, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cc_run.hosting.zoom.pause", lambda _attempt: 0)
    desk.emulator.fault({**CREATE, **BUSY})
    assert "in a minute" in desk.create(event, 3).err
    assert desk.emulator.asked("POST", "/v2/users/*/meetings") == 6
    desk.emulator.fault()
    desk.create(event)
    desk.meeting()


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "truncate"}])
def test_a_reading_over_which_zoom_stumbles_is_repeated(
    desk, event: Event, fault: dict[str, object]
) -> None:
    desk.create(event)
    desk.emulator.fault({"method": "GET", **fault, "times": 2})
    assert desk.sync(event)["done"] == "kept"


def test_many_at_once_all_get_through(desk, settings: Settings, workspace: Workspace) -> None:
    """More than Zoom lets through in a second, from processes that know nothing of each other."""
    desk.run("host", "doctor")
    desk.emulator.control("PUT", "/switches", {"per_second_limits": True})
    desk.emulator.forget()

    def read() -> None:
        with connect(open_workspace(settings)) as zoom:
            for _again in range(12):
                zoom.user(desk.host)

    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=read) for _process in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 6
    noted = desk.emulator.control("GET", "/requests")
    assert sum(one["status"] == 200 for one in noted) == 72
    assert {one["status"] for one in noted} <= {200, 429}


# --- the count of the day


def test_what_zoom_tells_counts_more_than_what_was_counted(workspace: Workspace) -> None:
    quotas = Quotas(workspace.engine)
    assert quotas.of("a@example.go.id") == Quota(0, 100)
    for _request in range(3):
        quotas.count("A@example.go.id")
    assert quotas.of("a@example.go.id").left == 97
    told = {
        "X-RateLimit-Type": "Daily-limit",
        "X-RateLimit-Limit": "80",
        "X-RateLimit-Remaining": "70",
    }
    quotas.learn("a@example.go.id", told)
    assert quotas.of("a@example.go.id") == Quota(10, 80)
    for useless in ({}, {"X-RateLimit-Type": "QPS"}, {**told, "X-RateLimit-Limit": "viele"}):
        quotas.learn("a@example.go.id", useless)
    assert quotas.of("a@example.go.id") == Quota(10, 80)
    quotas.spend("a@example.go.id")
    assert quotas.of("a@example.go.id").left == 0
    assert quotas.of("b@example.go.id").left == 100


def test_a_new_day_begins_with_a_new_count(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas = Quotas(workspace.engine)
    late = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    monkeypatch.setattr("cc_run.hosting.quota.now", lambda: late)
    quotas.spend("a@example.go.id")
    monkeypatch.setattr("cc_run.hosting.quota.now", lambda: late + timedelta(minutes=2))
    assert quotas.of("a@example.go.id").left == 100
    quotas.count("a@example.go.id")
    assert quotas.of("a@example.go.id").left == 99


def test_requests_are_counted_as_zoom_counts_them(desk, workspace: Workspace, event: Event) -> None:
    quotas = Quotas(workspace.engine)
    desk.create(event)
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Anggaran")
    desk.sync(event)
    desk.sync(event)
    assert quotas.of(desk.host) == Quota(2, 100)
    assert "98 of 100 requests left today" in desk.run("host", "doctor").out
    desk.emulator.fault({**CREATE, "kind": "drop_before", "times": 1})
    desk.run("host", "cancel", "--event", event.id)
    desk.create(event, 3)
    assert quotas.of(desk.host).used == 3  # rather one too many, until Zoom tells again
    desk.create(event)
    assert quotas.of(desk.host).used == 3
