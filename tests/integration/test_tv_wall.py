"""The TV wall over real TCP: the driver and its probes against panels that behave and misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, TypeVar
from xml.etree import ElementTree

import pytest

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.probe import Context, Evidence, Result, Status, run_probes
from cc_run.room.wall import PanelChange, converge_panels, read_panels
from cc_run.room.wall.diagram import draw_wall
from cc_run.room.wall.probes import PROBES
from cc_run.settings.models import TvWall
from cc_run.simulators.wall import Scenario, Wall

T = TypeVar("T")
SVG = "{http://www.w3.org/2000/svg}"
POWER, INPUT, PICTURE, WALL, PLACE = 0x11, 0x14, 0x5C, 0x84, 0x89


def settings(port: int, **changes: Any) -> TvWall:
    values: dict[str, Any] = {
        "driver": "samsung_mdc",
        "host": "127.0.0.1",
        "hosts": [],
        "port": port,
        "password": "",
        "wake": [],
        "slate": False,
        "slate_output": "",
        "arrangement": "extend",
        "outputs": [],
        "panels": [1, 2, 3, 4],
        "columns": 2,
        "rows": 2,
        "picture": "full",
        "input": "HDMI1",
        "timeout": 3,
        "power_timeout": 5,
    }
    return TvWall.model_validate({**values, **changes})


@contextlib.asynccontextmanager
async def serving(wall: Wall) -> AsyncIterator[int]:
    server = await wall.serve(0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def on(wall: Wall, act: Callable[[TvWall], Awaitable[T]], **changes: Any) -> T:
    """What ``act`` returns with the settings for a wall that is being served."""

    async def run() -> T:
        async with serving(wall) as port:
            return await act(settings(port, **changes))

    return asyncio.run(run())


def a_wall(scenario: Scenario = "ok", *, ready: bool = False) -> Wall:
    wall = Wall([1, 2, 3, 4], None)
    if ready:
        for position, panel in enumerate(wall.panels.values(), start=1):
            panel.values.update({POWER: b"\x01", INPUT: b"\x21", WALL: b"\x01", PICTURE: b"\x01"})
            panel.values[PLACE] = bytes([0x22, position])
    wall.scenario = scenario
    return wall


async def probe(tv_wall: TvWall) -> list[Result]:
    room = SimpleNamespace(probe_timeout=15.0, probe_needs={})
    stand_in: Any = SimpleNamespace(tv_wall=tv_wall, room=room)
    with TemporaryDirectory() as folder:
        return await run_probes(PROBES, Context(stand_in, None, Path(folder)))


def sets(wall: Wall) -> list[tuple[int, int]]:
    return [(panel, command) for panel, command, data in wall.commands if data]


def test_a_dark_wall_is_brought_up_and_then_left_alone() -> None:
    wall = a_wall()
    changes = on(wall, converge_panels)
    assert changes[:4] == [PanelChange(number, "power", "off", "on") for number in (1, 2, 3, 4)]
    assert changes[4:8] == [
        PanelChange(1, "input", "DISPLAY_PORT_1", "HDMI1"),
        PanelChange(1, "wall", "off", "on"),
        PanelChange(1, "place", "1x1 #1", "2x2 #1"),
        PanelChange(1, "picture", "natural", "full"),
    ]
    assert [panel.values[PLACE] for panel in wall.panels.values()] == [
        b"\x22\x01",
        b"\x22\x02",
        b"\x22\x03",
        b"\x22\x04",
    ]
    wall.commands.clear()
    assert on(wall, converge_panels) == []
    assert sets(wall) == []


def test_only_what_differs_is_set() -> None:
    wall = a_wall(ready=True)
    wall.panels[3].values[INPUT] = b"\x18"
    assert on(wall, converge_panels) == [PanelChange(3, "input", "DVI", "HDMI1")]
    assert sets(wall) == [(3, INPUT)]


def test_check_mode_tells_and_touches_nothing() -> None:
    async def check(tv_wall: TvWall) -> list[PanelChange]:
        return await converge_panels(tv_wall, check=True)

    dark = a_wall()
    told = on(dark, check)
    assert told[0] == PanelChange(1, "power", "off", "on")
    assert PanelChange(1, "input", "?", "HDMI1") in told
    ready = a_wall(ready=True)
    ready.panels[2].values[INPUT] = b"\x18"
    assert on(ready, check) == [PanelChange(2, "input", "DVI", "HDMI1")]
    assert sets(dark) == sets(ready) == []


def test_a_single_panel_is_no_wall() -> None:
    wall = Wall([7])
    changes = on(wall, converge_panels, panels=[7], columns=1, rows=1)
    assert [change.what for change in changes] == ["power", "input"]
    wall.panels[7].values[WALL] = b"\x01"
    changes = on(wall, converge_panels, panels=[7], columns=1, rows=1)
    assert changes == [PanelChange(7, "wall", "on", "off")]


def test_answers_in_pieces_are_put_together() -> None:
    wall = a_wall("dribble")
    assert len(on(wall, converge_panels)) == 20
    states = on(wall, read_panels)
    assert {(state.power, state.input, state.wall) for state in states} == {("on", "HDMI1", "on")}


def test_an_input_with_a_computer_on_it_is_the_input() -> None:
    wall = a_wall(ready=True)
    wall.panels[1].values[INPUT] = b"\x22"
    assert on(wall, converge_panels) == []


def test_a_refusal_names_the_panel_and_what() -> None:
    wall = a_wall("refuse", ready=True)
    assert on(wall, converge_panels) == []
    wall.panels[2].values[INPUT] = b"\x18"
    with pytest.raises(Refusal, match=r"Panel 2 refuses: input \(code 5\)") as caught:
        on(wall, converge_panels)
    assert "Unlock" in caught.value.remedy


def test_one_silent_panel_does_not_keep_the_others_dark() -> None:
    wall = a_wall("silent")
    with pytest.raises(OutsideFailure, match="Panel 4 does not answer within") as caught:
        on(wall, converge_panels, timeout=0.3)
    assert "tv_wall_panels" in caught.value.remedy
    wall.scenario = "ok"
    states = on(wall, read_panels)
    assert [state.power for state in states] == ["on", "on", "on", "off"]
    assert [state.input for state in states] == ["HDMI1", "HDMI1", "HDMI1", None]


def test_a_connection_that_closes_is_told_apart() -> None:
    with pytest.raises(OutsideFailure, match="closed the connection") as caught:
        on(a_wall("vanish"), converge_panels)
    assert caught.value.remedy == "Close other programs that control the wall, then try again."


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_refused_unknown_and_deaf_addresses_have_their_own_words() -> None:
    with pytest.raises(OutsideFailure, match="refuses the connection") as refused:
        asyncio.run(converge_panels(settings(free_port())))
    assert "MDC" in refused.value.remedy
    with pytest.raises(OutsideFailure, match="cannot be reached"):
        asyncio.run(read_panels(settings(1515, host="256.256.256.256")))
    with contextlib.ExitStack() as kept:
        deaf = kept.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _number in range(2):  # nobody accepts these, so that the next finds no room
            waiting = kept.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        with pytest.raises(OutsideFailure, match=r"at 127\.0\.0\.1:\d+ does not answer"):
            asyncio.run(read_panels(settings(deaf.getsockname()[1], timeout=0.3)))


def test_a_panel_that_takes_a_setting_and_does_not_keep_it() -> None:
    wall = a_wall(ready=True)
    wall.panels[1].lag = 60
    with pytest.raises(OutsideFailure, match="input is HDMI1, not DVI"):
        on(wall, converge_panels, input="DVI", timeout=0.3)


def test_an_input_that_is_none_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsFault) as caught:
        asyncio.run(converge_panels(settings(1, input="HDMI9")))
    assert "HDMI1, HDMI2" in caught.value.remedy


def test_panels_and_places_must_agree() -> None:
    with pytest.raises(ValueError, match="tv_wall_panels names 4 panels"):
        settings(1, columns=3)


def test_without_a_driver_nothing_is_done_or_judged() -> None:
    none = settings(1, driver="none")
    assert asyncio.run(converge_panels(none)) == []
    assert asyncio.run(read_panels(none)) == []
    assert {result.status for result in asyncio.run(probe(none))} == {Status.SKIP}


def test_probes_pass_on_a_good_wall_and_share_one_reading() -> None:
    wall = a_wall(ready=True)
    results = on(wall, probe)
    assert [result.status for result in results] == [Status.PASS] * 3
    assert len([one for one in wall.commands if one[:2] == (1, POWER)]) == 1
    assert sets(wall) == []


def test_probes_name_the_panel_that_is_off_or_ill() -> None:
    wall = a_wall(ready=True)
    wall.panels[2].values[POWER] = b"\x00"
    wall.panels[3].no_signal = True
    panels, source, _layout = on(wall, probe)
    assert (panels.status, panels.found) == (Status.FAIL, "panel 2: off; panel 3: no signal")
    assert panels.remedy
    assert source.status is Status.PASS


def test_a_wrong_input_is_found() -> None:
    wall = a_wall(ready=True)
    wall.panels[3].values[INPUT] = b"\x18"
    panels, source, _layout = on(wall, probe)
    assert panels.status is Status.PASS
    assert (source.status, source.found, source.expected) == (
        Status.FAIL,
        "panel 3: DVI",
        "HDMI1",
    )


def test_the_wall_is_drawn_panel_by_panel(tmp_path: Path) -> None:
    wall = a_wall(ready=True)
    wall.panels[3].no_signal = True

    async def draw(tv_wall: TvWall) -> Evidence:
        return draw_wall(tv_wall, await read_panels(tv_wall), tmp_path / "wall.svg")

    drawn = on(wall, draw)
    assert drawn.path
    texts = [
        text.text for text in ElementTree.fromstring(drawn.path.read_text()).iter(f"{SVG}text")
    ]
    assert texts[:3] == ["1", "HDMI1", "2x2 #1"]
    assert texts[6:8] == ["3", "no signal"]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [("silent", "Panel 4 does not answer"), ("vanish", "closed the connection")],
)
def test_probes_tell_a_wall_in_trouble(scenario: Scenario, words: str) -> None:
    panels, _source, _layout = on(a_wall(scenario, ready=True), probe, timeout=0.3)
    assert panels.status is Status.FAIL
    assert words in panels.found
    assert panels.remedy


def test_a_wall_that_is_not_there_fails_one_probe_only() -> None:
    panels, source, _layout = asyncio.run(probe(settings(free_port())))
    assert panels.status is Status.FAIL
    assert "refuses the connection" in panels.found
    assert source.status is Status.SKIP


SERVER = """
import sys
from pathlib import Path
from cc_run.simulators.wall import serve_wall

serve_wall(port=int(sys.argv[2]), state_dir=Path(sys.argv[1]),
           announce=lambda url: print(url, flush=True))
"""


def test_the_simulator_keeps_its_state_and_ends_well(tmp_path: Path) -> None:
    def start() -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(tmp_path), "0"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://127.0.0.1:")
        return process, int(address.rpartition(":")[2])

    process, port = start()
    assert len(asyncio.run(converge_panels(settings(port)))) == 20
    process.send_signal(signal.SIGKILL)
    process.communicate()
    process, port = start()
    assert asyncio.run(converge_panels(settings(port))) == []
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0


def test_a_taken_port_is_told() -> None:
    from cc_run.simulators.wall import serve_wall

    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CcRunError, match="cannot be opened"),
    ):
        serve_wall(port=taken.getsockname()[1], announce=print)
