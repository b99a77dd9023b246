"""Who is told of a meeting, by a mail server with STARTTLS or by hand, and told again."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from icalendar import Calendar
from tests.rigs.mail_server import PASSWORD, MailServer, entry_of, mail_server
from tests.rigs.stores import free_port

from cc_run.events import Event
from cc_run.hosting.sharing import SHARED, sharing_of
from cc_run.room.converge import Convergence
from cc_run.sequence import equipment
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace, open_workspace

SITI = "siti@example.go.id"


@pytest.fixture
def post(tmp_path: Path, desk) -> Iterator[MailServer]:
    """The office's mail server, set in the room's inventory."""
    with mail_server(tmp_path) as server:
        desk.set(**server.variables)
        yield server


def share(desk, event: Event, *more: str) -> Any:
    answer = desk.run("host", "share", "--event", event.id, *more)
    assert answer.code == 0, answer
    return answer


def told(workspace: Workspace, event: Event) -> list[dict[str, Any]]:
    entries = workspace.journal.entries(event.id)
    return [entry.data for entry in entries if entry.kind == SHARED]


def move(desk, event: Event, hours: int = 1) -> None:
    zone = "%H.%M"
    start = event.starts_at + timedelta(hours=7 + hours)  # by Jakarta's clock
    day = start.strftime("%Y-%m-%d")
    end = start + timedelta(minutes=30)
    words = ("--date", day, "--start", start.strftime(zone), "--end", end.strftime(zone))
    answer = desk.run("event", "edit", "--event", event.id, *words)
    assert answer.code == 0, answer


@pytest.fixture
def morning(workspace: Workspace, event: Event) -> Event:
    """The event at an hour that can be moved within its day."""
    start = event.starts_at.replace(hour=2, minute=0, second=0)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    return workspace.events.change(event.number, times, workspace.zone)


# --- the first time


def test_the_contact_gets_a_mail_with_text_page_and_entry(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    made = desk.meeting()
    answer = share(desk, morning)
    assert f"Siti <{SITI}>" in answer.err
    [mail] = post.letters
    assert mail["To"] == f"Siti <{SITI}>"
    assert mail["From"].addresses[0].addr_spec == "vidcon@dinkominfo.example.go.id"
    assert morning.title in mail["Subject"]
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        for fact in (morning.title, made["password"], f"{made['id']}?pwd=", "WIB"):
            assert fact in text
        assert "*" not in text or kind == "html"
    method, entry = entry_of(mail)
    assert (method, entry["SEQUENCE"], entry["STATUS"]) == ("REQUEST", 0, "CONFIRMED")
    assert entry["ATTENDEE"] == f"mailto:{SITI}"
    assert entry["DTSTART"].dt == morning.starts_at
    [note] = told(workspace, morning)
    assert {name: note[name] for name in ("to", "by", "email", "sequence", "meeting_id")} == {
        "to": "Siti",
        "by": "mail",
        "email": SITI,
        "sequence": 0,
        "meeting_id": made["id"],
    }
    assert note["starts_at"] == morning.starts_at.isoformat()
    assert note["message_id"] == mail["Message-ID"]
    assert "Siti (" in desk.run("event", "show", "--event", morning.id).out
    assert post.logins == [True]


def test_without_a_mail_server_there_is_the_text_and_a_link_to_the_contacts_phone(
    desk, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    made = desk.meeting()
    number = {"contact": {**morning.contact.model_dump(), "phone": "0812-3456-7890"}}
    workspace.events.change(morning.number, number, workspace.zone)
    answer = share(desk, morning)
    [link] = [word for word in answer.out.split() if word.startswith("https://wa.me/")]
    assert urlsplit(link).path == "/6281234567890"
    [text] = parse_qs(urlsplit(link).query)["text"]
    assert text == answer.out.partition("WhatsApp")[0].strip()
    assert made["password"] in text
    assert '--to "Siti"' in answer.err
    assert told(workspace, morning) == []
    share(desk, morning, "--to", "Siti")
    [note] = told(workspace, morning)
    assert (note["to"], note["by"], note["phone"]) == ("Siti", "hand", "0812-3456-7890")


def test_the_agencys_contact_of_the_settings_serves_where_the_event_names_none(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    workspace.events.change(morning.number, {"contact": {}}, workspace.zone)
    desk.create(morning)
    desk.set(cc_agencies={"BAPPEDA": {"name": "Sekretariat", "email": "set@bappeda.example"}})
    share(desk, morning)
    assert [mail["To"] for mail in post.letters] == ["Sekretariat <set@bappeda.example>"]


def test_whoever_is_named_with_an_address_gets_a_mail(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning, "--to", "Camat Sayung <sayung@example.go.id>", "--to", "Lurah")
    assert [mail["To"] for mail in post.letters] == ["Camat Sayung <sayung@example.go.id>"]
    assert [(one["to"], one["by"]) for one in told(workspace, morning)] == [
        ("Camat Sayung", "mail"),
        ("Lurah", "hand"),
    ]


def test_telling_twice_is_asked_for(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    assert "--again" in share(desk, morning).err
    assert len(post.letters) == 1
    share(desk, morning, "--again")
    first, second = post.letters
    assert first["Message-ID"] != second["Message-ID"]
    assert entry_of(first)[1]["SEQUENCE"] == entry_of(second)[1]["SEQUENCE"] == 0
    desk.run("event", "edit", "--event", morning.id, "--email", "siti.r@example.go.id")
    share(desk, morning)  # the corrected address has got nothing yet
    assert post.letters[2]["To"] == "Siti <siti.r@example.go.id>"
    assert entry_of(post.letters[2])[1]["SEQUENCE"] == 0
    desk.run("event", "edit", "--event", morning.id, "--email", "siti.rahma@example.go.id")
    move(desk, morning)
    desk.sync(morning)
    assert [mail["To"] for mail in post.letters[3:]] == ["Siti <siti.rahma@example.go.id>"]


def test_the_calendar_file_is_for_going_round_and_its_owners(desk, tmp_path: Path, morning) -> None:
    desk.create(morning)
    answer = share(desk, morning, "--calendar", str(tmp_path / "undangan.ics"), "--json")
    given = Calendar.from_ical((tmp_path / "undangan.ics").read_bytes())
    assert given["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in given.walk("VEVENT")[0]
    kept = Path(answer.json["calendar"])
    assert kept.read_bytes() == (tmp_path / "undangan.ics").read_bytes()
    assert kept.stat().st_mode & 0o077 == 0


# --- again


def test_a_change_and_a_cancellation_are_told_to_the_same_people_once(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    share(desk, morning, "--to", "Camat <sayung@example.go.id>")
    move(desk, morning)
    moved = desk.sync(morning)
    assert [one["way"] for one in moved["telling"]["told"]] == ["mail", "mail"]
    assert "telling" not in desk.sync(morning)
    cancel = ("event", "cancel", "--event", morning.id, "--reason", "Ditunda")
    answer = desk.run(*cancel)
    assert (answer.code, f"Siti <{SITI}>" in answer.out) == (0, True)
    desk.run(*cancel)
    desk.run("host", "cancel", "--event", morning.id)
    to_siti = [mail for mail in post.letters if SITI in mail["To"]]
    entries = [entry_of(mail) for mail in to_siti]
    assert [(method, entry["SEQUENCE"]) for method, entry in entries] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({entry["UID"] for _method, entry in entries}) == 1
    assert entries[1][1]["DTSTART"].dt == morning.starts_at + timedelta(hours=1)
    assert [mail["In-Reply-To"] for mail in to_siti] == [
        None,
        to_siti[0]["Message-ID"],
        to_siti[1]["Message-ID"],
    ]
    assert len(post.letters) == 6
    changed, cancelled = (mail.get_body(("plain",)).get_content() for mail in to_siti[1:])
    assert "09.00–11.00 WIB" in changed  # when it was to be
    assert "zoom.us" not in cancelled
    assert workspace.journal.verify() == []


def test_what_nobody_outside_sees_is_not_told(desk, post: MailServer, morning: Event) -> None:
    desk.create(morning)
    share(desk, morning)
    desk.set(cc_zoom_meeting={"mute_upon_entry": False})
    assert desk.sync(morning)["done"] == "changed"
    desk.run("event", "edit", "--event", morning.id, "--participants", "12")
    assert "telling" not in desk.sync(morning)
    assert len(post.letters) == 1


def test_a_passcode_that_is_changed_in_zoom_is_told(desk, post: MailServer, morning: Event) -> None:
    desk.create(morning)
    share(desk, morning)
    desk.by_hand("PATCH", desk.meeting()["id"], {"password": "Baru-42"})
    desk.sync(morning)
    first, second = post.letters
    assert "Baru-42" in second.get_body(("plain",)).get_content()
    assert (entry_of(first)[1]["SEQUENCE"], entry_of(second)[1]["SEQUENCE"]) == (0, 1)


def test_a_meeting_lost_in_zoom_and_made_anew_is_told_with_its_new_number(
    desk, post: MailServer, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    desk.by_hand("DELETE", desk.meeting()["id"])
    desk.sync(morning)
    assert str(desk.meeting()["id"]) in post.letters[1].get_body(("plain",)).get_content()


def test_after_a_cancelled_meeting_the_next_invitation_outranks_the_cancellation(
    desk, post: MailServer, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    assert desk.run("host", "cancel", "--event", morning.id).code == 0
    desk.create(morning)
    assert len(post.letters) == 2  # who was told that it is off is invited by a person
    share(desk, morning)
    found = [entry_of(mail) for mail in post.letters]
    assert [(method, entry["SEQUENCE"]) for method, entry in found] == [
        ("REQUEST", 0),
        ("CANCEL", 1),
        ("REQUEST", 2),
    ]
    assert len({entry["UID"] for _method, entry in found}) == 1


def test_who_gets_no_mail_is_named_with_a_link_until_the_operator_has_told_them(
    desk, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning, "--to", "Lurah <0813-1111-2222>")
    move(desk, morning)
    for _twice in range(2):
        answer = desk.run("host", "sync", "--event", morning.id)
        assert answer.code == 0
        assert "Lurah" in answer.out
        assert "https://wa.me/6281311112222?text=" in answer.out
        assert '--to "Lurah"' in answer.err
    share(desk, morning, "--to", "Lurah")
    assert "wa.me" not in desk.run("host", "sync", "--event", morning.id).out
    cancelled = desk.run("event", "cancel", "--event", morning.id, "--reason", "Ditunda")
    assert "https://wa.me/6281311112222?text=" in cancelled.out
    share(desk, morning, "--to", "Lurah")
    assert [note["cancelled"] for note in told(workspace, morning)] == [False, False, True]
    again = desk.run("event", "cancel", "--event", morning.id, "--reason", "Ditunda")
    assert "wa.me" not in again.out


def test_prepare_tells_again_and_puts_the_rest_on_the_list(
    desk,
    post: MailServer,
    workspace: Workspace,
    morning: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.create(morning)
    made = desk.meeting()
    share(desk, morning, "--to", "Lurah")
    move(desk, morning)
    prove = equipment.check
    alone = {"only": ["event.shared"]}  # the room itself is others' matter
    monkeypatch.setattr(equipment, "converge", lambda *_all, **_more: Convergence())
    monkeypatch.setattr(equipment, "ensure_obs", lambda *_all: None)
    monkeypatch.setattr(equipment, "show_slate", lambda *_all: None)
    monkeypatch.setattr(equipment, "check", lambda *some, **more: prove(*some, **more | alone))
    moved = workspace.events.get(morning.id)
    prepared = equipment.prepare(workspace, moved, equipment.Watcher())
    [told_of] = [text for text in prepared.todo if "Lurah" in text]
    assert f"cc-run host share --event {morning.id} --to NAME" in told_of
    report = prepared.report.read_text()
    assert "Lurah" in report
    assert made["password"] not in report
    desk.set(**post.variables)
    share(desk, morning, "--to", "Camat <sayung@example.go.id>")
    move(desk, morning, 2)
    equipment.prepare(open_workspace(load()), workspace.events.get(morning.id), equipment.Watcher())
    assert [entry_of(mail)[1]["SEQUENCE"] for mail in post.letters] == [1, 2]


# --- what fails


def unreachable(server: MailServer, desk, folder: Path) -> None:
    desk.set(cc_mail_port=free_port())


def wrong_password(server: MailServer, desk, folder: Path) -> None:
    desk.set(cc_mail_password="bukan-ini-8Zr")


def knows_nobody(server: MailServer, desk, folder: Path) -> None:
    server.unknown.add(SITI)


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (unreachable, 3, "did not take the mail"),
        (wrong_password, 4, "refuses the login of vidcon"),
        (knows_nobody, 3, "550 5.1.1 no such person"),
    ],
)
def test_a_mail_that_does_not_go_is_told_undoes_nothing_and_is_sent_later(
    desk,
    post: MailServer,
    workspace: Workspace,
    morning: Event,
    tmp_path: Path,
    spoil: Callable[[MailServer, Any, Path], None],
    code: int,
    words: str,
) -> None:
    desk.create(morning)
    share(desk, morning)
    move(desk, morning)
    spoil(post, desk, tmp_path)
    answer = desk.run("host", "sync", "--event", morning.id)
    assert answer.code == code, answer
    assert words in answer.err
    assert "→" in answer.err
    assert "Traceback" not in answer.err
    assert f"Siti <{SITI}>" in answer.out
    assert "https://wa.me/" in answer.out
    assert "Sandi-surel" not in answer.out + answer.err
    start = desk.meeting()["start_time"]
    assert start == (morning.starts_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [note["sequence"] for note in told(workspace, morning)] == [0]
    tried = len(post.letters)
    post.on_mail = lambda smtp: None
    post.unknown.clear()
    desk.set(**post.variables)
    assert desk.run("host", "sync", "--event", morning.id).code == 0
    assert len(post.letters) == tried + 1
    assert [note["sequence"] for note in told(workspace, morning)] == [0, 1]


def test_a_server_without_starttls_gets_neither_login_nor_mail(
    desk, tmp_path: Path, morning: Event
) -> None:
    desk.create(morning)
    with mail_server(tmp_path, plain=True) as server:
        desk.set(**server.variables)
        answer = desk.run("host", "share", "--event", morning.id)
        assert (answer.code, server.letters) == (3, [])
        assert desk.meeting()["password"] in answer.out  # to be passed on by WhatsApp


def test_a_kill_after_the_mail_was_taken_repeats_that_very_mail(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    running: list[subprocess.Popen[str]] = []
    begun = threading.Event()

    def kill(smtp: Any) -> None:
        assert begun.wait(60)
        running[0].send_signal(signal.SIGKILL)
        running[0].wait()

    post.on_mail = kill
    running.append(desk.begin("host", "share", "--event", morning.id))
    begun.set()
    running[0].communicate()
    assert running[0].returncode == -signal.SIGKILL
    assert (len(post.letters), told(workspace, morning)) == (1, [])
    post.on_mail = lambda smtp: None
    share(desk, morning)
    share(desk, morning)
    first, second = post.letters
    assert first["Message-ID"] == second["Message-ID"]
    for name in ("UID", "SEQUENCE"):
        assert entry_of(first)[1][name] == entry_of(second)[1][name]
    assert len(told(workspace, morning)) == 1


def test_a_kill_between_zoom_and_the_mail_leaves_nobody_out(
    desk, post: MailServer, workspace: Workspace, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    move(desk, morning)
    running: list[subprocess.Popen[str]] = []
    begun = threading.Event()

    def kill(smtp: Any) -> None:
        assert begun.wait(60)
        running[0].send_signal(signal.SIGKILL)
        running[0].wait()
        post.letters.pop()  # it was not taken
        smtp.transport.abort()

    post.on_mail = kill
    running.append(desk.begin("host", "sync", "--event", morning.id))
    begun.set()
    running[0].communicate()
    post.on_mail = lambda smtp: None
    assert desk.sync(morning)["done"] == "kept"
    assert [entry_of(mail)[1]["SEQUENCE"] for mail in post.letters] == [0, 1]


# --- where the passcode is


def test_the_passcode_is_in_the_invitation_and_nowhere_else(
    desk, post: MailServer, workspace: Workspace, morning: Event, tmp_path: Path
) -> None:
    said = [desk.create(morning)]
    passcodes = [desk.meeting()["password"]]
    said.append(desk.run("host", "share", "--event", morning.id, "--json"))
    desk.by_hand("PATCH", desk.meeting()["id"], {"password": "Baru-42-Q"})
    passcodes.append("Baru-42-Q")
    said.append(desk.run("host", "sync", "--event", morning.id, "--json"))
    said.append(desk.run("event", "show", "--event", morning.id, "--json"))
    said.append(desk.run("status", "--event", morning.id))
    said.append(desk.run("report", "--event", morning.id, "--json"))
    share(desk, morning, "--to", "Lurah")
    assert [one.code for one in said[:4]] == [0, 0, 0, 0]
    secrets = [*passcodes, PASSWORD, desk.secret]
    told_aloud = "".join(answer.out + answer.err for answer in said)
    assert [secret for secret in secrets if secret in told_aloud] == []
    entries = workspace.journal.entries(morning.id)
    assert [secret for secret in secrets if secret in str(entries)] == []
    kept = {
        path.relative_to(desk.state).as_posix()
        for path in desk.state.rglob("*")
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets)
    }
    assert kept == {f"invitations/{morning.id}.txt"}
    assert all((desk.state / name).stat().st_mode & 0o077 == 0 for name in kept)
    entry = entry_of(post.letters[0])[1].to_ical().decode()
    assert passcodes[0] not in entry
    assert len(sharing_of(entries).people) == 2


def test_the_seals_key_is_its_owners_and_a_lost_one_alarms_nobody(
    desk, post: MailServer, morning: Event
) -> None:
    desk.create(morning)
    share(desk, morning)
    key = desk.state / "invitations" / "seal.key"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o077) == (32, 0)
    key.unlink()
    assert "telling" not in desk.sync(morning)
    assert len(post.letters) == 1
