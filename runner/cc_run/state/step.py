"""What one item's plan is: the difference as two texts, and how to get from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .disk import Disk, Write


@dataclass(frozen=True)
class Step:
    """The plan of one item.

    Attributes:
        before: what is, as text for a diff.
        after: what will be.
        writes: changes to files, in order; check mode makes them on a `PlannedDisk`.
        act: what is done outside the file system, after the writes; not called in check mode.
    """

    before: str
    after: str
    writes: tuple[Write, ...] = ()
    act: Callable[[], None] | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.writes) or self.act is not None


class Item(Protocol):
    """A wish that can be compared with what is."""

    @property
    def id(self) -> str:
        """Names the item in results and errors."""

    @property
    def secret(self) -> bool:
        """Whether its texts must not be shown."""

    def plan(self, disk: Disk, /) -> Step:
        """Looks, changes nothing, and says what is to be done."""
