"""The camera's probes before a camera that is well, black, frozen, held, silent, slow or absent."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cc_run.settings import Settings
from cc_run.settings.models import Camera as SettingsOfCamera
from cc_run.simulators.room import Camera, Room, simulated_room
from cc_run.simulators.room.devices import CAMERA_FILE

# Runs the probes as `check` does, once with each of several settings.
PROBE = """
import asyncio, json, pickle, sys
from pathlib import Path
from cc_run.cli.prepare import result_dict
from cc_run.probe import Context, run_probes
from cc_run.room.camera.probes import PROBES
folder, only = Path(sys.argv[1]), sys.argv[2]
probes = [probe for probe in PROBES if only in probe.id]
for settings in pickle.loads((folder / "settings").read_bytes()):
    results = asyncio.run(run_probes(probes, Context(settings, None, folder)))
    print(json.dumps([result_dict(result) for result in results], default=str))
"""
C920 = {"name": "Logitech C920", "vendor": "046d", "products": ["082d"]}
BRIO = {"name": "Logitech BRIO", "vendor": "046d", "products": ["085e"], "usb3": True}
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with simulated_room(tmp_path_factory.mktemp("room")) as room:
        yield room


@dataclasses.dataclass
class Desk:
    """Where the camera's probes run."""

    room: Room
    settings: Settings
    folder: Path

    def probed(self, camera: Camera = Camera.LIVE, **changes: Any) -> Found:
        """The results of all of the camera's probes by what comes after the dot."""
        return self.each([changes], camera)[0]

    def each(
        self,
        variants: Sequence[Mapping[str, Any]],
        camera: Camera = Camera.LIVE,
        *,
        file: Path = CAMERA_FILE,
        only: str = "",
        before: str = "",
    ) -> list[Found]:
        """The same with each of several changes of the settings, after a command in the shell."""
        wishes = [self.changed(**changes) for changes in variants]
        (self.folder / "settings").write_bytes(pickle.dumps(wishes))
        there = dataclasses.replace(self.room, camera=camera, camera_file=file)
        program = [sys.executable, "-c", PROBE, str(self.folder), only]
        answer = subprocess.run(
            there.under_devices(["sh", "-c", f'{before}"$@"', "sh", *program]),
            env={**os.environ, **self.room.environment, "HOME": os.environ["HOME"]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return [
            {result["id"].removeprefix("camera."): result for result in json.loads(line)}
            for line in answer.stdout.splitlines()
        ]

    def changed(self, need: str = "required", **changes: Any) -> Settings:
        camera = SettingsOfCamera.model_validate(self.settings.camera.model_dump() | changes)
        room = self.settings.room.model_copy(update={"probe_needs": {"camera": need}})
        return self.settings.model_copy(update={"camera": camera, "room": room})


@pytest.fixture
def desk(room: Room, settings: Settings, tmp_path: Path) -> Desk:
    return Desk(room, settings, tmp_path)


def other_camera(folder: Path, **attributes: str) -> Path:
    """The camera's file with other attributes of its USB device."""
    text = CAMERA_FILE.read_text()
    for name, value in attributes.items():
        before = next(line for line in text.splitlines() if line.startswith(f"A: {name}="))
        text = text.replace(before, f"A: {name}={value}\\n", 1)
    file = folder / "other.umockdev"
    file.write_text(text)
    return file


def statuses(results: Found) -> dict[str, str]:
    return {name: result["status"] for name, result in results.items()}


def test_a_live_camera_passes_and_its_picture_is_kept(desk: Desk) -> None:
    results = desk.probed()
    assert set(statuses(results).values()) == {"pass"}
    assert results["present"]["found"] == "Logitech BRIO (/dev/video0)"
    assert results["port"]["found"] == "5000 Mbit/s"
    assert results["mode"]["found"] == "YUYV 1280x720@30"
    (snapshot,) = results["picture"]["evidence"]
    with Image.open(snapshot["path"]) as picture:
        assert picture.size == (1280, 720)
        darkest, brightest = picture.convert("L").getextrema()
    assert brightest - darkest > 100


@pytest.mark.parametrize(
    ("camera", "found", "remedy"),
    [(Camera.BLACK, "black", "lens cover"), (Camera.FROZEN, "frozen", "Unplug")],
)
def test_a_picture_that_shows_nothing_fails_and_is_kept(
    desk: Desk, camera: Camera, found: str, remedy: str
) -> None:
    results = desk.probed(camera)
    assert statuses(results) == {
        "present": "pass", "port": "pass", "mode": "pass", "free": "pass", "picture": "fail",
    }  # fmt: skip
    assert found in results["picture"]["found"]
    assert remedy in results["picture"]["remedy"]
    assert Path(results["picture"]["evidence"][0]["path"]).is_file()


def test_what_counts_as_black_is_a_setting(desk: Desk) -> None:
    assert "black" in desk.probed(black_level=0.95)["picture"]["found"]


def test_a_program_that_holds_the_camera_is_named(desk: Desk) -> None:
    frames, first = desk.folder / "frames", desk.folder / "first"
    os.mkfifo(frames)
    # Its first frame says that it has the camera; then it keeps it, as nobody reads further.
    hold = (
        f"ffmpeg -nostdin -v error -f v4l2 -i /dev/video0 -f rawvideo -y {frames} & "
        f"exec 3< {frames}; head -c 100000 <&3 > {first}; "
    )
    (results,) = desk.each([{}], before=hold)
    assert statuses(results)["free"] == "fail"
    assert "ffmpeg (" in results["free"]["found"]
    assert results["free"]["remedy"].startswith("Close ")
    assert results["picture"]["status"] == "skip"


def test_a_camera_that_is_busy_is_no_camera_that_fails(desk: Desk) -> None:
    results = desk.probed(Camera.BUSY)
    assert (results["free"]["status"], results["picture"]["status"]) == ("fail", "skip")
    assert results["free"]["remedy"]


@pytest.mark.parametrize("camera", [Camera.HANGING, Camera.DEAF])
def test_a_camera_that_hangs_fails_in_its_own_time(desk: Desk, camera: Camera) -> None:
    results = desk.probed(camera, answer_seconds=2)
    assert results["picture"]["status"] == "fail"
    assert "within" in results["picture"]["found"]
    assert "Unplug the camera" in results["picture"]["remedy"]
    assert results["free"]["status"] == "skip"
    assert results["mode"]["status"] == ("fail" if camera is Camera.DEAF else "pass")


def test_an_absent_camera_is_told_once_and_a_room_may_do_without(desk: Desk) -> None:
    needs = [{"need": need} for need in ("required", "preferred", "optional")]
    required, preferred, optional = desk.each(needs, Camera.ABSENT)
    assert statuses(required) == {
        "present": "fail", "port": "skip", "mode": "skip", "free": "skip", "picture": "skip",
    }  # fmt: skip
    assert "Plug the camera" in required["present"]["remedy"]
    assert (preferred["present"]["status"], optional["present"]["status"]) == ("warn", "skip")


def test_another_model_than_those_accepted_is_named(desk: Desk) -> None:
    toy = other_camera(desk.folder, idVendor="1234", product="Toy Cam")
    (results,) = desk.each([{}], file=toy, only="present")
    assert results["present"]["status"] == "fail"
    assert results["present"]["found"] == "only other cameras: Toy Cam (/dev/video0)"


def test_a_substitute_for_the_preferred_model_warns(desk: Desk) -> None:
    c920 = other_camera(desk.folder, idProduct="082d", product="HD Pro Webcam C920")
    either = {"models": [C920, BRIO]}
    preferred = {"models": [C920, {**BRIO, "preferred": True}]}
    will_do, warned = desk.each([either, preferred], file=c920, only="present")
    assert will_do["present"]["status"] == "pass"
    assert warned["present"]["status"] == "warn"
    assert "Logitech BRIO" in warned["present"]["remedy"]


def test_a_slow_port_fails_where_the_mode_needs_more_else_it_warns(desk: Desk) -> None:
    slow = other_camera(desk.folder, speed="480")
    small = {"width": 640, "height": 360}
    modest = {**small, "models": [{**BRIO, "usb3": False}]}
    failed, warned, passed = desk.each([{}, small, modest], file=slow, only="port")
    assert failed["port"]["status"] == "fail"
    assert "442 Mbit/s" in failed["port"]["expected"]
    assert "blue USB 3" in failed["port"]["remedy"]
    assert (warned["port"]["status"], passed["port"]["status"]) == ("warn", "pass")


def test_a_picture_that_is_not_offered_is_told_with_what_is(desk: Desk) -> None:
    variants = [{"width": 1920, "height": 1080}, {"format": "MJPG"}, {"fps": 60}]
    told = [one["mode"] for one in desk.each(variants, only="mode")]
    assert [one["status"] for one in told] == ["fail"] * 3
    assert {one["found"] for one in told} == {"only YUYV 1280x720@30"}
    assert [one["expected"] for one in told] == [
        "1920x1080@30",
        "MJPG 1280x720@30",
        "1280x720@60",
    ]
