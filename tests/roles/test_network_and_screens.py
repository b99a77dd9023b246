"""The roles for the cable and the screens, on a real NetworkManager and a real X server."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from networkmanager import CABLE, Network, network
from xorg import LAPTOP, WALL, two_screens, xrandr

PROFILE = "Command Center"
SKIP = ("--skip-tags", "verify")


@pytest.fixture
def cable() -> Iterator[Network]:
    # A path that is short enough for a socket.
    with (
        tempfile.TemporaryDirectory(prefix="cc-nm-", dir="/tmp") as folder,
        network(Path(folder)) as made,
    ):
        yield made


@pytest.fixture
def wired(site, cable: Network):
    """A site whose plays run in the laptop's network, with a fixed address."""
    site.prefix = cable.inside
    site.variables = {
        "wired_network_profile": PROFILE,
        "wired_network_interface": CABLE,
        "wired_network_address": "192.0.2.10/24",
        "wired_network_gateway": "192.0.2.1",
        "wired_network_dns": ["192.0.2.1"],
    }
    return site


def test_the_cable_wins_and_a_damaged_profile_is_repaired(wired, cable: Network) -> None:
    held_back = wired.play("wired_network", *SKIP, "--skip-tags", "disrupts_session")
    assert (held_back.changed, held_back.failed) == (0, 0)
    foretold = wired.play("wired_network", *SKIP, "--check", "--diff")
    assert (foretold.changed, foretold.failed, foretold.rescued) == (1, 0, 0), foretold.output
    assert "+ipv4.route-metric: 50\n" in foretold.output
    assert PROFILE not in cable.told("nmcli", "-t", "-f", "NAME", "connection", "show")

    played = wired.play("wired_network", *SKIP, "--diff")
    assert (played.changed, played.failed, played.rescued) == (1, 0, 0), played.output
    assert "+ipv4.route-metric: 50\n" in played.output
    assert "default via 192.0.2.1 dev eno1 proto static metric 50" in cable.told("ip", "route")
    assert wired.play("wired_network", *SKIP).changed == 0

    cable.told("nmcli", "connection", "modify", "id", PROFILE, "connection.autoconnect", "no")
    repaired = wired.play("wired_network", *SKIP, "--diff")
    assert repaired.changed == 1
    assert "-connection.autoconnect: no\n+connection.autoconnect: yes\n" in repaired.output

    wired.variables["wired_network_wifi"] = "disabled"
    assert wired.play("wired_network", *SKIP).changed == 1
    assert cable.told("nmcli", "radio", "wifi") == "disabled"


def test_without_networkmanager_the_other_roles_go_on(site) -> None:
    site.environment["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={site.folder}/no-bus"
    site.variables = {"wired_network_profile": PROFILE}
    played = site.play("wired_network", *SKIP)
    assert (played.changed, played.failed, played.rescued) == (0, 0, 1), played.output
    assert "NetworkManager" in played.output


@pytest.fixture
def desk(site) -> Iterator[object]:
    """A site with the laptop's screen and the wall, which is still off."""
    with two_screens(site.folder / "screens") as display:
        xrandr(display, "--output", LAPTOP, "--mode", "1280x720", "--primary")
        site.environment |= {"DISPLAY": display, "GSETTINGS_BACKEND": "keyfile"}
        site.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={site.folder}/no-bus"
        site.variables = {
            "tv_wall_driver": "none",
            "tv_wall_outputs": [
                {"output": LAPTOP, "primary": True, "mode": "1280x720"},
                {"output": WALL, "mode": "1920x1080"},
            ],
        }
        yield site


def test_the_wall_lies_beside_the_laptops_screen_and_is_put_back(desk) -> None:
    display = desk.environment["DISPLAY"]
    held_back = desk.play("tv_wall", "--skip-tags", "disrupts_session")
    assert (held_back.changed, held_back.failed) == (0, 0)
    foretold = desk.play("tv_wall", "--check", "--diff")
    assert (foretold.changed, foretold.rescued) == (1, 0), foretold.output
    assert "+DUMMY1: 1920x1080 at 1280x0\n" in foretold.output
    assert "DUMMY1 disconnected (" not in xrandr(display, "--current")
    assert desk.play("tv_wall").changed == 1
    assert "1920x1080+1280+0" in xrandr(display, "--current")
    assert desk.play("tv_wall").changed == 0
    xrandr(display, "--output", WALL, "--off")
    assert desk.play("tv_wall").changed == 1
    desk.variables |= {"tv_wall_arrangement": "mirror"}
    desk.variables["tv_wall_outputs"] = [{"output": LAPTOP, "mode": "1280x720"}, {"output": WALL}]
    assert desk.play("tv_wall").changed == 1
    assert xrandr(display, "--current").count("1280x720+0+0") == 2

    desk.variables["tv_wall_outputs"] = [{"output": "HDMI.*"}]
    missing = desk.play("tv_wall")
    assert (missing.failed, missing.rescued) == (0, 1)
    assert "No screen is attached as HDMI.*" in missing.output


def test_the_desktop_leaves_a_meeting_alone(desk) -> None:
    display = desk.environment["DISPLAY"]
    folder = desk.folder / "run"
    folder.mkdir()
    desk.variables["__laptop_folder"] = str(folder)

    def idle() -> str:
        words = ["gsettings", "get", "org.gnome.desktop.session", "idle-delay"]
        return subprocess.run(
            words, env=desk.environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    environment = {**os.environ, "DISPLAY": display}
    subprocess.run(["xset", "s", "300"], env=environment, check=True)
    assert desk.play("laptop", "--check").changed == 1
    assert idle() != "uint32 0"
    assert not (folder / "no-updates").exists()
    played = desk.play("laptop", "--diff")
    assert (played.changed, played.failed, played.rescued) == (1, 0, 0), played.output
    assert "-dark after 300 s" in played.output
    assert "+show-banners: false" in played.output
    assert idle() == "uint32 0"
    assert len((folder / "no-updates").read_text()) == len("2026-11-24\n")
    assert desk.play("laptop").changed == 0
    (folder / "no-updates").write_text("2020-01-01\n")
    subprocess.run(["xset", "s", "300"], env=environment, check=True)
    assert desk.play("laptop", "--skip-tags", "disrupts_session").changed == 1
    assert desk.play("laptop").changed == 0
