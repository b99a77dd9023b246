"""Single options in ini files that another program owns, such as OBS or the Zoom client.

Only the named options are touched: comments, order, unknown options, the spaces around ``=``,
the line ends and a byte order mark stay as they are, and the case of names matters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .files import Access, follow, plan_file
from .step import Step

SECTION = re.compile(r"\s*\[(?P<name>.+)\]\s*")
OPTION = re.compile(r"(?P<lead>\s*(?P<name>[^=;#\[\s][^=]*?)[ \t]*=[ \t]*)(?P<value>.*)")

# Section -> option -> value; None means that the option should not be there.
Options = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True)
class IniOptions:
    """``ini: PATH`` has these ``options``: section → option → value, null for no such option.

    Attributes:
        create: whether a missing file is made; else its program is not here and needs none.
        while_closed: a program that would write its old options back when it is closed; nothing
            is changed while it is open. Empty where there is none.
    """

    id: str
    secret: bool
    path: Path
    options: Options
    create: bool
    while_closed: str
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> IniOptions:
        """Keys: ini, options, create (true), while_closed, mode, owner, group.

        The section "" is what precedes all others.
        """
        options = {}
        for section in fields.mapping("options"):
            if not isinstance(fields.mapping("options")[section], Mapping):
                raise fields.wrong(f"options.{section}", "a mapping of options")
            options[section] = {
                str(name): _text(fields, f"options.{section}.{name}", value)
                for name, value in fields.mapping("options")[section].items()
            }
        if not options:
            raise fields.wrong("options", "a mapping of sections")
        return cls(
            fields.id,
            fields.secret,
            fields.path("ini"),
            options,
            fields.flag("create", default=True),
            fields.optional_text("while_closed") or "",
            Access.from_fields(fields),
        )

    def plan(self, disk: Disk, /) -> Step:
        """Compares the named options; the diff shows these alone, as others may be secret."""
        _path, found = follow(self.id, disk, self.path)
        if found is None and not self.create:
            return Step("", "")
        content = found.content if found else b""
        edited = edit(content, self.options)
        shown = excerpt(content, self.options), excerpt(edited, self.options)
        step = plan_file(self.id, disk, self.path, edited, self.access, shown=shown)
        if step.changes and self.while_closed and commands.is_open(self.id, self.while_closed):
            raise StateError(
                self.id,
                N_("%(program)s is open, and would write its old options back."),
                N_("Close it, then run this again."),
                program=Path(self.while_closed).name,
            )
        return step


def edit(content: bytes, options: Options) -> bytes:
    """The file's content with the options set; the same bytes when they already are."""
    mark, lines = _lines(content)
    for section, wished in options.items():
        for name, value in wished.items():
            lines = _set(lines, section, name, value)
    return mark + "".join(lines).encode("utf-8", "surrogateescape")


def excerpt(content: bytes, options: Options) -> str:
    """The named options as the file has them."""
    lines = _lines(content)[1]
    shown = []
    for section, wished in options.items():
        found = [lines[index].strip() for name in wished for index in _places(lines, section, name)]
        if found:
            shown += [f"[{section}]", *found]
    return "".join(f"{line}\n" for line in shown).encode("utf-8", "replace").decode()


def _text(fields: Fields, key: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)) and not re.search(r"[\r\n]", str(value)):
        return str(value)
    raise fields.wrong(key, "a text of one line, a number, true, false or null")


def _lines(content: bytes) -> tuple[bytes, list[str]]:
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    text = content[len(mark) :].decode("utf-8", "surrogateescape")
    return mark, re.findall(r"[^\n]*\n|[^\n]+", text)


def _sections(lines: list[str]) -> list[str]:
    """For each line, the section that it stands in."""
    names, current = [], ""
    for line in lines:
        match = SECTION.fullmatch(line)
        current = match["name"] if match else current
        names.append(current)
    return names


def _places(lines: list[str], section: str, name: str) -> list[int]:
    """Where the option stands; programs differ in which of several they obey, so all count."""
    return [
        index
        for index, where in enumerate(_sections(lines))
        if where == section and (match := OPTION.match(lines[index])) and match["name"] == name
    ]


def _set(lines: list[str], section: str, name: str, value: str | None) -> list[str]:
    places = _places(lines, section, name)
    if value is None:
        return [line for index, line in enumerate(lines) if index not in places]
    if not places:
        return _add(lines, section, name, value)
    edited = list(lines)
    for index in places:
        match = OPTION.match(lines[index])
        if match and match["value"].strip() != value.strip():
            edited[index] = f"{match['lead']}{value}{_line_end(lines[index])}"
    return edited


def _add(lines: list[str], section: str, name: str, value: str) -> list[str]:
    end = _line_end(lines[0]) if lines else "\n"
    lead = next((match["lead"] for line in lines if (match := OPTION.match(line))), "=")
    spaced = " = " if lead.endswith(" = ") else "="
    lines = [*lines[:-1], lines[-1].rstrip("\r\n") + end] if lines else []
    option = f"{name}{spaced}{value}{end}"
    inside = [index for index, where in enumerate(_sections(lines)) if where == section]
    if not inside and section:
        gap = [end] if lines and lines[-1].strip() else []
        return [*lines, *gap, f"[{section}]{end}", option]
    # After the section's last line that says something, so that blank lines stay at its end;
    # a section that comes twice is filled where it comes first.
    first = _first_run(inside)
    spoken = [index for index in first if lines[index].strip()]
    place = spoken[-1] + 1 if spoken else 0
    return [*lines[:place], option, *lines[place:]]


def _first_run(indices: list[int]) -> list[int]:
    return [index for offset, index in enumerate(indices) if index == indices[0] + offset]


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"
