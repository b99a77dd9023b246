"""The sound probes before phones that are well, muted, silent, distorted, half there or hanging."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pulsectl
import pytest

from cc_run.probe import Context, Result, run_probes
from cc_run.room.sound.probes import ON_REQUEST, PROBES
from cc_run.settings import Settings
from cc_run.simulators.room import Conference, Room, simulated_room
from cc_run.simulators.room.sound import POLYCOM_SINK, POLYCOM_SOURCE

Rooms = Callable[[Conference], Room]
Probed = Callable[..., dict[str, Result]]
RIGHT = {"present": "pass", "default": "pass", "unmuted": "pass", "volume": "pass"}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """Rooms by what their phone does, each built when it is first asked for."""
    built: dict[Conference, Room] = {}
    with ExitStack() as stack:

        def room(conference: Conference) -> Room:
            if conference not in built:
                folder = tmp_path_factory.mktemp("room")
                built[conference] = stack.enter_context(
                    simulated_room(folder, conference=conference)
                )
            return built[conference]

        yield room


@pytest.fixture
def probed(
    rooms: Rooms, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Probed:
    """Runs the sound probes in a room; the results by what comes after the dot."""

    def run(
        conference: Conference, *, tone: bool = False, needs: Any = None, **changes: Any
    ) -> dict[str, Result]:
        enter(rooms(conference), monkeypatch)
        audio = settings.conference_audio.model_copy(update=changes)
        office = settings.room.model_copy(update={"probe_needs": needs or {}})
        wished = settings.model_copy(update={"conference_audio": audio, "room": office})
        probes = (*PROBES, *ON_REQUEST) if tone else PROBES
        results = asyncio.run(run_probes(probes, Context(wished, None, tmp_path)))
        return {result.id.removeprefix("sound."): result for result in results}

    return run


def enter(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_SERVER"):
        monkeypatch.setenv(name, room.environment[name])


@contextmanager
def phone(room: Room) -> Iterator[tuple[pulsectl.Pulse, Any, Any]]:
    """The sound server with the Polycom as a room wants it, and its two parts to be spoilt."""
    with pulsectl.Pulse("tests", server=room.environment["PULSE_SERVER"]) as server:
        sink = server.get_sink_by_name(POLYCOM_SINK)
        source = server.get_source_by_name(POLYCOM_SOURCE)
        for port, volume in ((sink, 0.8), (source, 1.0)):
            server.mute(port, False)
            server.volume_set_all_chans(port, volume)
            server.default_set(port)
        yield server, sink, source


def wait_for_defaults(room: Room) -> None:
    """The session's manager takes a moment to follow a wish, and a young one may overhear it."""
    wished = (POLYCOM_SINK, POLYCOM_SOURCE)
    with pulsectl.Pulse("tests", server=room.environment["PULSE_SERVER"]) as server:
        while True:
            server.default_set(server.get_sink_by_name(POLYCOM_SINK))
            server.default_set(server.get_source_by_name(POLYCOM_SOURCE))
            time.sleep(0.1)
            told = server.server_info()
            if (told.default_sink_name, told.default_source_name) == wished:
                return


def statuses(results: dict[str, Result]) -> dict[str, str]:
    return {name: result.status.value for name, result in results.items()}


@contextmanager
def stopped(room: Room, program: str) -> Iterator[None]:
    """A program of the room stands still, as one that hangs."""
    mark = f"XDG_RUNTIME_DIR={room.environment['XDG_RUNTIME_DIR']}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() == program and mark in (
                process / "environ"
            ).read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    assert found, program
    for pid in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in found:
            os.kill(pid, signal.SIGCONT)


def test_a_phone_that_is_right_passes_and_its_level_is_kept(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SPEAKING)):
        wait_for_defaults(rooms(Conference.SPEAKING))
        results = probed(Conference.SPEAKING)
    assert statuses(results) == {**RIGHT, "microphone": "pass"}
    (trace,) = results["microphone"].evidence
    assert (trace.kind, trace.unit, len(trace.values)) == ("trace", "dBFS", 40)
    assert -35 < max(trace.values) < -5


def test_the_loudspeaker_is_heard_by_the_microphone(rooms: Rooms, probed: Probed) -> None:
    """While somebody talks in the room."""
    with phone(rooms(Conference.SPEAKING)):
        results = probed(Conference.SPEAKING, tone=True)
    assert results["tone"].status == "pass", results["tone"]
    assert results["tone"].found.startswith("Polycom CX5500 hears it")
    assert results["tone"].evidence[0].values


def test_a_voice_alone_is_not_taken_for_the_tone(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SPEAKING)) as (server, sink, _source):
        server.mute(sink, True)
        results = probed(Conference.SPEAKING, tone=True)
    assert (results["tone"].status, results["unmuted"].status) == ("fail", "fail")
    assert "no microphone hears" in results["tone"].found
    assert "both beeps" in results["tone"].remedy
    assert results["unmuted"].found == "muted: loudspeaker"


def test_a_loudspeaker_that_nothing_hears_fails(probed: Probed) -> None:
    assert probed(Conference.SILENT, tone=True)["tone"].status == "fail"


def test_a_muted_microphone_is_told_and_hears_zeros(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SPEAKING)) as (server, _sink, source):
        server.mute(source, True)
        results = probed(Conference.SPEAKING)
    assert results["unmuted"].found == "muted: microphone"
    assert "mute button" in results["unmuted"].remedy
    assert (results["microphone"].status, results["microphone"].found) == (
        "fail",
        "nothing but zeros",
    )


def test_a_silent_microphone_fails_and_the_rest_passes(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SILENT)):
        wait_for_defaults(rooms(Conference.SILENT))
        results = probed(Conference.SILENT)
    assert statuses(results) == {**RIGHT, "microphone": "fail"}
    assert "Speak into the microphone" in results["microphone"].remedy


def test_the_floor_is_a_setting(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SPEAKING)):
        results = probed(Conference.SPEAKING, floor_db=-3.0)
    assert results["microphone"].status == "fail"
    assert results["microphone"].expected == "above −3 dBFS"


def test_a_wrong_default_and_a_wrong_volume_are_told(rooms: Rooms, probed: Probed) -> None:
    with phone(rooms(Conference.SILENT)) as (server, sink, _source):
        wait_for_defaults(rooms(Conference.SILENT))
        others = [port for port in server.sink_list() if port.description == "Built-in Audio"]
        while server.server_info().default_sink_name == POLYCOM_SINK:
            server.default_set(others[0])
            time.sleep(0.1)
        server.volume_set_all_chans(sink, 0.3)
        results = probed(Conference.SILENT)
        near = probed(Conference.SILENT, volume=31)
    assert results["default"].status == "fail"
    assert "cc-run prepare" in results["default"].remedy
    assert results["volume"].status == "warn"
    assert results["volume"].found == "loudspeaker 30 %, microphone 100 %"
    assert near["volume"].status == "pass"


def test_a_microphone_that_is_shouted_into_is_told_as_distorted(probed: Probed) -> None:
    result = probed(Conference.CLIPPING)["microphone"]
    assert result.status == "warn"
    assert "distorted" in result.found
    assert result.evidence


@pytest.mark.parametrize(
    ("conference", "missing"),
    [
        (Conference.MICROPHONE_ONLY, "missing: loudspeaker"),
        (Conference.LOUDSPEAKER_ONLY, "missing: microphone"),
    ],
)
def test_a_phone_of_which_a_half_is_missing(
    probed: Probed, conference: Conference, missing: str
) -> None:
    result = probed(conference)["present"]
    assert (result.status, result.found) == ("fail", missing)
    assert "Unplug the conference phone" in result.remedy


def test_an_absent_phone_is_told_once(probed: Probed) -> None:
    results = probed(Conference.ABSENT)
    assert statuses(results) == {
        "present": "fail", "default": "skip", "unmuted": "skip", "volume": "skip",
        "microphone": "skip",
    }  # fmt: skip
    assert "Plug the conference phone" in results["present"].remedy
    optional = probed(Conference.ABSENT, needs={"sound": "optional"})
    assert optional["present"].status == "skip"


def test_a_sound_server_that_hangs_is_told_once(rooms: Rooms, probed: Probed) -> None:
    with stopped(rooms(Conference.SILENT), "pipewire-pulse"):
        results = probed(Conference.SILENT, answer_seconds=1.0)
    assert results["present"].status == "fail"
    assert results["present"].found == "The sound server does not answer."
    assert "pipewire-pulse" in results["present"].remedy
    assert [result.status.value for result in results.values()].count("skip") == len(results) - 1


def test_a_sound_graph_that_hangs_gives_no_samples(rooms: Rooms, probed: Probed) -> None:
    """The server still answers, and nothing flows behind it."""
    with stopped(rooms(Conference.CLIPPING), "pipewire"):
        result = probed(Conference.CLIPPING, answer_seconds=1.0, level_seconds=0.5)["microphone"]
    assert result.status in ("fail", "skip")


def test_without_a_sound_server_the_remedy_names_it(
    probed: Probed, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    results = asyncio.run(run_probes(PROBES, Context(settings, None, tmp_path)))
    assert [result.status.value for result in results] == ["fail", *["skip"] * 4]
    assert "Log in to the room's desktop" in results[0].remedy


def test_a_missing_recorder_is_named_with_its_package(
    probed: Probed, rooms: Rooms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rooms(Conference.SILENT)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = probed(Conference.SILENT)["microphone"]
    assert result.status == "fail"
    assert "pulseaudio-utils" in result.remedy
