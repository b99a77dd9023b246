"""What is missing on this machine, for each command."""

from __future__ import annotations

from pathlib import Path

import click

from cc_run.cli.options import json_option
from cc_run.cli.output import emit, say, table
from cc_run.language import _


@click.command(help=_("Say what is missing on this machine, for each command."))
@click.option("--inventory", type=click.Path(path_type=Path), help=_("The Ansible inventory."))
@click.option("--room", help=_("The room, where the inventory has several."))
@click.option("--vault-password-file", type=click.Path(path_type=Path))
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
    rows = [
        (
            click.unstyle("✗" if one.missing else "✓"),
            f"cc-run {one.command}",
            "\n".join(one.missing) or _("nothing is missing"),
        )
        for one in diagnoses
    ]
    table(("", _("Command"), _("Missing")), rows)
    packages = sorted({package for one in diagnoses for package in one.packages})
    if packages:
        say(_("Install: sudo apt-get install %s") % " ".join(packages), "next")
    return 0 if sound else 1
