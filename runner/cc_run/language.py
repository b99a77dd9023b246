"""The languages of people: gettext catalogues, chosen by the usual locale variables.

Message ids are English, so English needs no catalogue to be right; Indonesian is complete.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "id")
_LOCALES = Path(__file__).parent / "locale"
_chosen: list[str] = []


def spoken() -> str:
    """The language in force: the innermost ``speaking`` block's, else the environment's."""
    return _chosen[-1] if _chosen else _from_environment()


def _from_environment() -> str:
    """As gettext reads the variables; ``CC_RUN_LANGUAGE`` is for programs that we start."""
    handed_on = os.environ.get("CC_RUN_LANGUAGE")
    if handed_on in LANGUAGES:
        return handed_on
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in named if value), "C")
    wished = [locale]
    if locale not in ("C", "POSIX", "C.UTF-8") and os.environ.get("LANGUAGE"):
        wished = os.environ["LANGUAGE"].split(":")
    return next((name[:2] for name in wished if name[:2] in LANGUAGES), "en")


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English message ids where there is none."""
    return gettext.translation("cc_run", _LOCALES, languages=[language], fallback=True)


class Message(str):
    """A text in one language that knows how it was made, so that it can be told in another.

    Attributes:
        source: The message id.
        values: What its placeholders were filled with; None where it has none.
    """

    __slots__ = ("source", "values")

    source: str
    values: Any

    @classmethod
    def of(cls, source: str, language: str, values: Any = None) -> Message:
        """The message in a language, with its placeholders filled."""
        text = translations(language).gettext(source)
        told = cls(text if values is None else text % values)
        told.source, told.values = source, values
        return told

    def __mod__(self, values: Any) -> Message:
        """Fills the placeholders, and remembers with what."""
        told = Message(str.__mod__(self, values))
        told.source, told.values = self.source, values
        return told


def _(message: str) -> Message:
    """``message`` in the language in force."""
    return Message.of(message, spoken())


def retold(text: str, language: str) -> str:
    """A text in another language, as far as it came from the catalogue; else as it is.

    The screen may speak English while the document that leaves the office is Indonesian.
    """
    if not isinstance(text, Message):
        return text
    values = text.values
    if isinstance(values, Mapping):
        values = {name: _retold_value(value, language) for name, value in values.items()}
    elif isinstance(values, tuple):
        values = tuple(_retold_value(value, language) for value in values)
    with speaking(language):
        return Message.of(text.source, language, values)


def joined(parts: Iterable[object], mark: str = ", ") -> str:
    """The parts in one line, each of which can be told in another language."""
    values = tuple(parts)
    if not values:
        return ""
    return Message.of(mark.replace("%", "%%").join(["%s"] * len(values)), spoken(), values)


def _retold_value(value: Any, language: str) -> Any:
    return retold(value, language) if isinstance(value, str) else value


def N_(message: str) -> str:
    """Marks ``message`` for the catalogue; it is translated where it is shown."""
    return message


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Says everything inside the block in ``language`` ("id" or "en")."""
    _chosen.append(language)
    try:
        yield
    finally:
        _chosen.pop()
