"""What the kernel tells in small files under ``/sys``."""

from __future__ import annotations

from pathlib import Path


def read(path: Path) -> str:
    """A file's only line; empty where there is none, or where the device has no answer."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def number(path: Path) -> int | None:
    """A file's number; None where it tells none."""
    try:
        return int(read(path))
    except ValueError:
        return None


def members(folder: Path) -> list[Path]:
    """What is in a folder, by name; nothing where the kernel has no such folder."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
