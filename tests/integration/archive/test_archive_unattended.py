"""The timer's round: what is due, by one machine at a time, and a check that is told."""

from __future__ import annotations

import http.server
import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from cc_run import sop
from cc_run.archive.contents import ATTACHED
from cc_run.archive.due import due_events, is_elsewhere
from cc_run.archive.filing import archive_event
from cc_run.archive.receipts import DELIVERED
from cc_run.archive.retention import prunable_event, prune
from cc_run.archive.unattended import Round, archive_due
from cc_run.errors import OutsideFailure
from cc_run.events import Event, Plan
from cc_run.room.converge import Convergence
from cc_run.sequence import documentation
from cc_run.workspace import Workspace, open_workspace

FORK = multiprocessing.get_context("fork")
EVENTS = 5


def _settled(site, **changes):
    """The site with other settings of the room or of the archive."""
    settings = site.workspace.settings
    room = {name: value for name, value in changes.items() if name in ("store_url", "state_dir")}
    archive = {name: value for name, value in changes.items() if name not in room}
    settings = settings.model_copy(
        update={
            "room": settings.room.model_copy(update=room),
            "archive": settings.archive.model_copy(update=archive),
        }
    )
    return replace(site, workspace=open_workspace(settings, "Siti"))


def _after(site) -> object:
    return site.event.ends_at + timedelta(hours=3)


def _archiver(workspace: Workspace) -> Callable[[Event], dict[str, object]]:
    def archive(event: Event) -> dict[str, object]:
        with workspace.journal.step(event.id, sop.DOCUMENT, workspace.actor) as step:
            step.open = True
            return archive_event(workspace, event).as_output()

    return archive


def _round(site) -> Round:
    return archive_due(site.workspace, _after(site), _archiver(site.workspace))


def _recorded(workspace: Workspace, site, tmp_path, number: int) -> Event:
    """A further event of the room, an hour apart, with its recording."""
    facts = {name: getattr(site.event, name) for name in Plan.model_fields}
    earlier = timedelta(hours=6 * number)
    facts |= {
        "title": f"Rapat {number}",
        "starts_at": site.event.starts_at - earlier,
        "ends_at": site.event.ends_at - earlier,
    }
    plan = Plan(**facts)
    event = workspace.events.add(plan, "Asia/Jakarta")
    path = tmp_path / "Videos" / f"{number}.mkv"
    path.write_bytes(random.Random(number).randbytes(1 << 20))
    with workspace.journal.step(event.id, sop.RECORD, "Siti") as step:
        step.output = {"file": str(path)}
    return event


def test_two_machines_on_one_postgresql_archive_each_event_once(build_site, postgresql, tmp_path):
    lone = build_site(1 << 20)
    site = _settled(lone, store_url=postgresql)
    events = [_recorded(site.workspace, site, tmp_path, number) for number in range(1, EVENTS + 1)]
    site.workspace.engine.dispose()
    start = FORK.Barrier(2)

    def machine(name: str) -> None:
        mine = _settled(site, state_dir=tmp_path / name)
        start.wait()
        for _turn in range(3):  # one that comes too early has its next turn, as the timer would
            done = _round(mine)
            assert done.failed == []
        os._exit(0)

    machines = [FORK.Process(target=machine, args=(name,)) for name in ("one", "two")]
    for each in machines:
        each.start()
    for each in machines:
        each.join()
    assert [each.exitcode for each in machines] == [0, 0]

    site = _settled(site)
    assert _round(site).done == []  # whoever was last has left nothing
    journal = site.workspace.journal
    for event in events:
        delivered = Counter(
            entry.data["target"] for entry in journal.entries(event.id) if entry.kind == DELIVERED
        )
        assert delivered == {"server": 1, "disk": 1}, event.id
    assert journal.verify() == []
    assert len(site.bags()) == 2 * EVENTS
    assert due_events(site.workspace, _after(site)) == []


def test_a_recording_of_the_other_machine_is_left_to_it_for_a_day(build_site, postgresql, tmp_path):
    lone = build_site(1 << 20)
    site = _settled(lone, store_url=postgresql)
    event = _recorded(site.workspace, site, tmp_path, 1)
    due = event.ends_at + timedelta(hours=2)
    assert not is_elsewhere(site.workspace, event, due)
    (tmp_path / "Videos" / "1.mkv").rename(tmp_path / "elsewhere")

    assert is_elsewhere(site.workspace, event, due)
    assert not is_elsewhere(site.workspace, event, due + timedelta(days=1))
    done = archive_due(site.workspace, due, _archiver(site.workspace))
    assert (done.done, done.failed) == ([], [])
    late = archive_due(site.workspace, due + timedelta(days=1), _archiver(site.workspace))
    assert [(one.id, "is gone" in error.message) for one, error in late.failed] == [
        (event.id, True)
    ]


def test_a_machine_alone_says_at_once_that_a_recording_is_gone(site):
    site.recording.rename(site.recording.with_name("elsewhere.mkv"))

    (failed,) = _round(site).failed

    assert "is gone" in failed[1].message


def test_what_was_missed_in_days_off_is_caught_up_with_and_then_it_is_quiet(site):
    late = site.event.ends_at + timedelta(days=60)

    done = archive_due(site.workspace, late, _archiver(site.workspace))

    assert [one["bag"] for one in done.done] == [site.bags()[0].name]
    again = archive_due(site.workspace, late, _archiver(site.workspace))
    assert (again.done, again.failed) == ([], [])


def test_documents_that_came_to_an_old_event_are_due_though_its_recording_has_left(
    site, monkeypatch, tmp_path
):
    workspace = site.workspace
    archive_event(workspace, site.event)
    with workspace.journal.step(site.event.id, sop.CLOSE, "Siti") as step:
        step.output = {}
    later = site.event.ends_at + timedelta(days=400)
    prune(workspace, prunable_event(workspace, site.event, later, 365), approved_by="Dewi")
    assert due_events(workspace, later) == []
    minutes = tmp_path / "notulen akhir.docx"
    minutes.write_bytes(b"akhir")
    monkeypatch.setattr("cc_run.journal.journal.now", lambda: later)
    workspace.journal.append(
        ATTACHED, event_id=site.event.id, step=6, actor="Siti", data={"minutes": str(minutes)}
    )

    (done,) = archive_due(workspace, later, _archiver(workspace)).done

    assert done["delivered"] == ["server", "disk"]
    for bag in site.bags():
        assert (bag / "data/minutes" / minutes.name).read_bytes() == b"akhir"
        assert (bag / "data/recording" / site.recording.name).stat().st_size == (3 << 20) + 123
    assert due_events(workspace, later) == []


def test_a_round_that_another_process_has_in_hand_is_left_to_it(site):
    ready, end = FORK.Event(), FORK.Event()

    def other() -> None:
        mine = site.reopened()

        def wait(event: Event) -> dict[str, object]:
            ready.set()
            end.wait()
            return {}

        archive_due(mine.workspace, _after(site), wait)
        os._exit(0)

    process = FORK.Process(target=other)
    process.start()
    ready.wait()

    assert _round(site) == Round()
    assert site.bags() == []

    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(_round(site).done) == 1  # the dead one's lock holds nobody up


@pytest.fixture
def check() -> Iterator[tuple[str, list[str]]]:
    """An office's check that listens: its address, and the paths that were called."""
    called: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_facts: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ping/rahasia", called
        server.shutdown()


def test_a_check_hears_of_start_and_end(site, check):
    url, called = check
    told = _settled(site, ping_url=SecretStr(url))

    assert len(_round(told).done) == 1

    assert called == ["/ping/rahasia/start", "/ping/rahasia"]


def test_a_check_hears_of_a_failure(site, check):
    url, called = check
    site.targets[1].rmdir()
    told = _settled(site, ping_url=SecretStr(url))

    ((_event, error),) = _round(told).failed

    assert isinstance(error, OutsideFailure)
    assert called == ["/ping/rahasia/start", "/ping/rahasia/fail"]
    assert "rahasia" not in str(error) + repr(told.workspace.settings.archive)


def test_a_check_that_does_not_listen_holds_nothing_up(site):
    told = _settled(site, ping_url=SecretStr("http://127.0.0.1:9/ping"))

    assert len(_round(told).done) == 1


def test_a_repair_after_the_step_has_ended_is_no_second_round_of_it(site, monkeypatch):
    workspace, event = site.workspace, site.event
    archive_event(workspace, event)
    for number in (sop.DOCUMENT, sop.CLOSE):
        with workspace.journal.step(event.id, number, "Siti") as step:
            step.output = {}
    times = workspace.journal.progress(event.id)
    (site.bags()[0] / "bag-info.txt").unlink()
    monkeypatch.setattr(documentation, "kept_attendance", lambda *_facts: None)
    monkeypatch.setattr(
        documentation,
        "converge",
        lambda *_facts, **_more: archive_event(workspace, event) and Convergence(),
    )

    documentation.archive(workspace, event)

    assert site.kinds().count(DELIVERED) == 3
    assert workspace.journal.progress(event.id) == times
