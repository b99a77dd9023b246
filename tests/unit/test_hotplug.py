"""What is said of a device, a phone or a cable that comes or goes."""

from __future__ import annotations

import pytest

from cc_run.room.hotplug import links, sounds
from cc_run.room.hotplug.change import Change
from cc_run.room.hotplug.devices import change_of
from cc_run.room.sound.server import Port, SoundServer
from cc_run.settings.models import ConferenceAudio

WISH = ConferenceAudio.model_construct(sink_pattern="polycom", source_pattern="polycom", prefer=())
CAMERA = {
    "SUBSYSTEM": "video4linux",
    "DEVNAME": "/dev/video0",
    "ID_V4L_PRODUCT": "Logitech BRIO",
    "ID_V4L_CAPABILITIES": ":capture:",
}
MAINS = {"SUBSYSTEM": "power_supply", "POWER_SUPPLY_TYPE": "Mains", "POWER_SUPPLY_ONLINE": "0"}


def port(name: str, **changes: object) -> Port:
    facts = {"default": False, "muted": False, "volume": 80, **changes}
    return Port(name=name.lower(), description=name, **facts)


@pytest.mark.parametrize(
    ("action", "properties", "change"),
    [
        ("add", CAMERA, Change("camera", "Camera plugged in: Logitech BRIO")),
        ("remove", CAMERA, Change("camera", "Camera unplugged: Logitech BRIO")),
        ("change", CAMERA, None),
        ("add", {**CAMERA, "ID_V4L_CAPABILITIES": ":"}, None),
        (
            "remove",
            {"SUBSYSTEM": "video4linux", "DEVNAME": "/dev/video0"},
            Change("camera", "Camera unplugged: /dev/video0"),
        ),
        ("add", {"SUBSYSTEM": "sound"}, Change("sound")),
        ("change", MAINS, Change("laptop", "Power adapter unplugged")),
        (
            "change",
            {**MAINS, "POWER_SUPPLY_ONLINE": "1"},
            Change("laptop", "Power adapter plugged in"),
        ),
        ("change", {**MAINS, "POWER_SUPPLY_TYPE": "Battery"}, None),
        ("change", {"SUBSYSTEM": "drm"}, Change("wall", "Screen plugged in or unplugged")),
    ],
)
def test_an_event_of_udev_in_words(action: str, properties: dict, change: Change | None) -> None:
    assert change_of(action, properties) == change


def test_a_phone_that_comes_goes_and_is_muted_in_words() -> None:
    laptop = port("Built-in Audio", default=True)
    phone, monitor = port("Polycom CX5500"), port("polycom.monitor")
    without = SoundServer((laptop,), (laptop,))
    both = SoundServer((laptop, phone), (laptop, phone, monitor))
    assert sounds.differences(without, both, WISH) == [
        "Loudspeaker plugged in: Polycom CX5500",
        "Microphone plugged in: Polycom CX5500",
    ]
    assert sounds.differences(both, without, WISH) == [
        "Loudspeaker unplugged: Polycom CX5500",
        "Microphone unplugged: Polycom CX5500",
    ]
    muted = SoundServer((laptop, phone), (laptop, port("Polycom CX5500", muted=True), monitor))
    assert sounds.differences(both, muted, WISH) == ["Microphone muted: Polycom CX5500"]
    assert sounds.differences(muted, both, WISH) == ["Microphone unmuted: Polycom CX5500"]
    low = SoundServer((laptop, port("Polycom CX5500", volume=20)), both.sources)
    assert sounds.differences(both, low, WISH) == ["Loudspeaker at 20 %: Polycom CX5500"]
    assert sounds.differences(both, both, WISH) == []


def test_another_default_in_words() -> None:
    laptop, phone = port("Built-in Audio"), port("Polycom CX5500")
    before = SoundServer((port("Built-in Audio", default=True), phone), (laptop, phone))
    after = SoundServer((laptop, port("Polycom CX5500", default=True)), (laptop, phone))
    assert sounds.differences(before, after, WISH) == ["Loudspeaker by default: Polycom CX5500"]


def test_cables_in_words() -> None:
    before, after = {"eth0": True, "eth1": False, "usb0": True}, {"eth0": False, "eth1": True}
    assert links.differences(before, after) == [
        "Network cable unplugged: eth0",
        "Network cable plugged in: eth1",
        "Network cable unplugged: usb0",
    ]
    assert links.differences(after, after) == []
