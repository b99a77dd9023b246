"""The options that commands share: which room, which event, whether for a machine to read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from cc_run.cli.given import line
from cc_run.language import _

if TYPE_CHECKING:
    from cc_run.settings import Settings
    from cc_run.workspace import Workspace

P = ParamSpec("P")
R = TypeVar("R")

ExistingFile = click.Path(path_type=Path, dir_okay=False)

json_option = click.option(
    "--json", "as_json", is_flag=True, help=_("For programs: one JSON value.")
)
event_option = click.option(
    "--event", "event_text", required=True, metavar="ID|next|today", help=_("Which event.")
)


def with_settings(command: Callable[..., R], *, aside: bool = False) -> Callable[..., R]:
    """Adds the options that choose a room, and hands its ``settings`` to the command.

    With ``aside`` they are read in a child: for a command that runs for hours.
    """

    @click.option("--inventory", type=click.Path(path_type=Path), help=_("The Ansible inventory."))
    @click.option("--room", help=_("The room, where the inventory has several."))
    @click.option(
        "--vault-password-file",
        type=click.Path(path_type=Path),
        help=_("What opens the inventory's secrets."),
    )
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        inventory: Path | None,
        room: str | None,
        vault_password_file: Path | None,
        **kwargs: Any,
    ) -> R:
        if aside:
            from cc_run.settings.aside import load_aside as load
        else:
            from cc_run.settings.inventory import load

        settings: Settings = load(inventory, room, vault_password_file)
        return command(*args, settings=settings, **kwargs)

    return wrapped


def with_workspace(command: Callable[..., R], *, aside: bool = False) -> Callable[..., R]:
    """Adds the room's options and ``--as``; hands the ``workspace`` to the command."""

    @functools.partial(with_settings, aside=aside)
    @click.option(
        "--as",
        "actor",
        type=line,
        metavar="NAME",
        help=_("Who does this; else the login's name."),
    )
    @functools.wraps(command)
    def wrapped(*args: Any, settings: Settings, actor: str | None, **kwargs: Any) -> R:
        from cc_run.workspace import open_workspace

        workspace: Workspace = open_workspace(settings, actor)
        return command(*args, workspace=workspace, **kwargs)

    return wrapped
