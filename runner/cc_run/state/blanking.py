"""The X server's own darkening of the screen: its saver and its power saving, through xset."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

SECONDS = 10.0


@dataclass(frozen=True)
class Blanking:
    """``blanking: never``: nothing that the X server does by itself darkens the screen."""

    id: str
    secret: bool

    @classmethod
    def from_fields(cls, fields: Fields) -> Blanking:
        """Keys: blanking (never)."""
        fields.choice("blanking", ("never",))
        return cls(fields.id, fields.secret)

    def plan(self, _disk: Disk, /) -> Step:
        """Asks for the saver's time, its way, and DPMS."""
        differing = self._differing()
        if not differing:
            return Step("", "")
        return Step(
            "".join(f"{before}\n" for before in differing),
            "the screen stays on\n",
            act=self._apply,
        )

    def _differing(self) -> list[str]:
        answer = commands.run(self.id, ["xset", "q"], timeout=SECONDS)
        if answer.returncode:
            raise StateError(
                self.id,
                N_("No X11 desktop answers."),
                N_("Log in as the operator on the laptop's desktop, with X11 and not Wayland."),
            )
        timeout = re.search(r"timeout: +(\d+)", answer.stdout)
        return [
            *([f"dark after {timeout[1]} s"] if timeout and timeout[1] != "0" else []),
            *(["blanking preferred"] if "prefer blanking:  yes" in answer.stdout else []),
            *(["DPMS enabled"] if "DPMS is Enabled" in answer.stdout else []),
        ]

    def _apply(self) -> None:
        # A server without DPMS complains of -dpms, and has nothing to switch off.
        commands.require(self.id, ["xset", "s", "off", "s", "noblank"], timeout=SECONDS)
        if "DPMS enabled" in self._differing():
            commands.require(self.id, ["xset", "-dpms"], timeout=SECONDS)
