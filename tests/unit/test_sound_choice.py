"""Which of several conference phones is the room's: the one that the role sets."""

from __future__ import annotations

import pytest

from cc_run.room.sound.server import Port, SoundServer
from cc_run.settings import Settings


def port(name: str, description: str) -> Port:
    return Port(name, description, default=False, muted=False, volume=80)


TRIO = port("alsa.usb-Polycom_Trio-00", "Poly Trio 8500")
CX = port("alsa.usb-Polycom_CX5500-00", "Polycom CX5500")
OWN = port("alsa.pci", "Built-in Audio")
MONITOR = port("alsa.usb-Polycom_Trio-00.monitor", "Monitor of Poly Trio 8500")


@pytest.mark.parametrize(
    ("prefer", "there", "chosen"),
    [
        ((), (OWN, TRIO, CX), TRIO),
        (("cx5500",), (OWN, TRIO, CX), CX),
        (("eagle", "CX5500", "trio"), (OWN, TRIO, CX), CX),
        (("CX5500",), (OWN, TRIO), TRIO),
        (("Built-in",), (OWN, TRIO), TRIO),
        (("CX5500",), (OWN,), None),
    ],
)
def test_of_several_the_most_wanted_is_taken(
    settings: Settings, prefer: tuple[str, ...], there: tuple[Port, ...], chosen: Port | None
) -> None:
    wish = settings.conference_audio.model_copy(update={"prefer": prefer})
    server = SoundServer(sinks=there, sources=(MONITOR, *there))
    assert server.loudspeaker(wish) == chosen
    assert server.microphone(wish) == chosen
