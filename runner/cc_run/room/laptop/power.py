"""The laptop is on mains, and its battery would carry it over a power cut."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped, warned
from cc_run.room.laptop.sensors import members, number, read

_SUPPLIES: Final = Path("/sys/class/power_supply")
# Adapters of the old kind, and chargers at a USB socket.
_ADAPTERS: Final = frozenset({"Mains", "USB"})


@dataclass(frozen=True)
class Power:
    """The laptop's power.

    Attributes:
        plugged: Whether an adapter gives power; None where the machine does not tell.
        charge: Of the emptiest battery, in per cent; None without a battery.
        charging: Whether none of them is being emptied.
    """

    plugged: bool | None
    charge: int | None
    charging: bool


def read_power(folder: Path = _SUPPLIES) -> Power:
    """Asks the kernel; a mouse's or a headset's battery is no concern of the laptop."""
    own = [one for one in members(folder) if read(one / "scope") != "Device"]
    adapters = [one for one in own if read(one / "type") in _ADAPTERS]
    batteries = [one for one in own if read(one / "type") == "Battery"]
    emptied = any(read(one / "status") == "Discharging" for one in batteries)
    plugged: bool | None = None
    if adapters:
        plugged = any(read(one / "online") == "1" for one in adapters)
    elif batteries:
        plugged = not emptied
    charges = [charge for one in batteries if (charge := number(one / "capacity")) is not None]
    return Power(plugged, min(charges, default=None), not emptied)


async def _mains(context: Context) -> Finding:
    power = await in_thread(read_power)
    if power.plugged is None:
        return skipped(_("this machine tells nothing of its power"))
    if power.plugged:
        return passed(_("on mains"))
    return failed(
        _("on battery, %(left)s %% left") % {"left": "?" if power.charge is None else power.charge},
        _("on mains"),
        _("Plug the laptop's power adapter in."),
    )


async def _battery(context: Context) -> Finding:
    power, wish = await in_thread(read_power), context.settings.laptop.battery_percent
    if power.charge is None:
        return skipped(_("this machine has no battery"))
    found = _("%(charge)s %% charged") % {"charge": power.charge}
    expected = _("at least %(wish)s %%") % {"wish": wish}
    if power.charge >= wish:
        return passed(found, expected)
    if power.plugged and power.charging:
        return warned(found, expected, _("Leave the adapter in: the battery is charging."))
    return warned(
        found, expected, _("Plug the adapter in; if it is in, it is too weak or broken: tell IT.")
    )


PROBES = (
    Probe("laptop.mains", N_("Laptop is on mains"), _mains),
    Probe("laptop.battery", N_("Battery is charged"), _battery),
)
