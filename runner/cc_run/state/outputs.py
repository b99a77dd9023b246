"""The laptop's screens under X11, through xrandr: which mode, where, and which is the main one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .step import Step

SECONDS = 20.0
OUTPUT = re.compile(r"^(\S+) (connected|disconnected)( primary)?(?: \d+x\d+([+-]\d+)([+-]\d+))?")
MODE = re.compile(r"^ +(\d+)x(\d+) +(\S.*)$")
SIZE = re.compile(r"(\d+)x(\d+)")

Size = tuple[int, int]


@dataclass(frozen=True)
class Screen:
    """One output as it is or should be; ``mode`` is None where it is off."""

    output: str
    mode: Size | None = None
    position: tuple[int, int] = (0, 0)
    primary: bool = False
    modes: tuple[Size, ...] = ()
    preferred: Size | None = None

    def told(self) -> str:
        """A line of a diff."""
        if self.mode is None:
            return f"{self.output}: off\n"
        (width, height), (x, y) = self.mode, self.position
        return f"{self.output}: {width}x{height} at {x}x{y}{', primary' * self.primary}\n"


@dataclass(frozen=True)
class Wish:
    """A screen that is wished: a pattern for its output's name, and how it should be."""

    pattern: str
    mode: Size | None
    position: tuple[int, int] | None
    primary: bool


@dataclass(frozen=True)
class Outputs:
    """``outputs: extend`` or ``mirror``: the screens lie side by side, or show the same.

    Attributes:
        screens: from the left to the right; other screens stay as they are.
    """

    id: str
    secret: bool
    arrangement: str
    screens: tuple[Wish, ...]

    @classmethod
    def from_fields(cls, fields: Fields) -> Outputs:
        """Keys: outputs, screens (each output, mode, position, primary)."""
        arrangement = fields.choice("outputs", ("extend", "mirror"))
        screens = fields.anything("screens")
        if not isinstance(screens, list) or not screens:
            raise fields.wrong("screens", "a list that is not empty")
        wishes = tuple(_wish(fields, one) for one in screens)
        if sum(wish.primary for wish in wishes) > 1:
            raise fields.wrong("screens", "with one primary screen at most")
        return cls(fields.id, fields.secret, arrangement, wishes)

    def plan(self, _disk: Disk, /) -> Step:
        """Compares modes, positions and the primary screen, in one question to the X server."""
        found = self._look()
        wished = self.resolved(found)
        differing = [screen for screen in wished if not _same(found[screen.output], screen)]
        if not differing:
            return Step("", "")
        return Step(
            "".join(found[screen.output].told() for screen in differing),
            "".join(screen.told() for screen in differing),
            act=lambda: self._apply(differing),
        )

    def _apply(self, differing: Sequence[Screen]) -> None:
        words = ["xrandr"]
        for screen in differing:
            width, height = screen.mode or (0, 0)
            words += ["--output", screen.output, "--mode", f"{width}x{height}"]
            words += ["--pos", "{}x{}".format(*screen.position)]
            words += ["--primary"] * screen.primary
        commands.require(self.id, words, timeout=SECONDS)
        # xrandr also exits with 0 where a screen does not take what it was told.
        found = self._look()
        refused = [screen.output for screen in differing if not _same(found[screen.output], screen)]
        if refused:
            raise StateError(
                self.id,
                N_("These screens did not take their settings: %(names)s."),
                N_("Check the cable to the TV wall and the variable tv_wall_outputs."),
                names=", ".join(refused),
            )

    def _look(self) -> dict[str, Screen]:
        answer = commands.run(self.id, ["xrandr", "--current"], timeout=SECONDS)
        found = read_screens(answer.stdout.splitlines())
        if answer.returncode or any(name.startswith("XWAYLAND") for name in found):
            raise StateError(
                self.id,
                N_("No X11 desktop answers."),
                N_("Log in as the operator on the laptop's desktop, with X11 and not Wayland."),
            )
        return found

    def resolved(self, found: Mapping[str, Screen]) -> list[Screen]:
        """The wished screens by their outputs' real names, with modes and positions.

        Raises:
            StateError: a screen is not attached, or does not offer its mode.
        """
        free = [screen for screen in found.values() if screen.modes]
        chosen: list[tuple[Wish, Screen]] = []
        for wish in self.screens:
            match = next((one for one in free if re.fullmatch(wish.pattern, one.output)), None)
            if match is None:
                raise StateError(
                    self.id,
                    N_("No screen is attached as %(wished)s; attached are: %(there)s."),
                    N_("Plug the screen's cable in, or correct the variable tv_wall_outputs."),
                    wished=wish.pattern,
                    there=", ".join(one.output for one in found.values() if one.modes) or "-",
                )
            free.remove(match)
            chosen.append((wish, match))
        common = self._common_mode([screen for _wish, screen in chosen])
        wished, left = [], 0
        for wish, screen in chosen:
            mode = wish.mode or common or screen.preferred or screen.modes[0]
            if mode not in screen.modes:
                raise self._no_mode(screen, mode)
            position = (0, 0) if common else wish.position or (left, 0)
            left = position[0] + mode[0]
            # Without a wish for a primary screen, the present one may stay.
            named = any(one.primary for one in self.screens)
            primary = wish.primary if named else screen.primary
            wished.append(replace(screen, mode=mode, position=position, primary=primary))
        return wished

    def _common_mode(self, screens: Sequence[Screen]) -> Size | None:
        """For a mirror: the wished mode, else the largest one that all screens have."""
        if self.arrangement != "mirror":
            return None
        wished = next((wish.mode for wish in self.screens if wish.mode), None)
        common = set.intersection(*(set(screen.modes) for screen in screens))
        if wished is None and not common:
            raise StateError(
                self.id,
                N_("The screens have no picture size in common."),
                N_("Let them lie side by side: tv_wall_arrangement: extend"),
            )
        return wished or max(common, key=lambda mode: mode[0] * mode[1])

    def _no_mode(self, screen: Screen, mode: Size) -> StateError:
        return StateError(
            self.id,
            N_("%(output)s does not offer %(mode)s, but %(modes)s."),
            N_("Correct the variable tv_wall_outputs."),
            output=screen.output,
            mode="{}x{}".format(*mode),
            modes=", ".join("{}x{}".format(*each) for each in screen.modes),
        )


def read_screens(lines: Iterable[str]) -> dict[str, Screen]:
    """The outputs by their names, from what ``xrandr --current`` prints."""
    found: dict[str, Screen] = {}
    name = ""
    for line in lines:
        if header := OUTPUT.match(line):
            name = header[1]
            position = (int(header[4] or 0), int(header[5] or 0))
            found[name] = Screen(name, position=position, primary=bool(header[3]))
        elif name and (told := MODE.match(line)):
            size, screen = (int(told[1]), int(told[2])), found[name]
            modes = screen.modes if size in screen.modes else (*screen.modes, size)
            found[name] = replace(
                screen,
                modes=modes,
                mode=size if "*" in told[3] else screen.mode,
                preferred=size if "+" in told[3] else screen.preferred,
            )
    return found


def _wish(fields: Fields, screen: object) -> Wish:
    known = {"output", "mode", "position", "primary"}
    if not isinstance(screen, Mapping) or not set(screen) <= known or not screen.get("output"):
        raise fields.wrong("screens", "each with output, and perhaps mode, position, primary")
    try:
        re.compile(screen["output"])
    except (re.error, TypeError) as error:
        raise fields.wrong("screens", f"with patterns as outputs ({error})") from error
    mode, position = (_size(fields, screen.get(key)) for key in ("mode", "position"))
    return Wish(screen["output"], mode, position, screen.get("primary") is True)


def _size(fields: Fields, text: object) -> Size | None:
    if text in (None, ""):
        return None
    size = SIZE.fullmatch(str(text))
    if size is None:
        raise fields.wrong("screens", "with modes and positions such as 1920x1080")
    return int(size[1]), int(size[2])


def _same(found: Screen, wished: Screen) -> bool:
    return (found.mode, found.position, found.primary) == (
        wished.mode,
        wished.position,
        wished.primary,
    )
