"""IT: a laptop is brought to the standard."""

from __future__ import annotations

import os

import click

from cc_run.cli.options import json_option, with_settings
from cc_run.cli.output import emit, say
from cc_run.cli.watching import Progress
from cc_run.errors import Refusal
from cc_run.language import _
from cc_run.room.converge import converge
from cc_run.settings import Settings


@click.command(help=_("Bring this laptop to the standard (IT, as root)."))
@click.option("--check", is_flag=True, help=_("Change nothing; say what would change."))
@json_option
@with_settings
def command(settings: Settings, check: bool, as_json: bool) -> int:
    """Runs the provisioning playbook."""
    if os.geteuid() != 0:
        command = "sudo cc-run provision --check" if check else "sudo cc-run provision"
        raise Refusal(
            _("Provisioning needs root, also to see what it would change."),
            _("Run it with sudo: %(command)s --inventory %(inventory)s")
            % {"command": command, "inventory": settings.inventory},
        )
    with Progress(quiet=as_json, only_would=check) as progress:
        convergence = converge(
            settings,
            "provision",
            check=check,
            # Who is root already need not become it, and then the work is done in one process.
            variables={"ansible_become": False},
            on_role=progress.role,
        )
    if as_json:
        emit({"ok": convergence.ok, "roles": [vars(role) for role in convergence.roles]})
    elif convergence.ok:
        word = _("Tasks that would change: %(count)s") if check else _("Tasks changed: %(count)s")
        say(word % {"count": convergence.changed}, "ok")
    else:
        say(_("The laptop is not at the standard yet; see above."), "fail")
    return 0 if convergence.ok else 1
