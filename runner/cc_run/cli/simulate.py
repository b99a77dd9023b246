"""One simulator in the foreground."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cc_run.language import _

if TYPE_CHECKING:
    from cc_run.simulators.wall import Make, Scenario

_WANTED = _("What clients must give.")
_port = click.option("--port", type=click.IntRange(0, 65535), default=0, help=_("0: a free one."))
_state = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), help=_("Where its state is kept.")
)


@click.group(help=_("Run one simulator on this machine until it is interrupted."))
def command() -> None:
    """The group of simulators."""


@command.command(help=_("Zoom's meetings, tokens and errors."))
@_port
@_state
@click.option("--client-id", default="simulated", show_default=True, help=_WANTED)
@click.option("--client-secret", default="simulated", show_default=True, help=_WANTED)
@click.option("--account-id", default="simulated", show_default=True, help=_WANTED)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    default=("host@example.go.id",),
    help=_("A host's e-mail address; repeat it for several."),
    show_default=True,
)
@click.option(
    "--webhook-url",
    default="",
    help=_("Where it tells what happens, as Zoom does (cc-run webhook)."),
)
@click.option(
    "--webhook-secret",
    default="simulated",
    show_default=True,
    help=_("What it signs that with."),
)
def zoom(
    port: int,
    state: Path | None,
    client_id: str,
    client_secret: str,
    account_id: str,
    hosts: tuple[str, ...],
    webhook_url: str,
    webhook_secret: str,
) -> None:
    """Serves the Zoom emulator."""
    from cc_run.simulators.serve import serve
    from cc_run.simulators.zoom import Subscription, create_app

    told = Subscription(url=webhook_url, secret=webhook_secret) if webhook_url else None
    app = create_app(
        _folder(state, "zoom"),
        client_id=client_id,
        client_secret=client_secret,
        account_id=account_id,
        hosts=hosts,
        webhook=told,
    )
    serve(app, port=port, announce=_announce, date_header=False)


@command.command(help=_("The office's web application for activities."))
@_port
@_state
@click.option("--username", default="operator", show_default=True, help=_WANTED)
@click.option("--password", default="simulated", show_default=True, help=_WANTED)
@click.option("--token", default="", help=_("A token for programs, given once and for all."))
@click.option(
    "--style",
    type=click.Choice(["laravel", "codeigniter"]),
    default="laravel",
    show_default=True,
    help=_("The framework in whose manner it behaves."),
)
def mipp(
    port: int,
    state: Path | None,
    username: str,
    password: str,
    token: str,
    style: Literal["laravel", "codeigniter"],
) -> None:
    """Serves the MIPP simulator."""
    from cc_run.simulators.mipp import create_app
    from cc_run.simulators.serve import serve

    app = create_app(
        _folder(state, "mipp"), username=username, password=password, token=token, style=style
    )
    serve(app, port=port, announce=_announce)


@command.command(help=_("A video wall, or one projector (PJLink)."))
@_port
@_state
@click.option(
    "--panel",
    "panels",
    type=int,
    multiple=True,
    default=(1, 2, 3, 4),
    show_default=True,
    help=_("A panel's number; repeat it for several."),
)
@click.option(
    "--driver",
    type=click.Choice(["samsung_mdc", "lg", "pjlink"]),
    default="samsung_mdc",
    show_default=True,
    help=_("What the panels speak."),
)
@click.option("--password", default="", help=_("What PJLink asks for."))
@click.option(
    "--scenario",
    type=click.Choice(["ok", "dribble", "refuse", "silent", "vanish", "garble"]),
    default="ok",
    show_default=True,
    help=_("What goes wrong."),
)
def wall(
    port: int,
    state: Path | None,
    panels: tuple[int, ...],
    driver: Make,
    password: str,
    scenario: Scenario,
) -> None:
    """Serves the wall simulator."""
    from cc_run.simulators.wall import serve_wall

    serve_wall(
        port=port,
        panels=panels,
        state_dir=state,
        scenario=scenario,
        make=driver,
        password=password,
        announce=_announce,
    )


def _announce(url: str) -> None:
    click.echo(url)


def _folder(state: Path | None, name: str) -> Path:
    folder = state or Path(tempfile.mkdtemp(prefix=f"cc-run-{name}-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
