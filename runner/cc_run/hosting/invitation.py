"""The texts that go to the agency: the only documents with the passcode in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from cc_run.durable import replace_file
from cc_run.events import Event
from cc_run.hosting.meeting import Meeting
from cc_run.hosting.sharing import changed_facts
from cc_run.language import N_, _, speaking
from cc_run.rendering import render
from cc_run.times import format_day, format_period
from cc_run.workspace import Workspace

About = Literal["invitation", "change", "cancellation"]

_CHANGED: Final = {
    "title": N_("topic"),
    "starts_at": N_("day and time"),
    "ends_at": N_("day and time"),
    "place": N_("place"),
    "agenda": N_("agenda"),
    "meeting_id": N_("meeting ID and link"),
    "join_url": N_("meeting ID and link"),
    "seal": N_("passcode"),
}


@dataclass(frozen=True)
class Letter:
    """What one person is told: of a meeting, of what has changed in it, or of its cancellation.

    Attributes:
        event: The event.
        meeting: As Zoom has it; None where it is cancelled.
        changes: What has changed since that person was last told, by the names of the facts.
        before: From when to when the event was to be, where that has changed.
        again: Whether that person counts on an earlier invitation.
    """

    event: Event
    meeting: Meeting | None
    changes: tuple[str, ...] = ()
    before: tuple[datetime, datetime] | None = None
    again: bool = False

    @property
    def about(self) -> About:
        """What kind of letter it is."""
        if self.meeting is None:
            return "cancellation"
        return "change" if self.again else "invitation"


def letter_for(
    event: Event,
    meeting: Meeting | None,
    facts: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> Letter:
    """The letter to somebody who knows ``known`` of a meeting that has these facts now."""
    if meeting is None or known is None:
        return Letter(event, meeting)
    changes = changed_facts(known, facts)
    if not {"starts_at", "ends_at"} & set(changes):
        return Letter(event, meeting, changes, again=True)
    start, end = (datetime.fromisoformat(known[name]) for name in ("starts_at", "ends_at"))
    return Letter(event, meeting, changes, (start, end), again=True)


def whatsapp_text(workspace: Workspace, letter: Letter) -> str:
    """In the form in which agencies pass it on by WhatsApp, in the documents' language."""
    return _rendered(workspace, letter, "invitation.txt.j2", bold="*")


def plain_text(workspace: Workspace, letter: Letter) -> str:
    """For a mail."""
    return _rendered(workspace, letter, "invitation.txt.j2", bold="")


def html_page(workspace: Workspace, letter: Letter) -> str:
    """For a mail, as most programs show it."""
    return _rendered(workspace, letter, "invitation.html.j2")


def subject(workspace: Workspace, letter: Letter) -> str:
    """A mail's subject: what it is, of which event, on which day."""
    with speaking(workspace.settings.room.document_language):
        forms = {
            "invitation": _("Invitation: %(title)s (%(day)s)"),
            "change": _("Changed: %(title)s (%(day)s)"),
            "cancellation": _("Cancelled: %(title)s (%(day)s)"),
        }
        day = letter.event.starts_at.astimezone(workspace.settings.room.zone).date()
        return str(forms[letter.about] % {"title": letter.event.title, "day": format_day(day)})


def write_invitation(workspace: Workspace, event: Event, meeting: Meeting) -> Path:
    """Keeps the invitation for its owner's eyes and out of the archive: it has the passcode."""
    text = whatsapp_text(workspace, Letter(event, meeting))
    return replace_file(folder_of(workspace) / f"{event.id}.txt", text.encode(), mode=0o600)


def folder_of(workspace: Workspace) -> Path:
    """The folder of invitations, which nobody else can look into."""
    folder = workspace.state_dir / "invitations"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _rendered(workspace: Workspace, letter: Letter, template: str, **more: str) -> str:
    language = workspace.settings.room.document_language
    with speaking(language):
        return render(
            template,
            language=language,
            about=letter.about,
            event=letter.event,
            meeting=letter.meeting,
            changes=_spoken(letter.changes),
            before=format_period(*letter.before, workspace.zone) if letter.before else "",
            settings=workspace.settings,
            zone=workspace.zone,
            **more,
        )


def _spoken(changes: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(_(_CHANGED[name]) for name in changes))
