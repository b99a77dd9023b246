"""A projector that speaks PJLink, class 1: one device at one address."""

from __future__ import annotations

import hashlib
import secrets
import time
from asyncio import StreamReader
from collections.abc import Mapping

from pydantic import BaseModel

from .scenarios import Scenario

_WARM_UP = 0.3
_OFF, _ON, _COOLING, _WARMING = "0", "1", "2", "3"
_UNKNOWN, _OUT_OF_RANGE, _NOT_NOW, _BROKEN = "ERR1", "ERR2", "ERR3", "ERR4"


class Projector(BaseModel):
    """Its memory. Freshly installed it is off, on its first RGB input, with the shutter closed.

    Attributes:
        on: Whether its lamp was switched on.
        input: Kind and index of the input.
        blank: Whether the shutter is closed; None for a device without one.
        faults: Fan, lamp, temperature, cover, filter, other: 0 well, 1 warning, 2 error.
        inputs: Those that it has.
    """

    on: bool = False
    input: str = "11"
    blank: bool | None = True
    faults: str = "000000"
    inputs: tuple[str, ...] = ("11", "31", "32")
    _warm_at: float = 0.0
    _cool_at: float = 0.0

    @property
    def power(self) -> str:
        """PJLink's digit for the lamp's state."""
        if self.on:
            return _WARMING if time.monotonic() < self._warm_at else _ON
        return _COOLING if time.monotonic() < self._cool_at else _OFF

    def cool_down(self, seconds: float) -> None:
        """Switches the lamp off; until it is cool, it takes no power."""
        self.on, self._cool_at = False, time.monotonic() + seconds

    def answer(self, command: str, given: str, *, refuses: bool) -> str:
        """What a command is answered with."""
        if given == "?":
            return self._told(command)
        if refuses:
            return _BROKEN
        if command == "POWR":
            return self._switch(given)
        return self._set(command, given) if self.power == _ON else _NOT_NOW

    def _told(self, command: str) -> str:
        always = {"POWR": self.power, "ERST": self.faults, "INST": " ".join(self.inputs)}
        shutter = _OUT_OF_RANGE if self.blank is None else "11" if self.blank else "30"
        lit = {"INPT": self.input, "AVMT": shutter}
        if command in lit and self.power != _ON:
            return _NOT_NOW
        return (always | lit).get(command, _UNKNOWN)

    def _set(self, command: str, given: str) -> str:
        if command == "INPT":
            if given not in self.inputs:
                return _OUT_OF_RANGE
            self.input = given
            return "OK"
        if command == "AVMT" and self.blank is not None:
            self.blank = given == "11" if given[0] in "13" else self.blank
            return "OK"
        return _UNKNOWN

    def _switch(self, given: str) -> str:
        if given not in (_OFF, _ON):
            return _OUT_OF_RANGE
        if self.power == _COOLING:
            return _NOT_NOW
        if given == _ON and not self.on:
            self._warm_at = time.monotonic() + _WARM_UP
        self.on = given == _ON
        return "OK"


class PjLink:
    """The device behind its port, with a password where one is set.

    Attributes:
        panels: The one device, by the number 1.
        commands: What was asked.
    """

    def __init__(self, password: str = "") -> None:
        self.panels = {1: Projector()}
        self.commands: list[str] = []
        self._password = password
        self._salt = ""

    def kept(self) -> dict[str, dict[str, object]]:
        """What outlives the process."""
        return {"1": self.panels[1].model_dump(include={"on", "input", "blank"})}

    def restore(self, kept: Mapping[str, Mapping[str, object]]) -> None:
        """Takes up what was kept."""
        self.panels[1] = self.panels[1].model_copy(update=dict(kept.get("1", {})))

    def greeting(self) -> bytes:
        """Says who it is, and whether it wants a password."""
        if not self._password:
            return b"PJLINK 0\r"
        self._salt = secrets.token_hex(4)
        return f"PJLINK 1 {self._salt}\r".encode()

    async def answer(self, reader: StreamReader, scenario: Scenario) -> bytes:
        """The answer to the next command; the first one of a connection carries the password."""
        line = (await reader.readuntil(b"\r")).decode("utf-8", "replace").rstrip("\r")
        digest, start, body = line.partition("%")
        if self._salt:
            # PJLink's own rule, and the reason why it belongs into a network of its own.
            wanted = hashlib.md5(
                (self._salt + self._password).encode(), usedforsecurity=False
            ).hexdigest()
            self._salt = ""
            if digest != wanted:
                return b"PJLINK ERRA\r"
        command, given = body[1:5].upper(), body[6:]
        self.commands.append(start + body)
        if scenario == "silent":
            return b""
        told = self.panels[1].answer(command, given, refuses=scenario == "refuse")
        return f"%1{command}={'' if scenario == 'garble' else told}\r".encode()
