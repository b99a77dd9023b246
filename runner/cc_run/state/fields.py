"""Reads one item's mapping key by key, and names the item and the key when one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .faults import N_, StateError

COMMON = frozenset({"id", "secret"})


class Fields:
    """The keys of one item; `kind` is the key that names its kind and holds its subject."""

    def __init__(self, kind: str, mapping: Mapping[str, Any]) -> None:
        self.kind = kind
        self._mapping = mapping
        self._known = {kind, *COMMON}
        subject = mapping[kind]
        self.id = str(mapping.get("id") or f"{kind} {_short(subject)}")
        self.secret = self.flag("secret", default=False)

    def wrong(self, key: str, expected: str) -> StateError:
        """An error that says what `key` should have been, without showing what it was."""
        return StateError(
            self.id,
            N_("The key '%(key)s' should be %(expected)s."),
            N_("Correct it in the role or in the inventory variable that feeds it."),
            key=key,
            expected=expected,
        )

    def _take(self, key: str) -> Any:
        self._known.add(key)
        return self._mapping.get(key)

    def text(self, key: str) -> str:
        """A string that has to be there and is not empty."""
        value = self._take(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a text that is not empty")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, possibly empty, or None when the key is missing or null."""
        value = self._take(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of `choices`."""
        value = self._take(key)
        value = default if value is None else value
        if value not in choices:
            raise self.wrong(key, "one of " + ", ".join(choices))
        return str(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.optional_flag(key)
        return default if value is None else value

    def optional_flag(self, key: str) -> bool | None:
        """True, false, or None when nothing is wished."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, lowest: float, highest: float) -> float | None:
        """A number within bounds, or None when nothing is wished."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(key, "a number")
        if not lowest <= value <= highest:
            raise self.wrong(key, f"between {lowest:g} and {highest:g}")
        return float(value)

    def path(self, key: str) -> Path:
        """An absolute path; ``~`` is the home of whoever applies the item."""
        path = Path(self.text(key)).expanduser()
        if not path.is_absolute():
            raise self.wrong(key, "an absolute path")
        return path

    def mode(self, key: str = "mode") -> int | None:
        """Permission bits as a string of octal digits, because YAML reads numbers its own way."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(r"0?[0-7]{3,4}", value):
            raise self.wrong(key, 'octal digits in quotes, such as "0640"')
        return int(value, 8)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping with string keys; empty when the key is missing."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise self.wrong(key, "a mapping")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when the key is missing."""
        value = self._take(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.wrong(key, "a list of texts")
        if not all(isinstance(element, str) and element for element in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def anything(self, key: str) -> Any:
        """Whatever is there; it has to be there."""
        if key not in self._mapping:
            raise self.wrong(key, "given")
        return self._take(key)

    def finish(self) -> None:
        """Raises when the item has a key that its kind does not know."""
        unknown = sorted(str(key) for key in self._mapping if key not in self._known)
        if unknown:
            raise StateError(
                self.id,
                N_("The key '%(key)s' is not known for '%(kind)s'; known are %(known)s."),
                N_("Correct it in the role or in the inventory variable that feeds it."),
                key=unknown[0],
                kind=self.kind,
                known=", ".join(sorted(self._known)),
            )


def _short(subject: object) -> str:
    if isinstance(subject, str):
        return subject
    if isinstance(subject, Sequence):
        return ", ".join(str(element) for element in subject)
    return str(subject)
