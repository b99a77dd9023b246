"""Step 4: the TV wall's slate, by hand; ``prepare`` shows it and ``host start`` hides it."""

from __future__ import annotations

import click

from cc_run.cli.event import found_event
from cc_run.cli.options import event_option, with_settings, with_workspace
from cc_run.cli.output import say
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.workspace import Workspace


@click.group(help=_("The picture with the event's name and time on the TV wall."))
def command() -> None:
    """The group of the slate's commands."""


@command.command(help=_("Lay the slate over the TV wall's screen."))
@event_option
@with_workspace
def show(workspace: Workspace, event_text: str) -> None:
    """Shows the slate."""
    from cc_run.room.slate import show_slate

    event = found_event(workspace, event_text)
    screen = show_slate(workspace.settings, event)
    say(
        _("%(output)s shows the slate of %(event)s.")
        % {"output": screen.output, "event": event.id},
        "ok",
    )
    say(_("Next: %(command)s") % {"command": "cc-run slate hide"}, "next")


@command.command(help=_("Take the slate away."))
@with_settings
def hide(settings: Settings) -> None:
    """Hides the slate."""
    from cc_run.room.slate import hide_slate

    hidden = hide_slate(settings)
    say(_("The slate is taken away.") if hidden else _("No slate was shown."), "ok")
