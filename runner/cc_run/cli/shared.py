"""How it is told who was told of a meeting, and whom the operator still has to tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cc_run.cli.output import say
from cc_run.events import Event
from cc_run.journal import Entry
from cc_run.language import _
from cc_run.times import format_moment, format_short

if TYPE_CHECKING:
    from cc_run.hosting.outcome import Share, Telling
    from cc_run.workspace import Workspace


def show_shared(workspace: Workspace, event: Event, telling: Telling, calendar: Path) -> None:
    """The text and its links on standard output, to be copied; all else beside it."""
    click.echo(telling.text)
    for name, link in telling.links:
        lead = _("WhatsApp to %(name)s:") % {"name": name} if name else _("WhatsApp:")
        click.echo(f"{lead} {link}\n")
    for share in telling.shares:
        _say_how(workspace, share)
    say(_("Calendar file: %(path)s") % {"path": calendar}, "ok", error=True)
    _say_open(event, telling)
    if not telling.open and not telling.cancelled:
        following = _("Next: prepare the room two hours before: cc-run prepare --event %(event)s")
        say(following % {"event": event.id}, "next", error=True)


def show_telling(event: Event, telling: Telling | None) -> None:
    """Who was told again, after a change or a cancellation."""
    if telling is None:
        return
    for share in telling.shares:
        name = _called(share)
        if share.way == "mail":
            say(_("Told by mail: %(name)s") % {"name": name}, "ok")
        else:
            say(_("Not told yet: %(name)s") % {"name": name}, "warn")
            click.echo(f"  WhatsApp: {share.link}")
    _say_open(event, telling)


def told_line(workspace: Workspace, entries: Sequence[Entry]) -> str:
    """Who counts on the meeting, and since when."""
    from cc_run.hosting.sharing import sharing_of

    return ", ".join(
        f"{told.recipient.name} ({format_short(told.at, workspace.zone)})"
        for told in sharing_of(entries).informed
    )


def raise_trouble(telling: Telling | None) -> None:
    """Ends the command with why a mail did not go, when all else has been done and told.

    Raises:
        CcRunError: one did not go.
    """
    if telling is not None and telling.trouble is not None:
        raise telling.trouble


def telling_dict(telling: Telling) -> dict[str, Any]:
    """For programs; neither text nor links are in it, for they hold the passcode."""
    return {
        "sequence": telling.announcement.sequence,
        "cancelled": telling.cancelled,
        "told": [
            {
                "to": share.recipient.name,
                "email": share.recipient.email,
                "phone": share.recipient.phone,
                "way": share.way,
                "trouble": None if share.trouble is None else share.trouble.message,
            }
            for share in telling.shares
        ],
    }


def _say_how(workspace: Workspace, share: Share) -> None:
    name = _called(share)
    if share.way == "mail":
        say(_("Sent by mail: %(name)s") % {"name": name}, "ok", error=True)
    elif share.way == "hand":
        say(_("Noted as told: %(name)s") % {"name": name}, "ok", error=True)
    elif share.way == "before" and share.before is not None:
        facts = {"name": name, "moment": format_moment(share.before.at, workspace.zone)}
        say(
            _("%(name)s has known it since %(moment)s; --again tells them once more.") % facts,
            "skip",
            error=True,
        )


def _say_open(event: Event, telling: Telling) -> None:
    """What the operator does for those who get no mail."""
    names = [share.recipient.name for share in telling.open]
    if not telling.shares and not telling.cancelled:
        names = [event.agency]  # no contact is known
    if names:
        named = " ".join(f'--to "{name}"' for name in names)
        say(
            _("When you have told them by WhatsApp: cc-run host share --event %(event)s %(names)s")
            % {"event": event.id, "names": named},
            "next",
            error=True,
        )


def _called(share: Share) -> str:
    """With the address that a mail went to, or would have."""
    recipient = share.recipient
    if share.way == "hand" or not recipient.email or recipient.email == recipient.name:
        return recipient.name
    return f"{recipient.name} <{recipient.email}>"
