"""The network's probes on real links in namespaces: good, bad, absent, busy and hanging."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from networkmanager import CABLE, network

BY_WIFI = """\
P: /devices/pci0000:00/0000:00:14.3/net/wlp2s0
E: SUBSYSTEM=net
E: DEVTYPE=wlan
E: INTERFACE=wlp2s0
E: IFINDEX=7
"""

# A phone on USB: nothing but the driver tells it from a cable.
PHONE = """\
P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
L: driver=../../../../../../bus/usb/drivers/%(driver)s

P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/net/usb0
E: SUBSYSTEM=net
E: INTERFACE=usb0
E: IFINDEX=7
L: device=../../../1-2:1.0
"""

MODEM = """\
P: /devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/net/wwan0
E: SUBSYSTEM=net
E: DEVTYPE=wwan
E: INTERFACE=wwan0
E: IFINDEX=7
"""

# The cable's socket of a laptop that is on Wi-Fi.
SOCKET = """\
P: /devices/pci0000:00/0000:00:1f.6
E: SUBSYSTEM=pci
L: driver=../../../bus/pci/drivers/e1000e

P: /devices/pci0000:00/0000:00:1f.6/net/eno1
E: SUBSYSTEM=net
E: INTERFACE=eno1
E: IFINDEX=8
L: device=../../../0000:00:1f.6

"""


def ip(lan: Any, space: str, *words: str) -> None:
    subprocess.run(["ip", "-n", getattr(lan, space), *words], check=True, timeout=30)


def in_room(lan: Any, *command: str) -> None:
    subprocess.run(["ip", "netns", "exec", lan.room, *command], check=True, timeout=30)


def test_a_good_cable_into_a_world_that_answers_passes(good: Any) -> None:
    looks = good.look("network")
    assert {look.status for name, look in looks.items() if name != "network.bandwidth"} == {"pass"}
    assert looks["network.bandwidth"].status == "skip"
    assert looks["network.route"].found == "by cable (eno1)"
    assert looks["network.cable"].found == "eno1, 10000 Mbit/s, full duplex"
    trips = looks["network.quality"].values
    assert len(trips) == 100
    assert all(trip is not None for trip in trips)


def test_without_any_link_there_is_no_way_out(lan: Any) -> None:
    looks = lan.look("network.route", "network.cable", "network.wifi", "network.gateway")
    assert looks["network.route"].status == "fail"
    assert "no default route" in looks["network.route"].found
    assert "Plug the network cable" in looks["network.route"].remedy
    assert looks["network.cable"].status == "fail"
    assert looks["network.gateway"].status == "skip"
    assert looks["network.wifi"].found == "this laptop has none"


def test_a_cable_pulled_at_the_far_end_has_no_signal(lan: Any) -> None:
    lan.cable()
    ip(lan, "world", "link", "set", "uplink", "down")
    looks = lan.look("network.route", "network.cable")
    assert looks["network.route"].status == looks["network.cable"].status == "fail"
    assert looks["network.cable"].found == "eno1 has no signal"
    assert "socket's light" in looks["network.cable"].remedy
    assert looks["network.route"].found == "no way out: eno1 has no signal"


def test_a_cable_that_is_switched_off_here_has_no_signal(lan: Any) -> None:
    lan.cable()
    ip(lan, "room", "link", "set", "eno1", "down")
    looks = lan.look(
        "network.route", "network.cable", variables={"wired_network_interface": "eno1"}
    )
    assert "no default route" in looks["network.route"].found
    assert looks["network.cable"].found == "eno1 has no signal"


def test_wifi_only_is_named_and_the_cables_socket_found(lan: Any) -> None:
    lan.cable("wlp2s0")
    ip(lan, "room", "link", "add", "eno1", "type", "veth", "peer", "name", "nowhere")
    ip(lan, "room", "link", "set", "eno1", "up")
    looks = lan.look(*("network.route", "network.cable", "network.wifi"), devices=SOCKET + BY_WIFI)
    assert looks["network.route"].status == "fail"
    assert looks["network.route"].found == "by Wi-Fi (wlp2s0)"
    assert looks["network.cable"].found == "eno1 has no signal"
    assert looks["network.wifi"].status == "warn"
    assert "would go over it" in looks["network.wifi"].found


def wifi_beside(lan: Any) -> None:
    ip(lan, "room", "link", "add", "wlp2s0", "type", "veth", "peer", "name", "access-point")
    ip(lan, "room", "link", "set", "wlp2s0", "up")


def test_wifi_beside_the_cable_stands_by(lan: Any) -> None:
    lan.cable()
    wifi_beside(lan)
    looks = lan.look("network.route", "network.wifi", devices=BY_WIFI)
    assert looks["network.route"].status == "pass"
    assert looks["network.wifi"].found == "on, connected to nothing (wlp2s0)"
    ip(lan, "room", "link", "set", "access-point", "up")
    look = lan.look("network.wifi", devices=BY_WIFI)["network.wifi"]
    assert (look.status, look.found) == ("pass", "stands by as the fallback (wlp2s0)")


def test_wifi_that_has_to_be_off(lan: Any) -> None:
    lan.cable()
    wifi_beside(lan)
    wish = {"wired_network_wifi": "disabled"}
    look = lan.look("network.wifi", devices=BY_WIFI, variables=wish)["network.wifi"]
    assert (look.status, look.found) == ("fail", "on (wlp2s0)")
    assert "nmcli radio wifi off" in look.remedy
    ip(lan, "room", "link", "set", "wlp2s0", "down")
    look = lan.look("network.wifi", devices=BY_WIFI, variables=wish)["network.wifi"]
    assert (look.status, look.found) == ("pass", "off")


@pytest.mark.parametrize("driver", ["rndis_host", "ipheth"])
def test_a_tethered_phone_is_no_cable(lan: Any, driver: str) -> None:
    lan.cable("usb0")
    look = lan.look("network.route", devices=PHONE % {"driver": driver})["network.route"]
    assert (look.status, look.found) == ("fail", "by a phone (usb0)")


def test_a_mobile_modem_is_no_cable(lan: Any) -> None:
    lan.cable("wwan0")
    look = lan.look("network.route", devices=MODEM)["network.route"]
    assert (look.status, look.found) == ("fail", "by a phone (wwan0)")


def test_a_network_adapter_with_a_phones_driver_is_named_by_the_room(lan: Any) -> None:
    lan.cable("usb0")
    devices = PHONE % {"driver": "cdc_ncm"}
    assert lan.look("network.route", devices=devices)["network.route"].status == "fail"
    for wish in (
        {"wired_network_interface": "usb0"},
        {"wired_network_phone_drivers": ["rndis_host"]},
    ):
        look = lan.look("network.route", devices=devices, variables=wish)["network.route"]
        assert (look.status, look.found) == ("pass", "by cable (usb0)")


def test_another_cable_than_the_rooms_own_warns(lan: Any) -> None:
    wish = {"wired_network_interface": "eno2"}
    looks = lan.cable().look("network.route", "network.cable", variables=wish)
    assert looks["network.route"].status == "warn"
    assert looks["network.cable"].found == "there is no eno2"


@pytest.mark.parametrize(
    ("speed", "duplex", "status"),
    [("10", "full", "warn"), ("100", "half", "warn"), ("1000", "full", "pass")],
)
def test_a_slow_link_or_half_duplex_warns(lan: Any, speed: str, duplex: str, status: str) -> None:
    lan.bad_cable()
    mode = ("speed", speed, "duplex", duplex, "autoneg", "off")
    in_room(lan, "ethtool", "-s", "eno1", *mode)
    look = lan.look("network.cable")["network.cable"]
    assert (look.status, look.found) == (status, f"eno1, {speed} Mbit/s, {duplex} duplex")


def test_a_way_out_by_ipv6_alone_is_one(lan: Any) -> None:
    subprocess.run(
        [
            *("ip", "link", "add", "eno1", "netns", lan.room, "type", "veth"),
            *("peer", "name", "uplink", "netns", lan.world),
        ],
        check=True,
        timeout=30,
    )
    # An address that the kernel makes by itself counts only after a second or two of asking around,
    # and pings sent before that would come from an address that this gateway cannot answer.
    for space, name, addresses in (
        ("room", "eno1", ("fd00:db8::10/64", "fe80::10/64")),
        ("world", "uplink", ("fe80::1/64",)),
    ):
        ip(lan, space, "link", "set", name, "addrgenmode", "none")
        for address in addresses:
            ip(lan, space, "address", "add", address, "dev", name, "nodad")
        ip(lan, space, "link", "set", name, "up")
    ip(lan, "room", "route", "add", "default", "via", "fe80::1", "dev", "eno1")
    looks = lan.look("network.route", "network.gateway")
    assert looks["network.route"].status == "pass"
    assert looks["network.gateway"].found.startswith("fe80::1%eno1 answers in")


PROFILE = ("type", "ethernet", "con-name", "cable", "ifname", CABLE)
ADDRESSES = ("ipv4.method", "manual", "ipv4.addresses", "192.0.2.10/24")
GATEWAY = ("ipv4.gateway", "192.0.2.1", "ipv6.method", "disabled")


def test_networkmanagers_cable_is_unplugged_and_plugged_in_again(look_inside: Any) -> None:
    # A path that is short enough for a socket.
    with (
        tempfile.TemporaryDirectory(prefix="cc-nm-", dir="/tmp") as folder,
        network(Path(folder)) as laptop,
    ):
        laptop.plug()
        laptop.told("nmcli", "connection", "add", *PROFILE, *ADDRESSES, *GATEWAY)
        only = ("network.route", "network.cable", "network.gateway")

        def look() -> list[str]:
            looks = look_inside(laptop.inside, *only)
            return [looks[name].status for name in only]

        laptop.told("nmcli", "--wait", "60", "connection", "up", "id", "cable")
        assert look() == ["pass", "pass", "pass"]
        laptop.unplug()
        assert look() == ["fail", "fail", "skip"]
        laptop.plug()
        laptop.told("nmcli", "--wait", "60", "connection", "up", "id", "cable")
        assert look() == ["pass", "pass", "pass"]


def test_a_dead_gateway_is_named(lan: Any) -> None:
    lan.cable()
    ip(lan, "world", "address", "flush", "dev", "uplink")
    look = lan.look("network.gateway")["network.gateway"]
    assert (look.status, look.found) == ("fail", "192.0.2.1 does not answer")


def test_a_gateway_that_answers_no_pings_is_there(lan: Any) -> None:
    lan.cable().serving()
    nothing = "net.ipv4.icmp_echo_ignore_all=1"
    subprocess.run(["ip", "netns", "exec", lan.world, "sysctl", "-qw", nothing], check=True)
    wish = {"wired_network_quality_seconds": 1}
    looks = lan.look("network.gateway", "network.reach", "network.quality", variables=wish)
    assert looks["network.gateway"].status == "pass"
    assert "answers no pings" in looks["network.gateway"].found
    # Measured by connections then.
    assert looks["network.quality"].status == "pass"
    assert 2 <= len(looks["network.quality"].values) < 20


def test_a_name_server_that_keeps_silent_hangs_nothing(lan: Any) -> None:
    looks = lan.cable().serving(names="silent").look("network")
    assert looks["network.names"].status == "fail"
    assert looks["network.names"].found == "the name server does not answer"
    assert looks["network.reach"].status == "fail"
    assert "no address" in looks["network.reach"].found
    assert looks["network.quality"].status == "fail"
    assert looks["network.portal"].status == "warn"


def test_a_name_server_that_knows_nothing_is_told_apart(lan: Any) -> None:
    look = lan.cable().serving(names="unknown").look("network.names")["network.names"]
    assert look.status == "fail"
    assert look.found == "no address for: zoom.example, api.example"


def test_zoom_turned_away_and_zoom_swallowed_are_two_things(lan: Any) -> None:
    lan.cable().serving(zoom="closed")
    look = lan.look("network.reach")["network.reach"]
    assert look.status == "fail"
    assert look.found == "not reached: zoom.example:443: refused, api.example:443: refused"
    ip(lan, "world", "route", "add", "blackhole", "192.0.2.10/32")
    wish = {"wired_network_reach": ["198.51.100.1:443"], "wired_network_reach_timeout": 0.5}
    look = lan.look("network.reach", variables=wish)["network.reach"]
    assert look.found == "not reached: 198.51.100.1:443: no answer"


@pytest.mark.parametrize(
    ("web", "portal"), [("redirect", "hotspot.example"), ("page", "check.example")]
)
def test_a_portal_is_named(lan: Any, web: str, portal: str) -> None:
    look = lan.cable().serving(web=web).look("network.portal")["network.portal"]
    assert look.status == "fail"
    assert look.found.startswith(f"{portal} answers in its place")
    assert look.remedy == f"Open http://{portal} in the browser and sign in to this network."


@pytest.mark.parametrize("web", ["silent", "rubbish"])
def test_an_address_that_answers_nothing_sensible_warns(lan: Any, web: str) -> None:
    wish = {"wired_network_reach_timeout": 0.5}
    look = lan.cable().serving(web=web).look("network.portal", variables=wish)["network.portal"]
    assert (look.status, look.found) == ("warn", "no answer")


def test_loss_is_measured_and_its_trace_kept(lan: Any) -> None:
    lan.bad_cable(loss=15)
    wish = {"wired_network_quality_host": "198.51.100.1"}
    look = lan.look("network.quality", variables=wish)["network.quality"]
    assert look.status == "fail"
    lost = sum(trip is None for trip in look.values)
    assert 5 < lost < len(look.values) == 100
    assert f"loss {lost:.1f} %" in look.found
    assert "another cable" in look.remedy


def test_delay_and_jitter_are_measured(lan: Any) -> None:
    lan.bad_cable(delay=90, jitter=5)
    wish = {"wired_network_quality_host": "198.51.100.1", "wired_network_quality_seconds": 1}
    look = lan.look("network.quality", variables=wish)["network.quality"]
    assert look.status == "fail"
    known = sorted(trip for trip in look.values if trip is not None)
    assert known[len(known) // 2] > 150
    lenient = wish | {"wired_network_latency_ms": 5000, "wired_network_jitter_ms": 5000}
    assert lan.look("network.quality", variables=lenient)["network.quality"].status == "pass"
    strict = lenient | {"wired_network_jitter_ms": 0.5}
    assert lan.look("network.quality", variables=strict)["network.quality"].status == "fail"


def test_a_host_that_never_answers_fails_the_measurement(lan: Any) -> None:
    lan.cable()
    wish = {
        "wired_network_quality_host": "198.51.100.9",
        "wired_network_quality_seconds": 0.5,
    }
    look = lan.look("network.quality", variables=wish)["network.quality"]
    assert (look.status, look.found) == ("fail", "198.51.100.9 does not answer")


SERVER = {"wired_network_bandwidth_server": "198.51.100.1"}


def test_the_bandwidth_of_a_meeting_passes(lan: Any) -> None:
    lan.cable().in_world("iperf3", "--server", "--forceflush")
    looks = lan.look(
        "network.bandwidth",
        "network.quality",
        variables=SERVER | {"wired_network_quality_host": "198.51.100.1"},
    )
    assert looks["network.bandwidth"].status == "pass", looks
    assert looks["network.quality"].status == "pass"


def test_a_narrow_line_is_seen(lan: Any) -> None:
    lan.cable().in_world("iperf3", "--server", "--forceflush")
    narrow = ("tbf", "rate", "1mbit", "burst", "16kb", "latency", "50ms")
    in_room(lan, "tc", "qdisc", "add", "dev", "eno1", "root", *narrow)
    look = lan.look("network.bandwidth", variables=SERVER)["network.bandwidth"]
    assert look.status == "fail"
    assert float(look.found.partition(" ")[0]) < 3.8
    assert look.expected == "at least 3.8 Mbit/s up, 3.0 Mbit/s down"


def test_a_busy_server_is_no_failure(lan: Any) -> None:
    lan.cable().in_world("iperf3", "--server", "--forceflush")
    lan.start(
        *("ip", "netns", "exec", lan.room, "iperf3", "--client", "198.51.100.1"),
        *("--forceflush", "--time", "60", "--bitrate", "1M"),
    )
    look = lan.look("network.bandwidth", variables=SERVER)["network.bandwidth"]
    assert look.status == "warn"
    assert "busy" in look.found


def test_an_absent_server_is_told_with_its_variable(lan: Any) -> None:
    look = lan.cable().look("network.bandwidth", variables=SERVER)["network.bandwidth"]
    assert look.status == "fail"
    assert "wired_network_bandwidth_server" in look.remedy


def test_a_server_that_takes_the_call_and_says_nothing_hangs_nothing(lan: Any) -> None:
    lan.cable().in_world(
        "python3",
        "-c",
        "import socket, time; s = socket.create_server(('', 5201)); print('up', flush=True);"
        "held = s.accept(); time.sleep(3600)",
    )
    look = lan.look("network.bandwidth", variables=SERVER)["network.bandwidth"]
    assert look.status == "fail"
    assert "no answer within" in look.found
