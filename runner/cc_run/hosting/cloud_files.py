"""A cloud recording's files: as Zoom lists them, and as they lie in the event's folder.

Beside each lies what it is, as JSON. The JSON is written first, and the file gets its name when all
of it is there: whoever sees a file, sees the whole of it, and knows what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cc_run.durable import replace_file

_UNWELCOME: Final = re.compile(r"[^A-Za-z0-9._()+-]+")
_LONGEST_NAME: Final = 120


@dataclass(frozen=True)
class CloudFile:
    """A file as Zoom lists it; ``size`` is None where Zoom names none."""

    id: str
    url: str
    name: str
    kind: str
    start: datetime | None
    end: datetime | None
    size: int | None

    def facts(self) -> dict[str, Any]:
        """What is kept beside the file."""
        return {
            "id": self.id,
            "type": self.kind,
            "recording_start": self.start.isoformat() if self.start else None,
            "recording_end": self.end.isoformat() if self.end else None,
            "size": self.size,
        }


def cloud_file(row: Mapping[str, Any]) -> CloudFile:
    """From a row of Zoom's list."""
    start, end = _moment(row.get("recording_start")), _moment(row.get("recording_end"))
    kind = str(row.get("recording_type") or row.get("file_type") or "recording").lower()
    extension = str(row.get("file_extension") or row.get("file_type") or "bin").lower()
    stamp = f"GMT{start:%Y%m%d-%H%M%S}_" if start else ""
    name = str(row.get("file_name") or f"{stamp}Recording_{kind}.{extension}")
    url = str(row.get("download_url", ""))
    size = row.get("file_size")
    return CloudFile(
        id=str(row.get("id") or f"{kind}-{stamp}"),
        url=url,
        name=_safe(name),
        kind=kind,
        start=start,
        end=end,
        size=None if size is None else int(size),
    )


def _safe(name: str) -> str:
    """A name without folders, signs that other systems refuse, or a hidden beginning."""
    plain = _UNWELCOME.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    path = Path(plain or "recording")
    return path.stem[:_LONGEST_NAME] + path.suffix[:10]


def places_of(folder: Path, files: Iterable[CloudFile]) -> Iterator[tuple[CloudFile, Path]]:
    """Where each file lies or will lie: two of one name are told apart by a number."""
    taken: set[Path] = set()
    for file in files:
        place, number = folder / file.name, 1
        while place in taken or _owner(place) not in (None, file.id):
            number += 1
            name = Path(file.name)
            place = folder / f"{name.stem}-{number}{name.suffix}"
        taken.add(place)
        yield file, place


def _beside(place: Path) -> Path:
    return place.with_name(place.name + ".json")


def _owner(place: Path) -> str | None:
    """The id of the file that has this name; None where nothing has, "" of what is not Zoom's."""
    try:
        return str(json.loads(_beside(place).read_text(encoding="utf-8")).get("id", ""))
    except FileNotFoundError:
        return "" if place.exists() else None
    except (ValueError, AttributeError):
        return ""


def is_here(file: CloudFile, place: Path) -> bool:
    """Whether the whole file is there."""
    return place.is_file() and file.size in (None, size_of(place))


def part_of(place: Path) -> Path:
    """Where a file grows before it gets its name."""
    return place.with_name(f".{place.name}.part")


def settle(file: CloudFile, part: Path, place: Path) -> None:
    """Gives a file that has arrived its name, with what it is beside it."""
    part.touch()  # an empty file has no first byte
    facts = {**file.facts(), "size": size_of(part)}
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    replace_file(_beside(place), text.encode())
    part.replace(place)


def size_of(path: Path) -> int:
    """Its bytes; 0 where there is no such file."""
    return path.stat().st_size if path.exists() else 0


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None
