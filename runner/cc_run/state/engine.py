"""Reads a list of items, finds what differs, and brings it about in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import (
    blanking,
    deb,
    environment,
    files,
    gsettings,
    ini,
    json_doc,
    network,
    outputs,
    packages,
    sound,
    tree,
    units,
    users,
)
from .disk import Disk, PlannedDisk
from .faults import N_, StateError
from .fields import Fields
from .step import Item

REDACTED = "«secret»"

# The key that names an item's kind holds its subject, so that a role reads as a list of facts.
KINDS: Mapping[str, Callable[[Fields], Item]] = {
    "directory": files.Directory.from_fields,
    "file": files.File.from_fields,
    "tree": tree.Tree.from_fields,
    "link": files.Link.from_fields,
    "absent": files.Absent.from_fields,
    "ini": ini.IniOptions.from_fields,
    "json": json_doc.JsonDocument.from_fields,
    "packages": packages.Packages.from_fields,
    "deb": deb.DebFile.from_fields,
    "environment": environment.Environment.from_fields,
    "unit": units.Unit.from_fields,
    "sound": sound.SoundDevice.from_fields,
    "network": network.Profile.from_fields,
    "radio": network.Radio.from_fields,
    "outputs": outputs.Outputs.from_fields,
    "blanking": blanking.Blanking.from_fields,
    "gsettings": gsettings.DesktopSettings.from_fields,
    "user": users.User.from_fields,
}


@dataclass(frozen=True)
class Change:
    """What happened to one item, or would; the texts are for a diff, empty when nothing did."""

    id: str
    changed: bool
    before: str
    after: str


def read(items: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The items as objects.

    Raises:
        StateError: one is not understood, or two have the same id.
    """
    found: dict[str, Item] = {}
    for number, mapping in enumerate(items, start=1):
        item = _read_one(number, mapping)
        if item.id in found:
            raise StateError(
                item.id,
                N_("Two items have this id."),
                N_("Give one of them an 'id' of its own."),
            )
        found[item.id] = item
    return list(found.values())


def converge(
    items: Sequence[Mapping[str, Any]],
    *,
    check: bool,
    on_item: Callable[[Change], None] | None = None,
) -> list[Change]:
    """Brings all items about, in order.

    Args:
        items: mappings, each with exactly one key that names its kind (see `KINDS`).
        check: find out what would change, and change nothing.
        on_item: called after each item.

    Returns:
        One change an item, in the same order.

    Raises:
        StateError: an item is not understood (then nothing was done) or could not be brought
            about; ``changes`` on it holds what was done before.
    """
    wished = read(items)
    disk = PlannedDisk() if check else Disk()
    changes: list[Change] = []
    for item in wished:
        try:
            change = _converge_one(item, disk, check=check)
        except StateError as error:
            error.changes = tuple(changes)
            raise
        changes.append(change)
        if on_item is not None:
            on_item(change)
    return changes


def _read_one(number: int, mapping: Mapping[str, Any]) -> Item:
    kinds = [kind for kind in KINDS if isinstance(mapping, Mapping) and kind in mapping]
    if len(kinds) != 1:
        raise StateError(
            str(mapping.get("id", number)) if isinstance(mapping, Mapping) else str(number),
            N_("Item %(number)s should have exactly one of the keys %(kinds)s."),
            N_("Correct it in the role."),
            number=number,
            kinds=", ".join(KINDS),
        )
    fields = Fields(kinds[0], mapping)
    item = KINDS[kinds[0]](fields)
    fields.finish()
    return item


def _converge_one(item: Item, disk: Disk, *, check: bool) -> Change:
    try:
        step = item.plan(disk)
        for write in step.writes:
            disk.write(write)
        if step.act is not None and not check:
            step.act()
    except PermissionError as error:
        raise StateError(
            item.id,
            N_("No permission for %(path)s."),
            N_("Whoever owns it has to run this; for system files that is root (become: true)."),
            path=error.filename,
        ) from error
    except OSError as error:
        raise StateError(
            item.id,
            N_("%(path)s: %(reason)s."),
            path=error.filename,
            reason=error.strerror,
        ) from error
    if item.secret and step.changes:
        return Change(item.id, step.changes, REDACTED, REDACTED)
    return Change(item.id, step.changes, step.before, step.after)
