"""People are told of the meeting, by mail where that is set, else by the operator; once a change.

What there is to tell is journalled before anyone is told, and each person right after. So a kill in
between repeats one mail, under the same name and with the same entry, and leaves nobody out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cc_run.durable import replace_file
from cc_run.errors import CcRunError, SettingsFault
from cc_run.events import Event
from cc_run.events.calendar import new_uid
from cc_run.hosting.invitation import Letter, folder_of, letter_for, whatsapp_text
from cc_run.hosting.mailing import composed, entry_of
from cc_run.hosting.meeting import Meeting
from cc_run.hosting.outcome import Share, Telling
from cc_run.hosting.recipients import Recipient, contact_of
from cc_run.hosting.seal import sealed
from cc_run.hosting.sharing import (
    ANNOUNCED,
    BY_HAND,
    BY_MAIL,
    SHARED,
    Announcement,
    Sharing,
    Told,
    event_facts,
    sharing_of,
)
from cc_run.language import _
from cc_run.mail import AddressRefused, post
from cc_run.workspace import Workspace


def tell(
    workspace: Workspace,
    event: Event,
    meeting: Meeting | None,
    named: Sequence[Recipient],
    *,
    again: bool = False,
) -> Telling:
    """Tells those whom the operator names, else the contact and all who know something older.

    Whoever is named without an e-mail address was told by the operator, which is noted. The caller
    holds step 3 of the event.

    Args:
        workspace: The room's.
        event: The event.
        meeting: As Zoom has it now; None where it is cancelled.
        named: Whom the operator names.
        again: Tell those too who know it already.
    """
    teller = _Teller.at(workspace, event, meeting)
    if named:
        return teller.told({one.key: one for one in named}.values(), again=again, named=True)
    contact = contact_of(event, workspace.settings)
    people = {told.recipient.key: told.recipient.by_name for told in teller.sharing.informed}
    if contact is not None and meeting is not None:
        people[contact.key] = contact
    return teller.told(people.values(), again=again)


def tell_again(workspace: Workspace, event: Event, meeting: Meeting | None) -> Telling | None:
    """Tells those who were told before of what has changed since; None where nothing has.

    The caller holds step 3 of the event. ``meeting`` is None where it is cancelled.
    """
    if not sharing_of(workspace.journal.entries(event.id)).informed:
        return None
    teller = _Teller.at(workspace, event, meeting)
    late = [told.recipient.by_name for told in teller.sharing.informed if not teller.knows(told)]
    return teller.told(late) if late else None


@dataclass
class _Teller:
    """Tells people of one announcement; a server that fails once is not asked again."""

    workspace: Workspace
    event: Event
    meeting: Meeting | None
    announcement: Announcement
    sharing: Sharing
    server_trouble: CcRunError | None = None

    @classmethod
    def at(cls, workspace: Workspace, event: Event, meeting: Meeting | None) -> _Teller:
        """With what there is to tell, announced in the journal where that is new."""
        sharing = sharing_of(workspace.journal.entries(event.id))
        facts = _facts(workspace, event, meeting)
        latest = sharing.latest
        if latest is not None and latest.tells(facts):
            return cls(workspace, event, meeting, latest, sharing)
        announcement = Announcement(
            sequence=latest.sequence + 1 if latest else 0,
            uid=latest.uid if latest else new_uid(event, workspace.settings),
            facts=facts,
        )
        workspace.journal.append(
            ANNOUNCED, event_id=event.id, actor=workspace.actor, data=vars(announcement)
        )
        return cls(workspace, event, meeting, announcement, sharing)

    def knows(self, told: Told, email: str = "") -> bool:
        """Whether that person was told of this very announcement, at that address if one is given.

        An address that was corrected since has got nothing yet.
        """
        return told.sequence == self.announcement.sequence and email in ("", told.recipient.email)

    def told(
        self, people: Iterable[Recipient], *, again: bool = False, named: bool = False
    ) -> Telling:
        """Tells each of them, or notes that the operator did, or that the operator has to."""
        letter = Letter(self.event, self.meeting)
        shares = tuple(self._share(one, again=again, named=named) for one in people)
        entry = entry_of(
            self.workspace,
            letter,
            self.announcement,
            method="PUBLISH" if self.meeting else "CANCEL",
        )
        path = folder_of(self.workspace) / f"{self.event.id}.ics"
        return Telling(
            self.announcement,
            shares,
            whatsapp_text(self.workspace, letter),
            replace_file(path, entry, mode=0o600),
        )

    def _share(self, person: Recipient, *, again: bool, named: bool) -> Share:
        before = self.sharing.people.get(person.key)
        recipient = self._reached(person, before)
        letter = self._letter(before)
        text = whatsapp_text(self.workspace, letter)
        if before is not None and self.knows(before, person.email) and not again:
            return Share(recipient, "before", text, before)
        # Whoever is named without an e-mail address has been told by the operator.
        if named and not person.email:
            self._note(recipient, by=BY_HAND)
            return Share(recipient, "hand", text, before)
        if not recipient.email or not (named or self.workspace.settings.mail.usable):
            return Share(recipient, "open", text, before)
        try:
            self._mail(letter, recipient, before)
        except CcRunError as trouble:
            return Share(recipient, "open", text, before, trouble)
        return Share(recipient, "mail", text, before)

    def _reached(self, person: Recipient, before: Told | None) -> Recipient:
        """With the addresses that are known: the given, the contact's present, the last used."""
        contact = contact_of(self.event, self.workspace.settings)
        others = [contact] if contact is not None and contact.key == person.key else []
        others += [before.recipient] if before is not None else []
        emails = [one.email for one in (person, *others)]
        phones = [one.phone for one in (person, *others)]
        return Recipient(person.name, _first(emails), _first(phones))

    def _letter(self, before: Told | None) -> Letter:
        if before is None or before.cancelled or self.knows(before):
            return Letter(self.event, self.meeting)
        known = self.sharing.facts_told(before)
        return letter_for(self.event, self.meeting, self.announcement.facts, known)

    def _mail(self, letter: Letter, recipient: Recipient, before: Told | None) -> None:
        server = self.workspace.settings.mail
        if self.server_trouble is not None:
            raise self.server_trouble
        if not server.usable:
            raise SettingsFault(
                _("No mail server is set, so nothing was sent to %(address)s.")
                % {"address": recipient.email},
                _(
                    "Set cc_mail_host and cc_mail_sender; or tell them yourself, and note it with "
                    "--to and the name alone."
                ),
            )
        mail = composed(self.workspace, letter, self.announcement, recipient, before)
        try:
            post(mail, server)
        except AddressRefused:
            raise
        except CcRunError as trouble:
            self.server_trouble = trouble
            raise
        self._note(recipient, by=BY_MAIL, message_id=mail["Message-ID"])

    def _note(self, recipient: Recipient, **more: str) -> None:
        """Who was told what; not the passcode."""
        addresses = {"email": recipient.email, "phone": recipient.phone}
        facts = self.announcement.facts or self._last_facts()
        self.workspace.journal.append(
            SHARED,
            event_id=self.event.id,
            actor=self.workspace.actor,
            data={
                "to": recipient.name,
                **{name: value for name, value in addresses.items() if value},
                **{name: str(value) for name, value in more.items()},
                "sequence": self.announcement.sequence,
                "cancelled": self.meeting is None,
                **{name: facts.get(name) for name in ("meeting_id", "starts_at", "ends_at")},
            },
        )

    def _last_facts(self) -> Mapping[str, Any]:
        """The facts of the meeting that is cancelled now."""
        known = [one.facts for one in self.sharing.announcements if one.facts]
        return known[-1] if known else {}


def _facts(workspace: Workspace, event: Event, meeting: Meeting | None) -> dict[str, Any]:
    """What people are told; of the passcode only whether it is still the same."""
    if meeting is None:
        return {}
    return {
        **event_facts(event, meeting.id),
        "join_url": meeting.public_url,
        "seal": sealed(folder_of(workspace), meeting.passcode),
    }


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")
