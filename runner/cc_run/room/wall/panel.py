"""What is known of a panel, what is wished of it, and what was changed, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cc_run.errors import CcRunError
from cc_run.language import N_

# What people call the fields of a state that can be set.
FIELDS: Final = {
    "power": N_("power"),
    "input": N_("input"),
    "wall": N_("video wall"),
    "place": N_("place in the wall"),
    "picture": N_("picture"),
}

POWERS: Final = {
    "on": N_("on"),
    "off": N_("off"),
    "warming": N_("warming up"),
    "cooling": N_("cooling down"),
}
VALUES: Final = {
    "on": N_("on"),
    "off": N_("off"),
    "full": N_("stretched"),
    "natural": N_("in its own proportions"),
    "shown": N_("shown"),
    "blank": N_("blanked"),
}


@dataclass(frozen=True)
class PanelState:
    """One panel; None is what it does not tell, as most of it while it is off.

    Attributes:
        number: Its id.
        power: "on", "off", and of a projector also "warming" and "cooling".
        input: In the driver's names: "HDMI1", "DISPLAY_PORT_1", "DIGITAL1".
        wall: "on" where it shows its part of a larger picture.
        place: Columns, rows and position in the wall: "2x2 #1".
        picture: "full" or "natural"; of a projector "shown" or "blank".
        faults: What it reports of itself, for people.
        trouble: Why it could not be read.
    """

    number: int
    power: str | None = None
    input: str | None = None
    wall: str | None = None
    place: str | None = None
    picture: str | None = None
    faults: tuple[str, ...] = ()
    trouble: CcRunError | None = None


@dataclass(frozen=True)
class PanelChange:
    """What was changed on a panel, or would be; ``before`` is "?" where it could not be seen."""

    panel: int
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Wish:
    """A field of a panel's state, the value it should have, and how its driver sets that."""

    field: str
    value: str
    command: str
    data: tuple[Any, ...] = ()


def place(size: tuple[int, int], position: int) -> str:
    """``2x2 #1``: the first of four panels, counted from the top left."""
    columns, rows = size
    return f"{columns}x{rows} #{position}"
