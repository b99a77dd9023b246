"""How commands speak: marks and tables on a terminal, plain text elsewhere, JSON when asked."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

MARKS: Final = {
    "pass": ("✓", "green"),
    "ok": ("✓", "green"),
    "changed": ("✓", "yellow"),
    "warn": ("!", "yellow"),
    "fail": ("✗", "red"),
    "skip": ("–", "bright_black"),
    "next": ("→", "cyan"),
}
# What stands before the last column of a line.
_COLUMNS: Final = re.compile(r"(.*\S)?( {2,}|^ )")
_INDENT: Final = 4


def say(text: str, mark: str = "", *, error: bool = False) -> None:
    """A line, with a coloured mark before it where one is named."""
    lead = marked("", mark) if mark else ""
    click.echo(hanging(lead, text, sys.stderr if error else sys.stdout), err=error)


def marked(text: str, mark: str) -> str:
    """A text with its coloured mark before it."""
    letter, colour = MARKS[mark]
    return click.style(letter, fg=colour, bold=True) + " " + text


def heading(text: str) -> None:
    """A line above others."""
    click.echo("\n" + click.style(hanging("", text), bold=True))


def note(text: str) -> None:
    """A line of less weight."""
    click.echo(click.style(hanging("", text), dim=True))


def hanging(lead: str, text: str, stream: TextIO | None = None) -> str:
    """A text after its lead; on a terminal it is broken at spaces, below its own beginning.

    Two spaces or more part columns: what comes after them goes on below itself. A word that is
    too long for its column, a path most often, gets a line of its own, further to the left.
    """
    if not (stream or sys.stdout).isatty():
        return lead + text
    width = shutil.get_terminal_size().columns
    first, *others = text.split("\n")
    lines = _broken(lead, first, width)
    for other in others:
        lines += _broken("", other, width)
    return "\n".join(lines)


def _broken(lead: str, text: str, width: int) -> list[str]:
    """The lines of one line."""
    columns = _COLUMNS.match(text)
    if columns is not None:
        lead, text = lead + columns[0], text[columns.end() :]
    indent = len(click.unstyle(lead))
    if indent > width // 2:
        indent = _INDENT
    lines: list[str] = []
    line, used, bare = lead, len(click.unstyle(lead)), True
    for word in text.split():
        length = len(click.unstyle(word))
        if used + (not bare) + length > width and not (bare and lines):
            lines.append(line.rstrip())
            used = max(0, min(indent, width - length))
            line, bare = " " * used, True
        line += word if bare else " " + word
        used, bare = used + (not bare) + length, False
    return [*lines, line]


def emit(value: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str] = ()
) -> None:
    """Rows under their headings: lines and colour on a terminal, aligned text elsewhere.

    The cells of the columns named in ``whole`` are never broken.
    """
    if not sys.stdout.isatty():
        _plain_table(columns, rows)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold", no_wrap=column in whole)
    for row in rows:
        grid.add_row(*row)
    console().print(grid)


def _plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns two spaces apart; a cell of several lines goes on below itself."""
    lines = [
        line
        for row in (columns, *rows)
        for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue="")
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def console() -> Console:
    """Rich's console; wide where no terminal limits it, so that a pipe gets whole lines."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=200, no_color=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(type(value).__name__)
