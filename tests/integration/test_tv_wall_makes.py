"""LG panels and PJLink projectors over real TCP: brought up, left alone, and telling faults."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.probe import Context, Result, Status, run_probes
from cc_run.room.wall import PanelChange, converge_panels, read_panels
from cc_run.room.wall.probes import PROBES
from cc_run.room.wall.waking import magic_packet, wake
from cc_run.settings.models import TvWall
from cc_run.simulators.wall import Make, Scenario, Wall

T = TypeVar("T")
PASSWORD = "proyektor"


def settings(make: Make, port: int, **changes: Any) -> TvWall:
    chain = make == "lg"
    values: dict[str, Any] = {
        "driver": make,
        "host": "127.0.0.1",
        "hosts": [],
        "port": port,
        "password": "" if chain else PASSWORD,
        "wake": [],
        "slate": False,
        "slate_output": "",
        "arrangement": "extend",
        "outputs": [],
        "panels": [1, 2, 3, 4] if chain else [1],
        "columns": 2 if chain else 1,
        "rows": 2 if chain else 1,
        "picture": "natural",
        "input": "HDMI2" if chain else "DIGITAL1",
        "timeout": 3,
        "power_timeout": 5,
    }
    return TvWall.model_validate({**values, **changes})


@contextlib.asynccontextmanager
async def serving(wall: Wall, address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    async with await wall.serve(port, address) as server:
        yield server.sockets[0].getsockname()[1]


def on(make: Make, wall: Wall, act: Callable[[TvWall], Awaitable[T]], **changes: Any) -> T:
    async def run() -> T:
        async with serving(wall) as port:
            return await act(settings(make, port, **changes))

    return asyncio.run(run())


def a_wall(make: Make, scenario: Scenario = "ok") -> Wall:
    return Wall([1, 2, 3, 4], None, scenario, make, "" if make == "lg" else PASSWORD)


def ready_lg() -> Wall:
    wall = a_wall("lg")
    for position, panel in enumerate(wall.panels.values(), start=1):
        panel.values.update({"ka": 1, "xb": 0x91, "dd": 0x22, "di": position, "dj": 1})
    return wall


def ready_projector() -> Wall:
    wall = a_wall("pjlink")
    device = wall.panels[1]
    device.on, device.input, device.blank = True, "31", False
    return wall


async def probe(tv_wall: TvWall) -> list[Result]:
    room = SimpleNamespace(probe_timeout=15.0, probe_needs={})
    stand_in: Any = SimpleNamespace(tv_wall=tv_wall, room=room)
    with TemporaryDirectory() as folder:
        return await run_probes(PROBES, Context(stand_in, None, Path(folder)))


def check(tv_wall: TvWall) -> Awaitable[list[PanelChange]]:
    return converge_panels(tv_wall, check=True)


def test_lg_panels_come_up_as_a_wall_and_are_then_left_alone() -> None:
    wall = a_wall("lg")
    changes = on("lg", wall, converge_panels)
    assert [change.what for change in changes[:4]] == ["power"] * 4
    assert changes[4:8] == [
        PanelChange(1, "input", "DVI", "HDMI2"),
        PanelChange(1, "wall", "off", "on"),
        PanelChange(1, "picture", "full", "natural"),
        PanelChange(2, "input", "DVI", "HDMI2"),
    ]
    # The first panel already was tile 1; the others were moved.
    assert [panel.values["di"] for panel in wall.panels.values()] == [1, 2, 3, 4]
    assert {panel.values["dd"] for panel in wall.panels.values()} == {0x22}
    wall.commands.clear()
    assert on("lg", wall, converge_panels) == []
    assert {data[-1] for _panel, _command, data in wall.commands} == {0xFF}


def test_a_wall_that_is_three_wide_is_not_two_wide() -> None:
    wall = ready_lg()
    changes = on("lg", wall, converge_panels, columns=4, rows=1)
    assert PanelChange(2, "place", "2x2 #2", "4x1 #2") in changes
    assert wall.panels[2].values["dd"] == 0x41


def test_a_single_lg_panel_is_no_wall() -> None:
    wall = ready_lg()
    changes = on("lg", wall, converge_panels, panels=[3], columns=1, rows=1)
    assert changes == [PanelChange(3, "wall", "on", "off")]


def test_a_projector_warms_up_shows_the_input_and_opens_its_shutter() -> None:
    wall = a_wall("pjlink")
    changes = on("pjlink", wall, converge_panels)
    assert changes == [
        PanelChange(1, "power", "off", "on"),
        PanelChange(1, "input", "RGB1", "DIGITAL1"),
        PanelChange(1, "picture", "blank", "shown"),
    ]
    wall.commands.clear()
    assert on("pjlink", wall, converge_panels) == []
    assert all(command.endswith("?") for command in wall.commands)


def test_a_projector_that_cools_down_is_waited_for() -> None:
    wall = ready_projector()
    wall.panels[1].cool_down(0.5)
    assert on("pjlink", wall, converge_panels) == [PanelChange(1, "power", "cooling", "on")]
    assert wall.panels[1].power == "1"


def test_a_device_without_a_shutter_is_not_asked_to_open_it() -> None:
    wall = ready_projector()
    wall.panels[1].blank = None
    assert on("pjlink", wall, converge_panels) == []


def test_projectors_at_addresses_of_their_own_are_set_at_once() -> None:
    first, second = a_wall("pjlink"), ready_projector()

    async def run() -> list[PanelChange]:
        async with serving(first, "127.0.0.2") as port, serving(second, "127.0.0.3", port):
            tv_wall = settings(
                "pjlink", port, hosts=["127.0.0.2", "127.0.0.3"], panels=[1, 2], columns=2
            )
            changes = await converge_panels(tv_wall)
            assert [state.input for state in await read_panels(tv_wall)] == ["DIGITAL1"] * 2
            return changes

    assert {change.panel for change in asyncio.run(run())} == {1}


def test_check_mode_touches_nothing() -> None:
    for make, dark in (("lg", a_wall("lg")), ("pjlink", a_wall("pjlink"))):
        before = str(dark.panels)
        told = on(make, dark, check)
        assert PanelChange(1, "power", "off", "on") in told
        assert str(dark.panels) == before


@pytest.mark.parametrize("make", ["lg", "pjlink"])
def test_answers_in_pieces_are_put_together(make: Make) -> None:
    wall = a_wall(make, "dribble")
    assert on(make, wall, converge_panels)
    assert {state.power for state in on(make, wall, read_panels)} == {"on"}


@pytest.mark.parametrize("make", ["lg", "pjlink"])
@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("silent", "does not answer within"),
        ("vanish", "closed the connection"),
        ("garble", "an answer that is not understood"),
    ],
)
def test_trouble_has_its_own_words(make: Make, scenario: Scenario, words: str) -> None:
    wall = ready_lg() if make == "lg" else ready_projector()
    wall.scenario = scenario
    with pytest.raises(OutsideFailure, match=words) as caught:
        on(make, wall, converge_panels, timeout=0.4)
    assert caught.value.remedy
    panels, _source, _layout = on(make, wall, probe, timeout=0.4)
    assert panels.status is Status.FAIL
    assert words in panels.found


@pytest.mark.parametrize(("make", "other"), [("lg", "HDMI1"), ("pjlink", "DIGITAL2")])
def test_a_refusal_names_the_panel_and_what(make: Make, other: str) -> None:
    wall = ready_lg() if make == "lg" else ready_projector()
    wall.scenario = "refuse"
    with pytest.raises(Refusal, match="Panel 1 refuses: input"):
        on(make, wall, converge_panels, input=other)


def test_an_input_that_the_projector_has_not_is_refused() -> None:
    with pytest.raises(Refusal, match=r"refuses: input \(code ERR2\)"):
        on("pjlink", ready_projector(), converge_panels, input="DIGITAL9")


@pytest.mark.parametrize("password", ["", "salah"])
def test_a_wrong_or_missing_password_is_a_fault_of_the_settings(password: str) -> None:
    with pytest.raises(SettingsFault, match="does not take the password") as caught:
        on("pjlink", ready_projector(), converge_panels, password=password)
    assert "tv_wall_password" in caught.value.remedy


def test_without_a_password_none_is_shown() -> None:
    wall = Wall([1], make="pjlink")
    assert len(on("pjlink", wall, converge_panels)) == 3


def test_faults_of_the_devices_are_told() -> None:
    lg = ready_lg()
    lg.panels[2].signal, lg.panels[3].fan_ok = False, False
    panels, _source, _layout = on("lg", lg, probe)
    assert panels.found == "panel 2: no signal; panel 3: fan fault"
    projector = ready_projector()
    projector.panels[1].faults = "020012"
    panels, _source, _layout = on("pjlink", projector, probe)
    assert panels.found == "panel 1: lamp fault, another fault"


def test_a_closed_shutter_and_a_warming_lamp_are_not_ready() -> None:
    wall = ready_projector()
    wall.panels[1].blank = True
    panels, source, layout = on("pjlink", wall, probe)
    assert (panels.status, source.status) == (Status.PASS, Status.PASS)
    assert (layout.status, layout.found) == (
        Status.FAIL,
        "panel 1: picture is blanked, not shown",
    )
    wall = a_wall("pjlink")
    wall.panels[1].answer("POWR", "1", refuses=False)
    panels, source, layout = on("pjlink", wall, probe)
    assert (panels.status, panels.found) == (Status.FAIL, "panel 1: warming up")
    assert (source.status, layout.status) == (Status.SKIP, Status.SKIP)


def test_a_panel_in_another_ones_place_is_found() -> None:
    wall = ready_lg()
    wall.panels[2].values["di"], wall.panels[4].values["dd"] = 3, 0
    panels, source, layout = on("lg", wall, probe)
    assert (panels.status, source.status) == (Status.PASS, Status.PASS)
    assert layout.found == (
        "panel 2: place in the wall is 2x2 #3, not 2x2 #2; panel 4: video wall is off, not on"
    )


def test_probes_pass_on_good_walls() -> None:
    for make, wall in (("lg", ready_lg()), ("pjlink", ready_projector())):
        assert [result.status for result in on(make, wall, probe)] == [Status.PASS] * 3


def test_a_port_that_refuses_names_what_to_switch_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with pytest.raises(OutsideFailure, match="refuses the connection") as caught:
        asyncio.run(converge_panels(settings("pjlink", port)))
    assert "PJLink" in caught.value.remedy


def test_settings_that_cannot_work_are_refused() -> None:
    for changes, words in (
        ({"hosts": ["192.0.2.1"]}, "1 addresses for 4 panels"),
        ({"panels": [0, 1, 2, 3]}, "addresses all sets at once"),
        ({"wake": ["00:11:22"]}, "wake"),
        ({"driver": "pjlink", "input": "DIGITAL1"}, "PJLink knows no chains"),
    ):
        with pytest.raises(ValueError, match=words):
            settings("lg", 1, **changes)
    with pytest.raises(SettingsFault, match="no input DVI"):
        asyncio.run(converge_panels(settings("pjlink", 1, input="DVI")))


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        yield ear


def test_the_magic_packet_reaches_the_panel(ear: socket.socket) -> None:
    mac = "00:1A:2b:3c:4d:5e"
    asyncio.run(wake([mac], ["127.0.0.1"], port=ear.getsockname()[1]))
    packet = ear.recv(1024)
    assert packet == magic_packet("00-1a-2b-3c-4d-5e")
    assert len(packet) == 102
    assert packet.count(bytes.fromhex("001a2b3c4d5e")) == 16


def test_a_wall_that_wakes_late_is_waited_for() -> None:
    async def run() -> list[PanelChange]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        tv_wall = settings("lg", port, wake=["00:11:22:33:44:55"], power_timeout=30)
        converging = asyncio.create_task(converge_panels(tv_wall))
        await asyncio.sleep(0.3)
        async with serving(ready_lg(), port=port):
            return await converging

    assert asyncio.run(run()) == []


def test_a_wall_that_cannot_be_woken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    tv_wall = settings("lg", port, wake=["00:11:22:33:44:55"], power_timeout=0.5)
    with pytest.raises(CcRunError, match="refuses the connection"):
        asyncio.run(converge_panels(tv_wall))
