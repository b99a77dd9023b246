"""What is watched on the real OBS: each alarm is raised once, goes everywhere, and clears."""

import http.server
import json
import os
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pulsectl
import pytest

from cc_run.recording.beacon import seen_by_supervisor
from cc_run.recording.obs import ObsConnection
from cc_run.simulators.room.sound import POLYCOM_EAR, POLYCOM_SOURCE

RAISED, CLEARED = "recording.alarm", "recording.alarm_cleared"


@contextmanager
def muted(desk) -> Iterator[None]:
    with pulsectl.Pulse("tests", server=desk.environment["PULSE_SERVER"]) as pulse:
        source = pulse.get_source_by_name(POLYCOM_SOURCE)
        pulse.mute(source, True)
        try:
            yield
        finally:
            pulse.mute(source, False)


@contextmanager
def unplugged(desk) -> Iterator[None]:
    """The microphone's source is gone, and comes back as another device of the same name."""
    server = desk.environment["PULSE_SERVER"]
    with pulsectl.Pulse("tests", server=server) as pulse:
        found = [
            m for m in pulse.module_list() if f"source_name={POLYCOM_SOURCE}" in str(m.argument)
        ]
        pulse.module_unload(found[0].index)
        try:
            yield
        finally:
            properties = f"master={POLYCOM_EAR}.monitor channel_map=mono"
            pulse.module_load("module-remap-source", f"source_name={POLYCOM_SOURCE} {properties}")


@contextmanager
def shown(desk, what: str) -> Iterator[None]:
    desk.show(what)
    try:
        yield
    finally:
        desk.show("run")


@contextmanager
def other_scene(desk) -> Iterator[None]:
    with ObsConnection(desk.workspace.settings.obs) as connection:
        connection.ask("CreateScene", {"sceneName": "Bukan milik kami"})
        connection.ask("SetCurrentProgramScene", {"sceneName": "Bukan milik kami"})
        try:
            yield
        finally:
            ours = {"sceneName": desk.workspace.settings.obs.scene}
            connection.ask("SetCurrentProgramScene", ours)
            connection.ask("RemoveScene", {"sceneName": "Bukan milik kami"})


def test_every_alarm_appears_once_and_clears(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.proven(event)
    troubles = {
        "microphone.Mikrofon": muted(desk),
        "picture.black": shown(desk, "black"),
        "picture.frozen": shown(desk, "freeze"),
        "setup.scene": other_scene(desk),
    }
    for key, trouble in troubles.items():
        with trouble:
            desk.wait(lambda key=key: key in desk.alarms(event))
        desk.wait(lambda key=key: key in desk.alarms(event, CLEARED))
    output = desk.finished(foreground)
    # A black picture does not move either, and a scene without sources is black and silent.
    assert set(troubles) <= set(desk.alarms(event))
    assert desk.alarms(event)[0] == "microphone.Mikrofon"
    assert desk.alarms(event).count("microphone.Mikrofon") <= 2
    assert sorted(desk.alarms(event)) == sorted(desk.alarms(event, CLEARED))
    assert (output["segments"], output["gaps"]) == (1, [])
    desk.verdict_is_true(output, readable=False)


def test_a_replugged_microphone_is_heard_again(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.proven(event)
    with unplugged(desk):
        desk.wait(lambda: "microphone.Mikrofon" in desk.alarms(event))
    desk.wait(lambda: "microphone.Mikrofon" in desk.alarms(event, CLEARED))
    output = desk.finished(foreground)
    assert (output["segments"], output["gaps"]) == (1, [])
    desk.verdict_is_true(output)
    # The sound is in the file, to its end.
    heard = subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-sseof", "-2", "-i", output["file"]),
            *("-af", "volumedetect", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    peak = next(line for line in heard.stderr.splitlines() if "max_volume" in line)
    assert float(peak.split("max_volume:")[1].split()[0]) > -40


def test_a_start_that_proves_nothing_says_what_fails(desk) -> None:
    event = desk.event()
    with muted(desk), shown(desk, "black"):
        foreground = desk.begin("--event", event.id, "--for", "300")
        desk.wait(lambda: desk.entries(event, "recording.unproven"))
    ran_out = finish(desk, foreground)
    assert "It records, but not all is right:" in ran_out
    assert "The microphone Mikrofon gives nothing" in ran_out
    assert "The picture is black." in ran_out


def finish(desk, process: subprocess.Popen[str]) -> str:
    import signal

    process.send_signal(signal.SIGINT)
    ran = desk.ended(process)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


class Inbox(http.server.BaseHTTPRequestHandler):
    """A webhook's other end."""

    got: list[dict[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as a client needs."""

    def handle(self) -> None:
        def say(line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                say("354 go on")
                letter = b""
                while (more := self.rfile.readline()) != b".\r\n":
                    letter += more
                self.server.letters.append(letter.decode())
            say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_alarms_leave_the_room_by_every_way(desk, tmp_path: Path) -> None:
    hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    hook.got = []
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)
    mail.letters = []
    programs = tmp_path / "bin"
    programs.mkdir()
    shown_on_desktop = tmp_path / "shown"
    # The desktop of a test has nobody who shows notices.
    (programs / "notify-send").write_text(f'#!/bin/sh\nprintf "%s|" "$@" >> {shown_on_desktop}\n')
    (programs / "notify-send").chmod(0o755)
    with serving(hook) as web_port, serving(mail) as mail_port:
        more = {
            "cc_alarm_desktop": True,
            "cc_alarm_webhook_url": f"http://127.0.0.1:{web_port}/secret-token",
            "cc_alarm_mail_to": ["it@example.go.id"],
            "cc_mail_sender": "room@example.go.id",
            "cc_mail_host": "127.0.0.1",
            "cc_mail_port": mail_port,
            "cc_mail_security": "none",
        }
        inventory = desk.inventory_with(tmp_path / "inventory", more)
        event = desk.event()
        path = f"{programs}:{os.environ['PATH']}"
        words = ("--event", event.id, "--for", "300", "--inventory", str(inventory))
        foreground = desk.begin(*words, PATH=path)
        desk.proven(event)
        with muted(desk):
            desk.wait(lambda: desk.alarms(event))
        desk.wait(lambda: desk.alarms(event, CLEARED))
        out = finish(desk, foreground)
    assert [(got["alarm"], got["state"]) for got in hook.got] == [
        ("microphone.Mikrofon", "raised"),
        ("microphone.Mikrofon", "cleared"),
    ]
    assert event.id in hook.got[0]["text"]
    assert len(mail.letters) == 2
    assert "To: it@example.go.id" in mail.letters[0]
    assert shown_on_desktop.read_text().count("The microphone Mikrofon gives nothing") == 2
    assert "secret-token" not in out + str(desk.workspace.journal.entries(event.id))


def test_a_way_that_does_not_work_is_said_and_holds_nothing_up(desk, tmp_path: Path) -> None:
    more = {"cc_alarm_webhook_url": "http://127.0.0.1:9/secret-token"}
    inventory = desk.inventory_with(tmp_path / "inventory", more)
    event = desk.event()
    words = ("--event", event.id, "--for", "300", "--inventory", str(inventory))
    foreground = desk.begin(*words)
    desk.proven(event)
    with muted(desk):
        desk.wait(lambda: desk.alarms(event))
    desk.wait(lambda: desk.alarms(event, CLEARED))
    out = finish(desk, foreground)
    assert out.count("An alarm could not be sent through the webhook: ConnectError") == 1
    assert "secret-token" not in out


def test_a_clock_that_is_set_moves_neither_end_nor_lengths(desk, tmp_path: Path) -> None:
    """libfaketime sets the wall clock of cc-run, forwards and back, each before a gap."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    assert library is not None, "the Debian package libfaketime is missing"
    offset = tmp_path / "offset"
    offset.write_text("+0")
    event = desk.event()
    foreground = desk.begin(
        *("--event", event.id, "--for", "300", "--json"),
        LD_PRELOAD=str(library),
        FAKETIME_TIMESTAMP_FILE=str(offset),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    desk.proven(event)
    begun, left = time.monotonic(), seconds_left(desk)
    for part, clock in ((2, "+3600"), (3, "+0")):
        (tmp_path / "wished").write_text(clock)
        (tmp_path / "wished").replace(offset)  # at once: an empty file would end whoever reads it
        desk.wait(lambda part=part: len(desk.entries(event, "recording.clock_set")) == part - 1)
        with ObsConnection(desk.workspace.settings.obs) as connection:
            connection.stop_recording(30)  # a gap across the step
        desk.recording(event, part=part)
        # The end comes nearer as time goes by, not an hour at once.
        gone_by = time.monotonic() - begun
        assert left - seconds_left(desk) == pytest.approx(gone_by, abs=60)
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert output["segments"] == 3
    told = [entry.data["seconds"] for entry in desk.entries(event, "recording.clock_set")]
    assert told == [pytest.approx(3600, abs=2), pytest.approx(-3600, abs=2)]


def seconds_left(desk) -> float:
    seen = seen_by_supervisor(desk.workspace.state_dir)
    assert seen is not None
    return float(seen["left"])
