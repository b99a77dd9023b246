"""What is missing on this machine, for each command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cc_run.cli.options import json_option
from cc_run.cli.output import emit, say, table
from cc_run.language import _

if TYPE_CHECKING:
    from cc_run.diagnosis import Diagnosis


@click.command(help=_("Say what is missing on this machine, for each command."))
@click.option("--inventory", type=click.Path(path_type=Path), help=_("The Ansible inventory."))
@click.option("--room", help=_("The room, where the inventory has several."))
@click.option(
    "--vault-password-file",
    type=click.Path(path_type=Path),
    help=_("What opens the inventory's secrets."),
)
@json_option
def command(
    inventory: Path | None, room: str | None, vault_password_file: Path | None, as_json: bool
) -> int:
    """Examines the machine; exit code 1 when a command lacks something."""
    from cc_run.diagnosis import examine

    diagnoses = examine(inventory, room, vault_password_file)
    sound = all(not diagnosis.missing for diagnosis in diagnoses)
    if as_json:
        emit([{"command": one.command, "missing": one.missing} for one in diagnoses])
        return 0 if sound else 1
    common = _of_all(diagnoses)
    for trouble in common:
        say(trouble, "fail")
    rows = [
        ("✗" if one.missing else "✓", f"cc-run {one.command}", _missing(one, common))
        for one in diagnoses
    ]
    table(("", _("Command"), _("Missing")), rows, whole=(_("Command"),))
    packages = sorted({package for one in diagnoses for package in one.packages})
    if packages:
        say(_("Install: sudo apt-get install %s") % " ".join(packages), "next")
    return 0 if sound else 1


def _of_all(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """What every command lacks that works in a room: said once."""
    missing = [one.missing for one in diagnoses if one.command != "rehearse"]
    return [trouble for trouble in missing[0] if all(trouble in others for others in missing)]


def _missing(diagnosis: Diagnosis, common: Sequence[str]) -> str:
    own = [trouble for trouble in diagnosis.missing if trouble not in common]
    if len(own) < len(diagnosis.missing):
        own.insert(0, _("what is said above"))
    return "\n".join(own) or _("nothing is missing")
