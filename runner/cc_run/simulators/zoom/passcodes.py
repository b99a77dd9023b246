"""The account's own rule for passcodes, on top of what Zoom takes at all."""

from __future__ import annotations

import secrets
import string
from itertools import pairwise

from .records import PasscodeRule
from .replies import invalid

_SIGNS = "@-_*"


def check_passcode(rule: PasscodeRule, passcode: str | None) -> None:
    """Refuse a passcode that a client has chosen against the account's rule.

    Raises:
        ZoomError: 400/300, naming the field.
    """
    if passcode and (complaint := _complaint(rule, passcode)):
        raise invalid(("password", complaint))


def fitting_passcode(rule: PasscodeRule) -> str:
    """What Zoom chooses where the client does not."""
    letters = string.digits if rule.only_allow_numeric else string.ascii_letters + string.digits
    if rule.have_special_character:
        letters += _SIGNS
    while True:
        passcode = "".join(secrets.choice(letters) for _ in range(max(6, rule.length)))
        if not _complaint(rule, passcode):
            return passcode


def _complaint(rule: PasscodeRule, passcode: str) -> str:
    lower, upper = set(string.ascii_lowercase), set(string.ascii_uppercase)
    asked = (
        (len(passcode) >= rule.length, f"at least {rule.length} characters"),
        (not rule.have_letter or set(passcode) & (lower | upper), "a letter"),
        (not rule.have_number or set(passcode) & set(string.digits), "a number"),
        (not rule.have_special_character or set(passcode) & set(_SIGNS), "a special character"),
        (
            not rule.have_upper_and_lower_characters
            or (set(passcode) & lower and set(passcode) & upper),
            "upper and lower case letters",
        ),
        (not rule.only_allow_numeric or passcode.isdigit(), "numbers only"),
        (
            not rule.consecutive_characters_length
            or _longest_run(passcode) < rule.consecutive_characters_length,
            "no consecutive characters",
        ),
    )
    lacking = [name for met, name in asked if not met]
    return f"The meeting passcode must have {', '.join(lacking)}." if lacking else ""


def _longest_run(passcode: str) -> int:
    """How many characters in a row are the same or follow each other."""
    longest = run = 1
    for one, other in pairwise(passcode):
        run = run + 1 if ord(other) - ord(one) in (0, 1) else 1
        longest = max(longest, run)
    return longest
