"""A meeting's passcode: made to be read aloud, within the rule that the Zoom account sets."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

# Without the letters and digits that are mistaken for each other when read aloud.
_LOWER: Final = "".join(sorted(set(string.ascii_lowercase) - set("lo" + "i")))
_UPPER: Final = "".join(sorted(set(string.ascii_uppercase) - set("LOI")))
_DIGITS: Final = "".join(sorted(set(string.digits) - set("10")))
_SIGNS: Final = "@*-_"
_USUAL_LENGTH: Final = 8
_LONGEST: Final = 10


@dataclass(frozen=True)
class PasscodeRule:
    """What an account asks of passcodes, by its ``meeting_password_requirement``.

    ``run`` is the length from which a run of neighbours («abcd», «1111») is refused; 0: none is.
    """

    length: int = 0
    run: int = 0
    letter: bool = False
    digit: bool = False
    sign: bool = False
    mixed_case: bool = False
    only_digits: bool = False

    @classmethod
    def from_zoom(cls, settings: Mapping[str, Any]) -> Self:
        """From the body of a host's settings."""
        told = settings.get("schedule_meeting", {}).get("meeting_password_requirement", {})
        return cls(
            length=int(told.get("length") or 0),
            run=int(told.get("consecutive_characters_length") or 0),
            letter=bool(told.get("have_letter")),
            digit=bool(told.get("have_number")),
            sign=bool(told.get("have_special_character")),
            mixed_case=bool(told.get("have_upper_and_lower_characters")),
            only_digits=bool(told.get("only_allow_numeric")),
        )

    @property
    def possible(self) -> bool:
        """Whether any passcode that Zoom's own limit allows can follow the rule."""
        wants_others = self.letter or self.sign or self.mixed_case
        return self.length <= _LONGEST and not (self.only_digits and wants_others)


def new_passcode(rule: PasscodeRule | None = None) -> str:
    """A passcode that can be read aloud, within Zoom's limit and the account's rule.

    It has a letter and a digit, unless the rule allows digits only, and no character stands beside
    itself or its neighbour, so that no rule about runs can be broken.
    """
    rule = rule or PasscodeRule()
    kinds = _kinds(rule)
    length = min(_LONGEST, max(_USUAL_LENGTH, rule.length))
    while True:
        passcode = "".join(secrets.choice("".join(kinds)) for _ in range(length))
        complete = all(set(passcode) & set(kind) for kind in kinds)
        if complete and all(abs(ord(a) - ord(b)) > 1 for a, b in pairwise(passcode)):
            return passcode


def _kinds(rule: PasscodeRule) -> list[str]:
    """The alphabets of each of which the passcode has at least one character."""
    if rule.only_digits:
        return [_DIGITS]
    wanted = [_LOWER, _DIGITS]
    if rule.mixed_case:
        wanted.append(_UPPER)
    if rule.sign:
        wanted.append(_SIGNS)
    return wanted
