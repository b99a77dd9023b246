"""Several rooms and processes at once: one token, one host each, on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import stat
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from cc_run.events import Event, Plan
from cc_run.hosting.schedule import connect
from cc_run.hosting.token import TokenCache
from cc_run.sequence.meeting import host
from cc_run.settings import Settings
from cc_run.workspace import Workspace, open_workspace

FORK = multiprocessing.get_context("fork")
ROOMS = 6


def together(acts: list[Callable[[], object]]) -> None:
    """Does all at the same instant, each in a process of its own."""
    start = FORK.Barrier(len(acts))

    def do(act: Callable[[], object]) -> None:
        start.wait()
        act()

    processes = [FORK.Process(target=do, args=(act,)) for act in acts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(acts)


# --- one token


@pytest.mark.parametrize("state", ["none yet", "killed by another", "old"])
def test_twenty_processes_at_once_make_one_token_request(
    desk, settings: Settings, state: str
) -> None:
    folder, said = desk.state / "token", FORK.SimpleQueue()
    cache = TokenCache(folder, settings.zoom)
    rejected = None
    with httpx.Client() as client:
        if state != "none yet":
            held = cache.get(client).access_token
            rejected = held if state == "killed by another" else None
    if state == "old":
        file = folder / "zoom-token.json"
        text = file.read_text()
        begin = text.index('"expires_at": ') + len('"expires_at": ')
        file.write_text(text[:begin] + "1.0" + text[text.index(",", begin) :])
    desk.emulator.forget()

    def ask() -> None:
        with httpx.Client() as client:
            said.put(TokenCache(folder, settings.zoom).get(client, rejected=rejected).access_token)

    together([ask] * 20)
    tokens = {said.get() for _process in range(20)}
    assert len(tokens) == 1
    assert tokens != {rejected}
    assert desk.emulator.asked("POST", "/oauth/token") == 1
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"zoom-token.json": 0o600, "zoom-token.lock": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_twenty_processes_whose_token_dies_renew_it_once(
    desk, settings: Settings, workspace: Workspace, event: Event
) -> None:
    """Each is refused by Zoom itself, and gets its answer all the same."""
    host(workspace, event)
    desk.emulator.new_token()
    desk.emulator.forget()
    together([lambda: host_is_known(settings, desk.host)] * 20)
    assert desk.emulator.asked("POST", "/oauth/token") == 1


def host_is_known(settings: Settings, email: str) -> None:
    with connect(open_workspace(settings)) as zoom:
        assert zoom.user(email)["email"] == email


# --- one host each


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The settings of rooms that share a database."""
    if request.param == "sqlite":
        return settings
    room = settings.room.model_copy(update={"store_url": request.getfixturevalue("postgresql")})
    return settings.model_copy(update={"room": room})


@pytest.fixture
def pool(desk) -> list[str]:
    """As many hosts as rooms."""
    hosts = [desk.host, *(next(desk.emulator.fresh) for _room in range(ROOMS - 1))]
    desk.set(cc_zoom_hosts=[{"email": email} for email in hosts])
    return hosts


def test_rooms_that_choose_at_the_same_instant_get_a_host_each(
    desk, pool: list[str], shared: Settings, plan: Plan
) -> None:
    workspace = open_workspace(shared)
    days = [plan.starts_at + timedelta(days=day) for day in range(2)]
    events = [
        workspace.events.add(
            plan.model_copy(
                update={"room": f"ruang-{room}", "starts_at": at, "ends_at": at + plan_length(plan)}
            ),
            workspace.zone,
        )
        for at in days
        for room in range(ROOMS)
    ]
    workspace.engine.dispose()

    def work(event: Event) -> Callable[[], object]:
        return lambda: host(open_workspace(shared), event)

    together([work(event) for event in events])
    made = {email: [one["start_time"] for one in desk.meetings(email)] for email in pool}
    assert [Counter(starts).most_common(1)[0][1] for starts in made.values()] == [1] * ROOMS
    assert sorted(len(starts) for starts in made.values()) == [len(days)] * ROOMS
    assert open_workspace(shared).journal.verify() == []


def plan_length(plan: Plan) -> timedelta:
    return plan.ends_at - plan.starts_at
