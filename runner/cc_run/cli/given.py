"""What an operator gives on the command line: words, lengths of time, names of new files.

Each function is an option's type: it takes what was typed and gives what it means.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from cc_run.language import _

_LONGEST_SECONDS: Final = 24 * 3600.0
# Control characters, and what is left of bytes that are no UTF-8.
_UNREADABLE: Final = ("Cc", "Cs")


def line(typed: str) -> str:
    """One line of text that every program can show, without superfluous white space."""
    return _readable(" ".join(typed.split()))


def text(typed: str) -> str:
    """One or several lines of text that every program can show."""
    return _readable(typed.strip())


def seconds(shortest: float) -> Callable[[str], float]:
    """The type of a length of time from ``shortest`` to a day."""

    def length(typed: str) -> float:
        try:
            found = float(typed)
        except ValueError:
            found = -1.0
        if not shortest <= found <= _LONGEST_SECONDS:  # nan is never so
            raise click.BadParameter(
                _("a number of seconds from %(shortest)g to %(longest)g is expected")
                % {"shortest": shortest, "longest": _LONGEST_SECONDS}
            )
        return found

    return length


def new_file(typed: str) -> Path:
    """The path of a file to be written; a folder or a device is never replaced."""
    path = Path(typed)
    if not path.name or (path.exists() and not path.is_file()):
        raise click.BadParameter(_("%(path)s is no file") % {"path": path})
    return path


def _readable(words: str) -> str:
    if not words:
        raise click.BadParameter(_("it is empty"))
    if any(unicodedata.category(sign) in _UNREADABLE for sign in words if sign not in "\n\t"):
        raise click.BadParameter(_("it has characters that cannot be shown; type it anew"))
    return words
