"""Network profiles and the Wi-Fi switch, on a real NetworkManager with a cable to plug."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from networkmanager import CABLE, Network, network

from cc_run.state import StateError, commands, converge

NAME = "The room's cable"
PROFILE: dict[str, Any] = {
    "network": NAME,
    "device": CABLE,
    "properties": {
        "connection.autoconnect": True,
        "connection.autoconnect-priority": 100,
        "ipv4.method": "manual",
        "ipv4.addresses": ["192.0.2.10/24", "192.0.2.11/24"],
        "ipv4.gateway": "192.0.2.1",
        "ipv4.route-metric": 50,
        "ipv6.method": "disabled",
    },
}


@pytest.fixture(scope="module")
def manager() -> Iterator[Network]:
    # A path that is short enough for a socket.
    with (
        tempfile.TemporaryDirectory(prefix="cc-nm-", dir="/tmp") as folder,
        network(Path(folder)) as made,
    ):
        yield made


@pytest.fixture
def laptop(manager: Network, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network as on the first day, with the engine's programs running in it."""
    real = commands.run
    monkeypatch.setattr(
        commands,
        "run",
        lambda item, command, *, timeout: real(item, [*manager.inside, *command], timeout=timeout),
    )
    manager.plug()
    manager.run("nmcli", "connection", "delete", "id", NAME)
    manager.told("nmcli", "radio", "wifi", "on")
    return manager


def one(item: dict[str, Any], *, check: bool = False) -> Any:
    [change] = converge([item], check=check)
    return change


def active(laptop: Network) -> str:
    return laptop.told("nmcli", "-g", "GENERAL.CONNECTION", "device", "show", CABLE)


def with_properties(**changed: object) -> dict[str, Any]:
    names = {name.replace("_", "-").replace("--", "."): value for name, value in changed.items()}
    return PROFILE | {"properties": PROFILE["properties"] | names}


def test_a_profile_is_made_takes_the_cable_over_and_then_stays(laptop: Network) -> None:
    assert active(laptop) != NAME
    foretold = one(PROFILE, check=True)
    assert NAME not in laptop.told("nmcli", "-t", "-f", "NAME", "connection", "show")
    change = one(PROFILE)
    assert change == foretold
    assert "ipv4.route-metric: 50\n" in change.after
    assert change.after.endswith("in force\n")
    assert active(laptop) == NAME
    assert "default via 192.0.2.1 dev eno1 proto static metric 50" in laptop.told("ip", "route")
    assert not one(PROFILE).changed


def test_only_what_someone_changed_is_changed_back(laptop: Network) -> None:
    one(PROFILE)
    laptop.told("nmcli", "connection", "modify", "id", NAME, "ipv4.route-metric", "900")
    laptop.told("nmcli", "connection", "modify", "id", NAME, "connection.zone", "kept")
    foretold = one(PROFILE, check=True)
    change = one(PROFILE)
    assert change == foretold
    assert (change.before, change.after) == ("ipv4.route-metric: 900\n", "ipv4.route-metric: 50\n")
    assert laptop.told("nmcli", "-g", "connection.zone", "connection", "show", "id", NAME) == "kept"
    assert "metric 50" in laptop.told("ip", "route")


def test_a_new_address_is_in_force_at_once(laptop: Network) -> None:
    one(PROFILE)
    item = with_properties(ipv4__addresses="192.0.2.20/24")
    assert one(item).changed
    assert "192.0.2.20/24" in laptop.told("ip", "-4", "address", "show", CABLE)
    assert not one(item).changed


def test_a_run_that_was_killed_between_writing_and_starting_is_made_up_for(
    laptop: Network,
) -> None:
    one(PROFILE)
    laptop.told("nmcli", "connection", "modify", "id", NAME, "ipv4.route-metric", "60")
    change = one(with_properties(ipv4__route_metric=60))
    assert (change.before, change.after) == ("not in force\n", "in force\n")
    assert "metric 60" in laptop.told("ip", "route")


def test_a_profile_that_someone_switched_off_comes_back(laptop: Network) -> None:
    one(PROFILE)
    laptop.told("nmcli", "connection", "down", "id", NAME)
    assert not one(PROFILE | {"active": False}).changed
    assert one(PROFILE).changed
    assert active(laptop) == NAME


def test_without_a_cable_the_profile_waits_for_it(laptop: Network) -> None:
    laptop.unplug()
    change = one(PROFILE)
    assert change.changed
    assert "in force" not in change.after
    assert not one(PROFILE).changed


def test_two_profiles_of_that_name_are_told(laptop: Network) -> None:
    new = ("nmcli", "connection", "add", "type", "ethernet", "con-name", NAME, "ifname", "none0")
    laptop.told(*new)
    laptop.told(*new)
    with pytest.raises(StateError, match="several network profiles"):
        one(PROFILE, check=True)
    laptop.run("nmcli", "connection", "delete", "id", NAME)
    laptop.run("nmcli", "connection", "delete", "id", NAME)


def test_what_networkmanager_refuses_is_told_in_its_words(laptop: Network) -> None:
    with pytest.raises(StateError, match=r"NetworkManager refuses: .*a-number"):
        one(with_properties(ipv4__route_metric="a-number"))


def test_wifi_is_switched_off_and_on(laptop: Network) -> None:
    off, on = {"radio": "wifi", "enabled": False}, {"radio": "wifi", "enabled": True}
    assert not one(on).changed
    foretold = one(off, check=True)
    assert one(off) == foretold
    assert (foretold.before, foretold.after) == ("Wi-Fi on\n", "Wi-Fi off\n")
    assert laptop.told("nmcli", "radio", "wifi") == "disabled"
    assert not one(off).changed
    assert one(on).changed


def test_without_networkmanager_that_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    for item in (PROFILE, {"radio": "wifi", "enabled": True}):
        with pytest.raises(StateError, match="NetworkManager"):
            one(item)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"network": "-x"}, "dash"),
        ({"properties": {"802-1x.password": "hunter2"}}, "without passwords"),
        ({"properties": {"metric": 50}}, "nmcli's names"),
        ({"properties": {"ipv4.gateway": {}}}, "texts"),
    ],
)
def test_a_wish_that_makes_no_sense_is_told(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(StateError, match=said) as told:
        one(PROFILE | changed, check=True)
    assert "hunter2" not in str(told.value)
