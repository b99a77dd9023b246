"""A room's settings for a process that lives for hours: Ansible, who reads them, is not kept."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from cc_run.settings.models import Settings


def load_aside(
    inventory: Path | None = None,
    room: str | None = None,
    vault_password_file: Path | None = None,
) -> Settings:
    """As ``inventory.load``, but in a child, which takes Ansible's memory with it when it ends.

    Nothing is written anywhere: the settings, with their secrets, come through a pipe.

    Raises:
        SettingsFault: as there.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as child:
        return child.submit(_load, inventory, room, vault_password_file).result()


def _load(inventory: Path | None, room: str | None, vault_password_file: Path | None) -> Settings:
    from cc_run.settings.inventory import load

    return load(inventory, room, vault_password_file)
