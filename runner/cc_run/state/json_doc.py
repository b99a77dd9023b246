"""JSON files that another program owns: the wished document is a part of the file's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .files import Access, follow, plan_file
from .step import Step

# What stands for a value that is not there, as JSON's null is a value.
MISSING = object()


@dataclass(frozen=True)
class JsonDocument:
    """``json: PATH`` ``holds`` this document; whatever else the file has stays.

    Attributes:
        key: lists of objects that all have it are merged by it; any other list is one value.
        ignore: names that are written with a new object and left alone ever after, such as the
            ones that the program renumbers.
        indent: spaces a level, when the file has to be written.
    """

    id: str
    secret: bool
    path: Path
    holds: Any
    key: str
    ignore: tuple[str, ...]
    indent: int | None
    access: Access

    @classmethod
    def from_fields(cls, fields: Fields) -> JsonDocument:
        """Keys: json, holds, key (name), ignore ([]), indent (4), mode, owner, group."""
        holds = fields.anything("holds")
        try:
            json.dumps(holds)
        except (TypeError, ValueError) as error:
            raise fields.wrong("holds", "what JSON can say") from error
        if not isinstance(holds, (Mapping, list)):
            raise fields.wrong("holds", "a mapping or a list")
        indent = fields.number("indent", 0, 8)
        return cls(
            fields.id,
            fields.secret,
            fields.path("json"),
            holds,
            fields.optional_text("key") or "name",
            fields.texts("ignore"),
            4 if indent is None else int(indent) or None,
            Access.from_fields(fields),
        )

    def plan(self, disk: Disk, /) -> Step:
        """Compares what is held; the diff shows the differing values alone."""
        _path, found = follow(self.id, disk, self.path)
        content = found.content if found else b""
        document = self._parse(content)
        differences = list(_differences(document, self.holds, self.key, self.ignore, ""))
        if differences:
            merged = _merge(document, self.holds, self.key, self.ignore)
            content = (json.dumps(merged, indent=self.indent, ensure_ascii=False) + "\n").encode()
        before = "".join(_line(where, old) for where, old, _new in differences)
        after = "".join(_line(where, new) for where, _old, new in differences)
        shown = before, after
        return plan_file(self.id, disk, self.path, content, self.access, shown=shown)

    def _parse(self, content: bytes) -> Any:
        # An empty file is what a crash leaves; it holds nothing that could be lost.
        if not content.strip():
            return MISSING
        try:
            return json.loads(content.decode("utf-8-sig"))
        except ValueError as error:
            raise StateError(
                self.id,
                N_("%(path)s is not readable as JSON: %(reason)s."),
                N_("Move it away (mv %(path)s %(path)s.broken) and run again to get a new one."),
                path=self.path,
                reason=error,
            ) from error


def _alike(found: Any, wished: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return bool(found == wished) and isinstance(found, bool) == isinstance(wished, bool)


def _by_key(elements: Any, key: str) -> dict[Any, Any] | None:
    """The list's objects by their key, or None when it is not that kind of list."""
    if not isinstance(elements, list):
        return None
    if not all(isinstance(element, Mapping) and key in element for element in elements):
        return None
    named = {json.dumps(element[key]): element for element in elements}
    return named if len(named) == len(elements) else None


def _differences(
    found: Any, wished: Any, key: str, ignore: tuple[str, ...], where: str
) -> Iterator[tuple[str, Any, Any]]:
    """Each place where the wish is not met, with the old and the new value."""
    if isinstance(wished, Mapping) and isinstance(found, Mapping):
        for name, value in wished.items():
            place = f"{where}.{name}" if where else name
            if name not in found:
                yield place, MISSING, value
            elif name not in ignore:
                yield from _differences(found[name], value, key, ignore, place)
        return
    wished_by, found_by = _by_key(wished, key), _by_key(found, key)
    if wished_by is not None and found_by is not None:
        for name, value in wished_by.items():
            place = f"{where}[{key}={name}]"
            yield from _differences(found_by.get(name, MISSING), value, key, ignore, place)
    elif not _alike(found, wished):
        yield where or "all", found, wished


def _merge(found: Any, wished: Any, key: str, ignore: tuple[str, ...]) -> Any:
    """What was found, changed as little as the wish allows."""
    if isinstance(wished, Mapping) and isinstance(found, Mapping):
        merged = dict(found)
        for name, value in wished.items():
            if name not in found:
                merged[name] = value
            elif name not in ignore:
                merged[name] = _merge(found[name], value, key, ignore)
        return merged
    wished_by, found_by = _by_key(wished, key), _by_key(found, key)
    if wished_by is not None and found_by is not None:
        return [
            *(
                _merge(element, wished_by[name], key, ignore) if name in wished_by else element
                for name, element in found_by.items()
            ),
            *(element for name, element in wished_by.items() if name not in found_by),
        ]
    return found if _alike(found, wished) else wished


def _line(where: str, value: Any) -> str:
    return "" if value is MISSING else f"{where}: {json.dumps(value, ensure_ascii=False)}\n"
