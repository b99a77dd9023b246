"""The role obs with the real OBS: what it writes, OBS reads and writes back, and all stays so."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from cc_run.simulators.room import programme

SESSION = """
import json, sys
from pathlib import Path
from cc_run.recording.launch import ensure_obs, quit_obs
from cc_run.recording.obs import ObsConnection
from cc_run.settings.inventory import load

settings = load(Path(sys.argv[1]))
ensure_obs(settings.obs, Path(sys.argv[2]))
with ObsConnection(settings.obs) as obs:
    video = obs.ask("GetVideoSettings")
    items = obs.ask("GetSceneItemList", {"sceneName": settings.obs.scene})["sceneItems"]
    told = {
        "profile": obs.ask("GetProfileList")["currentProfileName"],
        "collection": obs.ask("GetSceneCollectionList")["currentSceneCollectionName"],
        "scene": obs.ask("GetCurrentProgramScene")["currentProgramSceneName"],
        "folder": obs.ask("GetRecordDirectory")["recordDirectory"],
        "picture": [video[n] for n in ("outputWidth", "outputHeight", "fpsNumerator")],
        "items": [item["sourceName"] for item in items],
        "bounds": items[0]["sceneItemTransform"]["boundsWidth"],
    }
    if sys.argv[3] == "record":
        obs.start_recording("kept", 5)
print(json.dumps(told), flush=True)
if sys.argv[3] == "quit":
    quit_obs(settings.obs)
"""


@pytest.fixture
def obs(room_site, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Obs"]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clip = programme(tmp_path_factory.getbasetemp() / "programme.mkv", seconds=3)
    room_site.environment |= {"CC_REHEARSAL_OBS_PORT": str(port)}
    room_site.environment |= {"CC_REHEARSAL_PROGRAMME": str(clip)}
    obs = Obs(room_site)
    yield obs
    obs.kill()


class Obs:
    """OBS in the site's room."""

    def __init__(self, site) -> None:
        self.site = site
        self.config = site.home / ".config/obs-studio"
        self.scenes = self.config / "basic/scenes/Command_Center.json"

    def session(self, how: str) -> dict[str, object]:
        inventory = Path(__file__).parents[2] / "inventory/rehearsal"
        log = self.site.folder / "obs.log"
        done = subprocess.run(
            [sys.executable, "-c", SESSION, str(inventory), str(log), how],
            env=self.site.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + log.read_text()
        return dict(json.loads(done.stdout))

    def pids(self) -> list[int]:
        home = f"HOME={self.site.home}\0".encode()
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and (folder / "exe").readlink().name == "obs":
                    found += [int(folder.name)] * (home in (folder / "environ").read_bytes())
            except OSError:
                continue
        return found

    def kill(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)


def test_obs_finds_what_the_role_wrote_and_leaves_nothing_to_change(obs: Obs) -> None:
    site = obs.site
    foretold = site.play("obs", "--check")
    assert (foretold.changed, foretold.failed) == (1, 0)
    assert not obs.config.exists()
    assert site.play("obs").changed == 1
    assert (obs.config.stat().st_mode & 0o777, mode(obs.config / "global.ini")) == (0o700, 0o600)

    assert obs.session("quit") == {
        "profile": "Command Center",
        "collection": "Command Center",
        "scene": "Rekaman Vidcon",
        "folder": str(site.folder / "state/recordings"),
        "picture": [640, 360, 30],
        "items": ["Acara", "Mikrofon"],
        "bounds": 640,
    }
    assert len(obs.scenes.read_text().splitlines()) == 1  # OBS has written its own form of it
    again = site.play("obs", "--diff")
    assert (again.changed, again.failed) == (0, 0), again.output


def test_the_room_has_its_scenes_with_sources_in_common(obs: Obs) -> None:
    """Those of the role's defaults; OBS tells that it has them, and writes nothing else."""
    site = obs.site
    defaults = Path(__file__).parents[2] / "roles/obs/defaults/main.yml"
    scenes = DataLoader().load_from_file(str(defaults))["obs_scenes"]
    site.variables = {"obs_scenes": scenes}
    assert site.play("obs").changed == 1
    obs.session("quit")
    written = json.loads(obs.scenes.read_text())
    names = ["Rekaman Vidcon", *(scene["name"] for scene in scenes)]
    assert [scene["name"] for scene in written["scene_order"]] == names
    assert names[1:] == ["Kamera", "Jendela Zoom", "Layar bersama", "Jeda"]
    sources = [source["name"] for source in written["sources"]]
    assert sources.count("Mikrofon") == 1
    assert {"Kamera ruangan", "Zoom", "Layar", "Tulisan jeda"} <= set(sources)
    again = site.play("obs", "--diff")
    assert (again.changed, again.failed) == (0, 0), again.output


def test_a_running_obs_quits_before_its_files_are_changed(obs: Obs) -> None:
    site = obs.site
    site.play("obs")
    obs.session("stay")
    assert site.play("obs").changed == 0
    assert obs.pids()

    site.variables = {"obs_fps": 15}
    held_back = site.play("obs", "--skip-tags", "disrupts_session")
    assert (held_back.changed, held_back.failed) == (0, 0)
    assert site.play("obs", "--check").changed == 1
    assert obs.pids()
    assert site.play("obs").changed == 1
    assert obs.pids() == []
    assert obs.session("quit")["picture"] == [640, 360, 15]
    assert site.play("obs").changed == 0


def test_what_was_damaged_is_repaired_and_what_is_the_operators_stays(obs: Obs) -> None:
    site = obs.site
    site.play("obs")
    document = json.loads(obs.scenes.read_text())
    document["operators_own"] = "stays"
    document["sources"][0]["muted"] = True
    obs.scenes.write_text(json.dumps(document))
    profile = obs.config / "basic/profiles/Command_Center/basic.ini"
    profile.write_text(profile.read_text().replace("RecTracks=1", "RecTracks=9") + "[Own]\na=b\n")
    assert site.play("obs").changed == 1
    repaired = json.loads(obs.scenes.read_text())
    assert (repaired["operators_own"], repaired["sources"][0]["muted"]) == ("stays", False)
    assert "RecTracks=1\n" in profile.read_text()
    assert "[Own]\na=b\n" in profile.read_text()


def test_a_recording_obs_is_left_alone(obs: Obs) -> None:
    site = obs.site
    site.play("obs")
    obs.session("record")
    site.variables = {"obs_video_bitrate": 1500}
    played = site.play("obs")
    assert (played.changed, played.failed) == (0, 1)
    assert "OBS is recording; it is not restarted now." in played.output
    assert obs.pids()


def test_a_room_without_a_password_is_refused_and_no_secret_is_shown(obs: Obs) -> None:
    site = obs.site
    shown = site.play("obs", "--check", "--diff", "-vvv").output
    assert "simulated" not in shown.replace("simulated_", "").replace("simulated room", "")
    site.variables = {"obs_password": ""}
    refused = site.play("obs")
    assert refused.failed == 1
    assert "Set obs_password in the inventory's vault." in refused.output


@pytest.mark.parametrize(
    ("version", "user_file", "websocket"),
    [
        ("30.1.2", "global.ini", "global.ini"),
        ("30.2.3", "global.ini", "plugin_config/obs-websocket/config.json"),
        ("31.0.1", "user.ini", "plugin_config/obs-websocket/config.json"),
    ],
)
def test_newer_versions_get_their_settings_where_they_read_them(
    site, version: str, user_file: str, websocket: str
) -> None:
    programs = site.folder / "bin"
    programs.mkdir()
    (programs / "obs").write_text(f"#!/bin/sh\necho 'OBS Studio - {version} (linux)'\n")
    (programs / "obs").chmod(0o755)
    site.environment["PATH"] = f"{programs}:{site.environment['PATH']}"
    assert site.play("obs").changed == 1
    config = site.home / ".config/obs-studio"
    assert "FirstRun=true" in (config / user_file).read_text()
    assert "simulated" in (config / websocket).read_text()
    assert mode(config / websocket) == 0o600
    holders = [path for path in config.rglob("*") if path.is_file()]
    assert sum("simulated" in path.read_text() for path in holders) == 1
    migrated = config / "global.ini"
    since_31 = version.startswith("31")
    assert (migrated.exists() and "Pre31Migrated=true" in migrated.read_text()) == since_31


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
