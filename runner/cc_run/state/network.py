"""NetworkManager's profiles and radios, through nmcli: one process where nothing differs.

nmcli, and not the bus: it alone writes a profile back without losing the passwords in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

SECONDS = 20.0
ACTIVATION_SECONDS = 45
NO_PROFILE, NO_MANAGER = 10, 8  # nmcli's exit codes
# A password would be seen in the list of processes.
SECRETS = re.compile(r"password|psk|wep-key|\bpin\b|private-key")
METRIC = re.compile(r"dst = 0\.0\.0\.0/0,.*\bmt = (\d+)")
UNUSABLE = ("unavailable", "unmanaged")
INTERFACE = "connection.interface-name"


@dataclass(frozen=True)
class Profile:
    """``network: NAME``, a wired profile, has these properties and is in force.

    Attributes:
        properties: nmcli's own names → texts; what is not named stays as it is.
        active: whether it should be in force where a cable is plugged in; False leaves that.
    """

    id: str
    secret: bool
    name: str
    properties: Mapping[str, str]
    active: bool

    @classmethod
    def from_fields(cls, fields: Fields) -> Profile:
        """Keys: network, device ("" for any), properties, active (true)."""
        name = fields.text("network")
        if name.startswith("-"):
            raise fields.wrong("network", "a name that does not begin with a dash")
        properties = {
            key: _text(fields, value) for key, value in fields.mapping("properties").items()
        }
        if any(not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", key) for key in properties):
            raise fields.wrong("properties", "nmcli's names, such as ipv4.route-metric")
        if any(SECRETS.search(key) for key in properties):
            raise fields.wrong("properties", "without passwords")
        device = fields.optional_text("device") or ""
        return cls(
            fields.id,
            fields.secret,
            name,
            {INTERFACE: device, **properties},
            fields.flag("active", default=True),
        )

    def plan(self, _disk: Disk, /) -> Step:
        """Compares the profile, and asks for the devices only where it is not in force."""
        found = self._look()
        old = {} if found is None else {name: found.get(name, "") for name in self.properties}
        differing = {
            name: value
            for name, value in self.properties.items()
            if found is None or _same(old[name]) != _same(value)
        }
        starts = self.active and not self._in_force(found) and self._can_start()
        if found is not None and not differing and not starts:
            return Step("", "")
        before = "".join(f"{name}: {old[name]}\n" for name in differing if name in old)
        after = "".join(f"{name}: {value}\n" for name, value in differing.items())
        if starts:
            before, after = before + "not in force\n", after + "in force\n"
        return Step(
            before,
            after,
            act=lambda: self._apply(differing, exists=found is not None, starts=starts),
        )

    def _look(self) -> dict[str, str] | None:
        """The profile's properties, and its state where it is in force."""
        state = ["GENERAL.STATE", "GENERAL.DEVICES", "IP4.ROUTE", "IP4.ADDRESS"]
        names = ",".join(["connection.uuid", *self.properties, *state])
        question = ["nmcli", "-t", "-e", "no", "-f", names, "connection", "show", "id", self.name]
        answer = commands.run(self.id, question, timeout=SECONDS)
        if answer.returncode == NO_PROFILE:
            return None
        if answer.returncode:
            raise _fault(self.id, answer.returncode, answer.stderr)
        lines = [line.partition(":") for line in answer.stdout.splitlines() if line]
        if sum(key == "connection.uuid" for key, _colon, _value in lines) > 1:
            raise StateError(
                self.id,
                N_("There are several network profiles with the name %(name)s."),
                N_("Remove all but one: nmcli connection delete uuid UUID"),
                name=self.name,
            )
        return {key: value for key, _colon, value in lines}

    def _in_force(self, found: Mapping[str, str] | None) -> bool:
        """Whether it is in force as it is written; NetworkManager may still be at it.

        A run that was killed between writing and starting it left older addresses in force.
        """
        if found is None or found.get("GENERAL.STATE") not in ("activated", "activating"):
            return False
        lines = "\n".join(value for key, value in found.items() if key.startswith("IP4.ROUTE"))
        metric, real = self.properties.get("ipv4.route-metric", "-1"), METRIC.search(lines)
        if real is not None and metric not in ("-1", real[1]):
            return False
        if self.properties.get("ipv4.method") != "manual":
            return True
        there = {value for key, value in found.items() if key.startswith("IP4.ADDRESS")}
        return set(_same(self.properties.get("ipv4.addresses", "")).split(",")) - {""} <= there

    def _can_start(self) -> bool:
        """Whether a device that it is for has a cable; without one NetworkManager waits for it."""
        question = ["nmcli", "-t", "-e", "no", "-f", "DEVICE,TYPE,STATE", "device"]
        answer = commands.run(self.id, question, timeout=SECONDS)
        wished = self.properties[INTERFACE]
        devices = [line.rsplit(":", 2) for line in answer.stdout.splitlines()]
        return any(
            kind == "ethernet" and not state.startswith(UNUSABLE) and wished in ("", device)
            for device, kind, state in devices
        )

    def _apply(self, differing: Mapping[str, str], *, exists: bool, starts: bool) -> None:
        if exists:
            words = [word for pair in differing.items() for word in pair]
            if words:
                self._nmcli("connection", "modify", "id", self.name, *words)
        else:
            rest = [w for k, v in differing.items() if k != INTERFACE for w in (k, v)]
            device = self.properties[INTERFACE] or "*"
            new = ["add", "type", "ethernet", "con-name", self.name, "ifname", device]
            self._nmcli("connection", *new, *rest)
        if starts or (self.active and differing and self._in_use()):
            self._nmcli("--wait", str(ACTIVATION_SECONDS), "connection", "up", "id", self.name)

    def _in_use(self) -> bool:
        found = self._look()
        return found is not None and "GENERAL.STATE" in found

    def _nmcli(self, *words: str) -> None:
        done = commands.run(self.id, ["nmcli", *words], timeout=ACTIVATION_SECONDS + SECONDS)
        if done.returncode:
            raise _fault(self.id, done.returncode, done.stderr)


@dataclass(frozen=True)
class Radio:
    """``radio: wifi`` is switched on or off."""

    id: str
    secret: bool
    enabled: bool

    @classmethod
    def from_fields(cls, fields: Fields) -> Radio:
        """Keys: radio (wifi), enabled."""
        fields.choice("radio", ("wifi",))
        enabled = fields.optional_flag("enabled")
        if enabled is None:
            raise fields.wrong("enabled", "true or false")
        return cls(fields.id, fields.secret, enabled)

    def plan(self, _disk: Disk, /) -> Step:
        """Asks whether it is on."""
        answer = commands.run(self.id, ["nmcli", "-t", "radio", "wifi"], timeout=SECONDS)
        if answer.returncode:
            raise _fault(self.id, answer.returncode, answer.stderr)
        if (answer.stdout.strip() == "enabled") == self.enabled:
            return Step("", "")
        words = ("Wi-Fi off\n", "Wi-Fi on\n")
        return Step(words[not self.enabled], words[self.enabled], act=self._apply)

    def _apply(self) -> None:
        words = ["nmcli", "radio", "wifi", "on" if self.enabled else "off"]
        done = commands.run(self.id, words, timeout=SECONDS)
        if done.returncode:
            raise _fault(self.id, done.returncode, done.stderr)


def _text(fields: Fields, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, list):
        return ",".join(str(element) for element in value)
    raise fields.wrong("properties", "a mapping to texts, numbers, true or false")


def _same(value: str) -> str:
    """The value without the space that nmcli writes after the commas of some lists."""
    return value.replace(", ", ",")


def _fault(item: str, code: int, said: str) -> StateError:
    if code == NO_MANAGER:
        return StateError(
            item,
            N_("NetworkManager does not run."),
            N_("Ask IT to run: cc-run provision"),
        )
    if "privileges" in said or "authorized" in said.lower():
        return StateError(
            item,
            N_("This account may not change the network."),
            N_("Log in at the laptop itself, with an account in the group netdev."),
        )
    reason = said.strip().splitlines()[-1] if said.strip() else f"exit code {code}"
    return StateError(
        item,
        N_("NetworkManager refuses: %(reason)s"),
        N_("Check the network cable and the wired_network variables."),
        reason=reason.removeprefix("Error: "),
    )
