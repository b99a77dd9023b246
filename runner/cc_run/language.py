"""The languages of people: gettext catalogues, chosen by the usual locale variables.

Message ids are English, so English needs no catalogue to be right; Indonesian is complete.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "id")
_LOCALES = Path(__file__).parent / "locale"
_chosen: list[str] = []


def spoken() -> str:
    """The language in force: the innermost ``speaking`` block's, else the environment's."""
    return _chosen[-1] if _chosen else _from_environment()


def _from_environment() -> str:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            break
    else:
        return "en"
    wished = [value]
    if value not in ("C", "POSIX", "C.UTF-8") and os.environ.get("LANGUAGE"):
        wished = os.environ["LANGUAGE"].split(":")
    for name in wished:
        if name[:2] in LANGUAGES:
            return name[:2]
    return "en"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English message ids where there is none."""
    return gettext.translation("cc_run", _LOCALES, languages=[language], fallback=True)


def _(message: str) -> str:
    """``message`` in the language in force."""
    return translations(spoken()).gettext(message)


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
