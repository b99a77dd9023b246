"""What the laptop has left: disk, memory, and degrees before it slows itself down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cc_run.language import N_, _
from cc_run.numbers import Number
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped, warned
from cc_run.room.laptop.sensors import members, number

_GIB: Final = 2**30
_MEMORY: Final = Path("/proc/meminfo")
_ZONES: Final = Path("/sys/class/thermal")
_MONITORS: Final = Path("/sys/class/hwmon")
# Outside of these degrees a sensor is not connected, or counts something else.
_BELIEVED: Final = range(1, 150)


async def _disk(context: Context) -> Finding:
    wish, folder = context.settings.laptop.disk_free_gib, context.settings.room.state_dir
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = (await in_thread(lambda: shutil.disk_usage(there))).free / _GIB
    found = _("%(free)s GiB free") % {"free": Number(free)}
    expected = _("at least %(wish)s GiB") % {"wish": Number(wish)}
    if free < wish:
        return failed(
            found,
            expected,
            _("Free some space on this disk; archived recordings may move away."),
        )
    return passed(found, expected)


async def _memory(context: Context) -> Finding:
    lines = _MEMORY.read_text().splitlines()
    available = next(line for line in lines if line.startswith("MemAvailable"))
    free, wish = int(available.split()[1]) / 2**20, context.settings.laptop.memory_free_gib
    found = _("%(free)s GiB free") % {"free": Number(free)}
    expected = _("at least %(wish)s GiB") % {"wish": Number(wish)}
    if free < wish:
        return warned(found, expected, _("Close programs that are not needed for the event."))
    return passed(found, expected)


async def _temperature(context: Context) -> Finding:
    degrees = await in_thread(lambda: max(_degrees(), default=None))
    if degrees is None:
        return skipped(_("this machine tells no temperature"))
    wish = context.settings.laptop.temperature_celsius
    found = _("%(degrees)s °C") % {"degrees": Number(degrees, 0)}
    expected = _("at most %(wish)s °C") % {"wish": Number(wish, 0)}
    if degrees > wish:
        return warned(
            found,
            expected,
            _("Free the laptop's air vents and close what is not needed; then check again."),
        )
    return passed(found, expected)


def _degrees() -> Iterator[float]:
    """Every sensor's temperature, in degrees Celsius."""
    zones = [zone / "temp" for zone in members(_ZONES) if zone.name.startswith("thermal_zone")]
    inputs = [
        file
        for monitor in members(_MONITORS)
        for file in members(monitor)
        if file.name.startswith("temp") and file.name.endswith("_input")
    ]
    for file in (*zones, *inputs):
        thousandths = number(file)
        if thousandths is not None and thousandths // 1000 in _BELIEVED:
            yield thousandths / 1000


PROBES = (
    Probe("laptop.disk", N_("Free disk"), _disk),
    Probe("laptop.memory", N_("Free memory"), _memory),
    Probe("laptop.temperature", N_("Laptop is not too hot"), _temperature),
)
