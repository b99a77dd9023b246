"""Sound devices as PipeWire or PulseAudio shows them: the default one, its volume, its mute.

They belong to the operator's session: root sees none of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

CLIENT_NAME = "cc-run state"
# A machine with much to do, such as starting OBS, has been seen to take more than three.
CHOICE_SECONDS = 15.0
_AGAIN_SECONDS = 1.0
# The server counts in 65536 steps, so a volume comes back a little different.
SAME_VOLUME = 0.005


@dataclass(frozen=True)
class SoundDevice:
    """``sound: sink`` or ``sound: source``, the one that matches, is set as wished.

    Attributes:
        direction: "sink" (loudspeakers) or "source" (microphones).
        match: a pattern for the device's name or description; None when properties say which.
        properties: property → value, such as ``device.vendor.id``.
        prefer: patterns, the most wanted first, that decide where several devices match.
        default: whether it should be the one that programs take; None leaves that.
        volume: 0 to 1.5, 1 being 100 %; None leaves it; so does `muted`.
    """

    id: str
    secret: bool
    direction: str
    match: str | None
    properties: Mapping[str, str]
    prefer: tuple[str, ...]
    default: bool | None
    volume: float | None
    muted: bool | None

    @classmethod
    def from_fields(cls, fields: Fields) -> SoundDevice:
        """Keys: sound, match, properties, prefer, default, volume, muted."""
        direction = fields.choice("sound", ("sink", "source"))
        match = fields.optional_text("match") or None
        properties = {name: str(value) for name, value in fields.mapping("properties").items()}
        if match is None and not properties:
            raise fields.wrong("match", "given, unless 'properties' says which device is meant")
        prefer = fields.texts("prefer")
        for key, patterns in (("match", (match or "",)), ("prefer", prefer)):
            try:
                for pattern in patterns:
                    re.compile(pattern)
            except re.error as error:
                raise fields.wrong(key, f"a regular expression ({error})") from error
        default = fields.optional_flag("default")
        if default is False:
            raise fields.wrong("default", "true, or left out: some device always is the default")
        return cls(
            fields.id,
            fields.secret,
            direction,
            match,
            properties,
            prefer,
            default,
            fields.number("volume", 0, 1.5),
            fields.optional_flag("muted"),
        )

    def plan(self, _disk: Disk, /) -> Step:
        """Compares default, volume and mute.

        Raises:
            StateError: no sound server answers, or not exactly one device matches.
        """
        with self._server() as pulse:
            device = self._find(pulse)
            differences = self._differences(pulse, device)
        if not differences:
            return Step("", "")
        return Step(
            "".join(f"{device.name}: {old}\n" for old, _new, _apply in differences),
            "".join(f"{device.name}: {new}\n" for _old, new, _apply in differences),
            act=self._apply,
        )

    def _apply(self) -> None:
        with self._server() as pulse:
            device = self._find(pulse)
            for _old, _new, apply in self._differences(pulse, device):
                apply()

    def _differences(self, pulse: Any, device: Any) -> list[tuple[str, str, Callable[[], None]]]:
        differences: list[tuple[str, str, Callable[[], None]]] = []
        if self.volume is not None:
            wished, values = self.volume, device.volume.values
            if any(abs(value - wished) > SAME_VOLUME for value in values):
                old = ", ".join(f"{value:.0%}" for value in values)
                differences.append(
                    (
                        f"volume {old}",
                        f"volume {wished:.0%}",
                        lambda: pulse.volume_set_all_chans(device, wished),
                    )
                )
        if self.muted is not None and bool(device.mute) != self.muted:
            words = ("muted", "not muted") if device.mute else ("not muted", "muted")
            differences.append((*words, lambda: pulse.mute(device, self.muted)))
        # Last, because it alone may be refused: volume and mute are right then all the same.
        chosen = getattr(pulse.server_info(), f"default_{self.direction}_name")
        if self.default and chosen != device.name:
            differences.append(
                (f"default is {chosen}", "default", lambda: self._make_default(pulse, device))
            )
        return differences

    def _make_default(self, pulse: Any, device: Any) -> None:
        """PipeWire answers before it has chosen, so this waits until it says so itself.

        A session that has just begun may overhear the wish, so it is told again.
        """
        ended, told = time.monotonic() + CHOICE_SECONDS, float("-inf")
        while getattr(pulse.server_info(), f"default_{self.direction}_name") != device.name:
            if time.monotonic() > ended:
                raise StateError(
                    self.id,
                    N_("The sound server does not make %(device)s the default."),
                    N_("Choose it in the desktop's sound settings, then run this again."),
                    device=device.name,
                )
            if time.monotonic() - told > _AGAIN_SECONDS:
                pulse.default_set(device)
                told = time.monotonic()
            time.sleep(0.02)

    def _server(self) -> Any:
        try:
            import pulsectl
        except ImportError as error:
            raise StateError(
                self.id,
                N_("The Python library pulsectl is not installed."),
                N_("Install the Debian package python3-pulsectl on that machine."),
            ) from error
        try:
            return pulsectl.Pulse(CLIENT_NAME, connect=True)
        except pulsectl.PulseError as error:
            raise StateError(
                self.id,
                N_("No sound server answers."),
                N_("Run this as the operator, logged in on the desktop, not as root."),
            ) from error

    def _find(self, pulse: Any) -> Any:
        devices = pulse.sink_list() if self.direction == "sink" else pulse.source_list()
        # The monitor of a sink records what the loudspeakers play: never a microphone.
        devices = [one for one in devices if one.proplist.get("device.class") != "monitor"]
        found = [device for device in devices if self._matches(device)]
        for pattern in self.prefer if len(found) > 1 else ():
            if wanted := [device for device in found if _is_called(device, pattern)]:
                found = wanted
                break
        if len(found) == 1:
            return found[0]
        wished = self.match or ", ".join(f"{k}={v}" for k, v in self.properties.items())
        there = ", ".join(device.name for device in (found or devices)) or "-"
        if found:
            raise StateError(
                self.id,
                N_("More than one %(direction)s matches %(wished)s: %(there)s."),
                N_("Make the match narrower in the inventory."),
                direction=self.direction,
                wished=wished,
                there=there,
            )
        raise StateError(
            self.id,
            N_("No %(direction)s matches %(wished)s; there are: %(there)s."),
            N_("Plug the device in, or correct the match in the inventory."),
            direction=self.direction,
            wished=wished,
            there=there,
        )

    def _matches(self, device: Any) -> bool:
        if any(device.proplist.get(name) != value for name, value in self.properties.items()):
            return False
        if self.match is None:
            return True
        return _is_called(device, self.match)


def _is_called(device: Any, pattern: str) -> bool:
    return bool(re.search(pattern, device.name) or re.search(pattern, device.description or ""))
