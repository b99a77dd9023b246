"""A letter as a mail: text, page, and the calendar file that moves or removes the entry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.message import EmailMessage

from cc_run.events.calendar import Method, Place, calendar
from cc_run.hosting.invitation import Letter, html_page, plain_text, subject
from cc_run.hosting.recipients import Recipient
from cc_run.hosting.sharing import Announcement, Told
from cc_run.mail import new_mail
from cc_run.workspace import Workspace


def composed(
    workspace: Workspace,
    letter: Letter,
    announcement: Announcement,
    recipient: Recipient,
    before: Told | None,
) -> EmailMessage:
    """The mail to one person.

    Its Message-ID follows from what is told and how often that person was told before, so that a
    mail which is sent again after a kill is the same one for every mail program.

    Raises:
        AddressRefused: the person's address is no address.
    """
    settings = workspace.settings
    mail = new_mail(settings, recipient.email, subject(workspace, letter), name=_name_of(recipient))
    mail["Message-ID"] = message_id(workspace, announcement, recipient, before)
    if before is not None and before.message_id:
        mail["In-Reply-To"] = mail["References"] = before.message_id
    mail["Content-Language"] = settings.room.document_language
    method: Method = "CANCEL" if letter.meeting is None else "REQUEST"
    people = [one.addr_spec for one in mail["To"].addresses]
    entry = entry_of(workspace, letter, announcement, method=method, attendees=people)
    mail.set_content(plain_text(workspace, letter), cte="quoted-printable")
    mail.add_alternative(html_page(workspace, letter), subtype="html", cte="quoted-printable")
    mail.add_alternative(
        entry.decode(), subtype="calendar", cte="base64", params={"method": method}
    )
    mail.add_attachment(
        entry, maintype="application", subtype="ics", filename=f"{letter.event.id}.ics"
    )
    return mail


def entry_of(
    workspace: Workspace,
    letter: Letter,
    announcement: Announcement,
    *,
    method: Method,
    attendees: Sequence[str] = (),
) -> bytes:
    """The calendar file that goes with a letter; the passcode is not in it."""
    meeting = letter.meeting
    return calendar(
        letter.event,
        workspace.settings,
        sequence=announcement.sequence,
        uid=announcement.uid,
        method=method,
        place=Place(meeting.public_url, meeting.number) if meeting else None,
        attendees=attendees,
    )


def message_id(
    workspace: Workspace, announcement: Announcement, recipient: Recipient, before: Told | None
) -> str:
    """The name of the mail that tells that person of it, for the so-many-eth time."""
    times = before.times if before else 0
    facts = f"{announcement.uid}\n{announcement.sequence}\n{times}\n{recipient.key}"
    domain = (workspace.settings.mail.sender or "@localhost").rpartition("@")[2]
    return f"<{hashlib.sha256(facts.encode()).hexdigest()[:32]}@{domain}>"


def _name_of(recipient: Recipient) -> str:
    return "" if recipient.name == recipient.email else recipient.name
