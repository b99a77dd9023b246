"""An operator's desk with Zoom's emulator behind it, one emulator for all tests of a module."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from cc_run import content
from cc_run.cli import main
from cc_run.events import Event, Plan
from cc_run.settings import Settings
from cc_run.settings.inventory import load
from cc_run.workspace import Workspace

CLIENT_SECRET = "Rahasia-aplikasi-Zq81"
# Every test has Zoom accounts of its own, so that one emulator serves them all.
HOSTS = tuple(f"vidcon{number:02}@example.go.id" for number in range(80))


class Emulator:
    """The emulator's process, its control and its log."""

    def __init__(self, folder: Path) -> None:
        hosts = [part for host in HOSTS for part in ("--host", host)]
        command = [sys.executable, "-m", "cc_run.cli", "simulate", "zoom", "--state", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--client-secret", CLIENT_SECRET, *hosts], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        self.web = httpx.Client()
        self.fresh = iter(HOSTS)
        self.switches = self.control("GET", "/switches")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.web.request(method, f"{self.url}/_control{path}", json=body)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def fault(self, *rules: dict[str, Any]) -> None:
        self.control("PUT", "/faults", list(rules))

    def asked(self, method: str, path: str) -> int:
        """How many such requests came since the test began."""
        noted = self.control("GET", "/requests")
        return sum(one["method"] == method and fnmatchcase(one["path"], path) for one in noted)

    def forget(self) -> None:
        self.control("DELETE", "/requests")

    def new_token(self) -> None:
        """Somebody else asks for a token, which ends everybody's."""
        form = {"grant_type": "account_credentials", "account_id": "simulated"}
        auth = ("simulated", CLIENT_SECRET)
        self.web.post(f"{self.url}/oauth/token", data=form, auth=auth).raise_for_status()

    def end(self) -> None:
        self.web.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


class Answer(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Desk:
    """An operator's desk: commands, the room's variables, and Zoom's web portal."""

    def __init__(
        self,
        emulator: Emulator,
        host: str,
        inventory: Path,
        state: Path,
        run: Callable[..., Answer],
    ) -> None:
        self.emulator, self.host, self.state, self.run = emulator, host, state, run
        self._vars = inventory / "host_vars" / "gladi.yml"
        self._known: dict[str, Any] = {}
        self.set(cc_zoom_client_secret=CLIENT_SECRET, cc_zoom_hosts=[{"email": host}])

    @property
    def secret(self) -> str:
        """The app's own, which is told nowhere."""
        return CLIENT_SECRET

    def create(self, event: Event, code: int = 0) -> Answer:
        answer = self.run("host", "create", "--event", event.id)
        assert answer.code == code, answer
        return answer

    def sync(self, event: Event) -> Any:
        answer = self.run("host", "sync", "--event", event.id, "--json")
        assert answer.code == 0, answer
        return answer.json

    def kinds(self, workspace: Workspace, event: Event) -> list[str]:
        """What the journal tells of the event's meeting."""
        entries = workspace.journal.entries(event.id)
        prefix = "meeting."
        return [one.kind.removeprefix(prefix) for one in entries if one.kind.startswith(prefix)]

    def outside(
        self, topic: str, starts_at: datetime, minutes: int = 60, host: str | None = None
    ) -> int:
        """Somebody makes a meeting in Zoom's own pages."""
        body = {
            "topic": topic,
            "type": 2,
            "start_time": starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "duration": minutes,
        }
        [number] = self.emulator.control(
            "POST", "/meetings", [{"host": host or self.host, "body": body}]
        )
        return int(number)

    def set(self, **variables: Any) -> None:
        self._known |= variables
        self._vars.parent.mkdir(exist_ok=True)
        self._vars.write_text(json.dumps(self._known))

    def meetings(self, host: str | None = None) -> list[dict[str, Any]]:
        """What a host has in Zoom."""
        found = self.emulator.control("GET", "/state")["meetings"]
        return [one for one in found if one["host_email"] == (host or self.host)]

    def meeting(self) -> dict[str, Any]:
        [only] = self.meetings()
        return only

    @property
    def token_file(self) -> Path:
        return self.state / "zoom" / "zoom-token.json"

    def by_hand(self, method: str, meeting_id: int, body: Any = None) -> dict[str, Any]:
        """Somebody acts in Zoom itself."""
        token = json.loads(self.token_file.read_text())["access_token"]
        reply = self.emulator.web.request(
            method,
            f"{self.emulator.url}/v2/meetings/{meeting_id}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        reply.raise_for_status()
        return dict(reply.json()) if reply.content else {}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command as a process of its own, which can be killed."""
        return subprocess.Popen(
            [sys.executable, "-m", "cc_run.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("zoom"))
    yield emulator
    emulator.end()


@pytest.fixture
def emulator(account: Emulator) -> Iterator[Emulator]:
    account.forget()
    yield account
    account.control("DELETE", "/faults")
    account.control("PUT", "/switches", account.switches)
    account.control("PUT", "/clock", {"offset_seconds": 0})


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    """Types a command."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["cc-run", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return Answer(int(end.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def desk(
    emulator: Emulator,
    rehearsal_environment: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[..., Answer],
) -> Desk:
    inventory = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "rehearsal", inventory)
    monkeypatch.setenv("CC_RUN_INVENTORY", str(inventory))
    monkeypatch.setenv("CC_REHEARSAL_ZOOM", emulator.url)
    return Desk(emulator, next(emulator.fresh), inventory, rehearsal_environment, run)


@pytest.fixture
def settings(desk: Desk) -> Settings:
    """The room's settings, once the desk's variables stand."""
    return load()


@pytest.fixture
def more(workspace: Workspace, plan: Plan) -> Callable[[float], Event]:
    """Further events in rooms of their own, so many hours after the first one."""
    rooms = count(2)

    def add(hours: float) -> Event:
        later = {
            "room": f"ruang-{next(rooms)}",
            "starts_at": plan.starts_at + timedelta(hours=hours),
            "ends_at": plan.ends_at + timedelta(hours=hours),
        }
        return workspace.events.add(plan.model_copy(update=later), workspace.zone)

    return add
