"""The room's sound: a private PipeWire with a laptop's own sound card and a Polycom speakerphone.

No hardware is looked for: WirePlumber runs without the monitors that would take hold of the true
sound cards, cameras and Bluetooth adapters of the machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

from cc_run.simulators.room.processes import running, wait_until

POLYCOM_SINK: Final = "alsa_output.usb-Polycom_CX5500-00.analog-stereo"
POLYCOM_SOURCE: Final = "alsa_input.usb-Polycom_CX5500-00.mono"
LAPTOP_SINK: Final = "alsa_output.pci-0000_00_1f.3.analog-stereo"
LAPTOP_SOURCE: Final = "alsa_input.pci-0000_00_1f.3.analog-stereo"
# What is played here is what the Polycom's microphones hear.
POLYCOM_EAR: Final = "simulated_ear_usb"
_LAPTOP_EAR: Final = "simulated_ear_pci"

# WirePlumber's own numbers: with every source above every sink, the default source is a microphone
# and never the monitor of a sink.
_SINK_PRIORITY: Final = 1000
_SOURCE_PRIORITY: Final = 2000

_METADATA: Final = re.compile(r"""key:'default\.(\S+)' value:'\{ *"name": *"([^"]+)""")
_VOICE: Final = Path(__file__).with_name("voice.py")
_BUS_SETTINGS: Final = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
# WirePlumber 0.4 is configured in Lua, 0.5 in its own JSON; each reads its own files alone.
_NO_HARDWARE: Final = {
    "main.lua.d/60-no-hardware.lua": """\
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
""",
    "bluetooth.lua.d/60-no-hardware.lua": "bluez_monitor.enabled = false\n",
    "wireplumber.conf.d/60-no-hardware.conf": """\
wireplumber.profiles = {
  main = {
    hardware.audio = disabled
    hardware.bluetooth = disabled
    hardware.video-capture = disabled
  }
}
""",
}


class Conference(StrEnum):
    """What the Polycom speakerphone does."""

    SPEAKING = "speaking"  # somebody talks beside it
    SILENT = "silent"  # plugged in, and its microphones give exact zeros
    CLIPPING = "clipping"  # somebody shouts into it
    MICROPHONE_ONLY = "microphone only"  # its loudspeaker did not come up
    LOUDSPEAKER_ONLY = "loudspeaker only"  # its microphones did not come up
    ABSENT = "absent"  # not plugged in


# Whose loudspeaker is heard by its own microphones, as in a room.
_ECHOING: Final = (Conference.SPEAKING, Conference.CLIPPING)
_SHOUT: Final = "12"


@dataclass(frozen=True)
class SoundCard:
    """A sink, an ear that others play into, and the source that hears it.

    Attributes:
        lead: Added to its priorities: the default is the card of the highest.
    """

    sink: str
    source: str
    ear: str
    description: str
    properties: Mapping[str, str]
    lead: int


_LAPTOP: Final = SoundCard(
    sink=LAPTOP_SINK,
    source=LAPTOP_SOURCE,
    ear=_LAPTOP_EAR,
    description="Built-in Audio",
    properties={
        "device.bus": "pci",
        "device.form_factor": "internal",
        "device.vendor.id": "0x8086",
        "device.vendor.name": "Intel Corporation",
        "device.product.name": "Built-in Audio",
        "alsa.card": "0",
        "alsa.card_name": "HDA Intel PCH",
    },
    lead=9,
)
POLYCOM: Final = SoundCard(
    sink=POLYCOM_SINK,
    source=POLYCOM_SOURCE,
    ear=POLYCOM_EAR,
    description="Polycom CX5500",
    properties={
        "device.bus": "usb",
        "device.form_factor": "speaker",
        "device.vendor.id": "0x095d",
        "device.vendor.name": "Polycom, Inc.",
        "device.product.name": "Polycom CX5500",
        "device.serial": "Polycom_Polycom_CX5500_8215AA000001",
        "alsa.card": "1",
        "alsa.card_name": "Polycom CX5500",
    },
    lead=0,
)


@contextmanager
def session_bus(environment: Mapping[str, str], logs: Path, *, sweep: Path) -> Iterator[None]:
    """Runs the session's D-Bus, which starts nothing on demand.

    Args:
        environment: The room's environment, which names the bus's socket.
        logs: The folder for the bus's settings and output.
        sweep: A folder to remove if this process ends first.
    """
    socket = Path(environment["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path="))
    settings = logs / "session-bus.conf"
    settings.write_text(_BUS_SETTINGS % socket)
    program = ["dbus-daemon", "--nofork", "--nosyslog", f"--config-file={settings}"]
    log = logs / "dbus-daemon.log"
    with running(program, environment=_daemon(environment), log=log, sweep=sweep) as process:
        wait_until(socket.exists, process, name="dbus-daemon", log=log)
        yield


@contextmanager
def sound(environment: Mapping[str, str], logs: Path, conference: Conference) -> Iterator[None]:
    """Runs the sound servers, with the sound cards plugged in and nothing chosen as the default.

    The laptop's own card comes first by priority, as on a machine that nobody has set up yet.

    Args:
        environment: The room's environment.
        logs: The folder for the servers' output.
        conference: What the Polycom does.
    """
    runtime = Path(environment["XDG_RUNTIME_DIR"])
    _forbid_hardware(Path(environment["XDG_CONFIG_HOME"]))
    with ExitStack() as stack:

        def start(name: str, program: list[str]) -> Callable[[Callable[[], bool]], bool]:
            log = logs / f"{name}.log"
            process = stack.enter_context(
                running(program, environment=_daemon(environment), log=log)
            )
            return partial(wait_until, process=process, name=name, log=log)

        start("pipewire", ["pipewire"])((runtime / "pipewire-0").exists)
        wait_for_session = start("wireplumber", ["wireplumber"])
        # Its socket is there a moment before it listens: only an answer counts.
        start("pipewire-pulse", ["pipewire-pulse"])(partial(_answers, environment))
        cards = [_LAPTOP] if conference is Conference.ABSENT else [_LAPTOP, POLYCOM]
        for card in cards:
            plug_in(environment, card, conference if card is POLYCOM else Conference.SILENT)
        wait_for_session(partial(_defaults_are_chosen, environment, cards))
        if conference in _ECHOING:
            shout = [_SHOUT] if conference is Conference.CLIPPING else []
            start("voice", [sys.executable, "-IS", str(_VOICE), POLYCOM_EAR, *shout])
        yield


def plug_in(environment: Mapping[str, str], card: SoundCard, conference: Conference) -> None:
    """Gives the sound server a card.

    Args:
        environment: The room's environment, which names the server.
        card: The card.
        conference: Which of its parts come up, and whether it hears itself.
    """
    common = {"device.api": "alsa", "device.class": "sound", **card.properties}
    ear = [f"sink_name={card.ear}", "channel_map=mono", "rate=48000"]
    ear.append(_properties("sink", "Simulated ear", {}, 1))
    loudspeaker = [f"sink_name={card.sink}", "channel_map=front-left,front-right", "rate=48000"]
    priority = _SINK_PRIORITY + card.lead
    loudspeaker.append(_properties("sink", card.description, common, priority))
    microphone = [f"source_name={card.source}", f"master={card.ear}.monitor", "channel_map=mono"]
    priority = _SOURCE_PRIORITY + card.lead
    microphone.append(_properties("source", card.description, common, priority))
    echo = [f"source={card.sink}.monitor", f"sink={card.ear}", "latency_msec=50"]
    with _asking(environment) as server:
        server.module_load("module-null-sink", ear)
        if conference is not Conference.MICROPHONE_ONLY:
            server.module_load("module-null-sink", loudspeaker)
        if conference is not Conference.LOUDSPEAKER_ONLY:
            server.module_load("module-remap-source", microphone)
        if conference in _ECHOING:
            server.module_load("module-loopback", echo)


def unplug(environment: Mapping[str, str], card: SoundCard) -> None:
    """Takes a card from the sound server, with everything that belongs to it."""
    with _asking(environment) as server:
        for module in reversed(server.module_list()):
            words = set(re.split(r"[\s=]|\.monitor", module.argument or ""))
            if words & {card.sink, card.source, card.ear}:
                server.module_unload(module.index)


@contextmanager
def _asking(environment: Mapping[str, str]) -> Iterator[Any]:
    # Late: libpulse may be missing, and whoever asks what is missing must not fail on that.
    import pulsectl

    with pulsectl.Pulse("cc-run room", server=environment["PULSE_SERVER"]) as server:
        yield server


def _answers(environment: Mapping[str, str]) -> bool:
    import pulsectl

    try:
        with _asking(environment) as server:
            return bool(server.server_info())
    except pulsectl.PulseError:
        return False


def _defaults_are_chosen(environment: Mapping[str, str], cards: Sequence[SoundCard]) -> bool:
    """Whether WirePlumber has taken note of the cards, and of what was chosen among them before."""
    answer = subprocess.run(
        ["pw-metadata"], env=_daemon(environment), capture_output=True, text=True, check=False
    )
    now = dict(_METADATA.findall(answer.stdout))
    plugged_in = {name for card in cards for name in (card.sink, card.source)}
    # A card of which a part did not come up is never the first: the laptop's own is.
    for kind in ("sink", "source"):
        actual, chosen = now.get(f"audio.{kind}"), now.get(f"configured.audio.{kind}")
        if actual not in plugged_in or (chosen in plugged_in and actual != chosen):
            return False
    return True


def _daemon(environment: Mapping[str, str]) -> dict[str, str]:
    # The machine's own system bus would offer them real-time priority and Bluetooth: not here.
    nowhere = f"unix:path={environment['XDG_RUNTIME_DIR']}/no-system-bus"
    return {**os.environ, **environment, "DBUS_SYSTEM_BUS_ADDRESS": nowhere}


def _forbid_hardware(settings: Path) -> None:
    for name, words in _NO_HARDWARE.items():
        file = settings / "wireplumber" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words)


def _properties(kind: str, description: str, more: Mapping[str, str], priority: int) -> str:
    every = {"device.description": description, **more, "priority.session": str(priority)}
    words = " ".join(f'{key}="{value}"' for key, value in every.items())
    return f"{kind}_properties='{words}'"
