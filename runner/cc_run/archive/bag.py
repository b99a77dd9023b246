"""An event's bag (BagIt 1.0, RFC 8493) as it will stand at every target.

The payload is not brought together on this machine first: each file goes from where it is to the
targets, and the tag files are written when the payload's checksums are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
SENDER: Final = "Internal-Sender-Identifier"
_DECLARED: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True)
class Payload:
    """A file to be bagged.

    Attributes:
        name: Its name below ``data/``.
        source: Where it is on this machine; None when it has left, and only the archive has it.
        bytes: Its size.
        sha256: What it has to be; None where it is to be read for that.
    """

    name: str
    source: Path | None
    bytes: int
    sha256: str | None = None

    @property
    def place(self) -> str:
        """Its name in the bag."""
        return f"data/{self.name}"


@dataclass(frozen=True)
class BagFile:
    """A file of a bag: its name in the bag (``data/…``), its bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Bag:
    """What goes to the targets under one name; ``info`` are the fields of ``bag-info.txt``."""

    name: str
    payload: tuple[Payload, ...]
    info: Mapping[str, str]

    @property
    def bytes(self) -> int:
        """The payload's size."""
        return sum(item.bytes for item in self.payload)


def tags_of(files: Iterable[BagFile], info: Mapping[str, str]) -> dict[str, bytes]:
    """The tag files of a bag with these payload files, in the order of their writing."""
    listed = sorted(files, key=lambda file: file.name)
    oxum = f"{sum(file.bytes for file in listed)}.{len(listed)}"
    texts = {
        DECLARATION: _DECLARED,
        INFO: _info_text({**info, "Payload-Oxum": oxum}),
        MANIFEST: manifest_text(listed),
    }
    tags = {name: text.encode() for name, text in texts.items()}
    sums = [BagFile(name, len(tag), sha256_of(tag)) for name, tag in sorted(tags.items())]
    return {**tags, TAG_MANIFEST: manifest_text(sums).encode()}


def manifest_text(files: Iterable[BagFile]) -> str:
    """The lines of a manifest; names never hold what RFC 8493 would have escaped."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in files)


def listed_in(manifest: bytes) -> dict[str, str]:
    """The SHA-256 that a manifest gives for each name; lines that are none have an empty name."""
    found = {}
    for line in manifest.decode("utf-8", errors="replace").splitlines():
        sha256, _gap, name = line.partition("  ")
        found[name] = sha256
    return found


def sha256_of(content: bytes) -> str:
    """The SHA-256 of something small, in hex."""
    return hashlib.sha256(content).hexdigest()


def _info_text(fields: Mapping[str, str]) -> str:
    lines = {name: " ".join(value.split()) for name, value in fields.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
