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
    if os.geteuid() != 0 and not check:
        raise Refusal(
            _("Provisioning changes the system and needs root."),
            _("Run it with sudo: sudo cc-run provision --inventory %(inventory)s")
            % {"inventory": settings.inventory},
        )
    with Progress(quiet=as_json) as progress:
        convergence = converge(settings, "provision", check=check, on_role=progress.role)
    if as_json:
        emit({"ok": convergence.ok, "roles": [vars(role) for role in convergence.roles]})
    elif convergence.ok:
        word = _("%(count)s facts would change.") if check else _("%(count)s facts changed.")
        say(word % {"count": convergence.changed}, "ok")
    else:
        say(_("The laptop is not at the standard yet; see above."), "fail")
    return 0 if convergence.ok else 1
