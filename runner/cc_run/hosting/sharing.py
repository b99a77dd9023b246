"""Who was told of the meeting, and of what: the output of step 3, as the journal has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.recipients import Recipient
from cc_run.hosting.seal import differs
from cc_run.journal import Entry
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped, warned
from cc_run.workspace import open_workspace

ANNOUNCED: Final = "meeting.announced"
"""There is something to tell: noted before anyone is told, so that a repeated mail is the same."""
SHARED: Final = "meeting.shared"
"""Somebody was told."""

BY_MAIL: Final = "mail"
BY_HAND: Final = "hand"


@dataclass(frozen=True)
class Announcement:
    """What there was to tell; ``facts`` are empty where the meeting was cancelled."""

    sequence: int
    uid: str
    facts: Mapping[str, Any]

    def tells(self, facts: Mapping[str, Any]) -> bool:
        """Whether this is all that there is to tell."""
        return bool(self.facts) == bool(facts) and not changed_facts(self.facts, facts)


@dataclass(frozen=True)
class Told:
    """A person who was told: of which announcement last, when, and how often at all."""

    recipient: Recipient
    sequence: int
    cancelled: bool
    at: datetime
    times: int
    message_id: str = ""


@dataclass(frozen=True)
class Sharing:
    """All announcements of an event's meeting, and everybody who was told, in that order."""

    announcements: tuple[Announcement, ...]
    people: Mapping[str, Told]

    @property
    def latest(self) -> Announcement | None:
        """The last announcement."""
        return self.announcements[-1] if self.announcements else None

    @property
    def informed(self) -> tuple[Told, ...]:
        """Those who count on the meeting: the last that they heard was no cancellation."""
        return tuple(told for told in self.people.values() if not told.cancelled)

    def facts_told(self, told: Told) -> Mapping[str, Any]:
        """What that person knows of the meeting."""
        known = (one.facts for one in self.announcements if one.sequence == told.sequence)
        return next(known, {})


def sharing_of(entries: Sequence[Entry]) -> Sharing:
    """What an event's entries tell."""
    announcements: list[Announcement] = []
    people: dict[str, Told] = {}
    for entry in entries:
        data = entry.data
        if entry.kind == ANNOUNCED:
            announcements.append(Announcement(data["sequence"], data["uid"], data["facts"]))
        elif entry.kind == SHARED:
            recipient = Recipient(data["to"], data.get("email", ""), data.get("phone", ""))
            before = people.get(recipient.key)
            people[recipient.key] = Told(
                _completed(recipient, before),
                sequence=data["sequence"],
                cancelled=bool(data.get("cancelled")),
                at=entry.at,
                times=1 + (before.times if before else 0),
                message_id=data.get("message_id") or (before.message_id if before else ""),
            )
    return Sharing(tuple(announcements), people)


def event_facts(event: Event, meeting_id: int) -> dict[str, Any]:
    """What people are told that the schedule and the journal know."""
    return {
        "title": event.title,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "place": event.place,
        "agenda": event.agenda,
        "meeting_id": meeting_id,
    }


def changed_facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the facts in which two announcements differ, as far as both tell them."""
    return tuple(
        name
        for name, value in after.items()
        if name in before
        and (differs(before[name], value) if name == "seal" else before[name] != value)
    )


def was_cancelled(entries: Sequence[Entry]) -> bool:
    """Whether the event's meeting was cancelled by a person, and nothing was made since."""
    kinds = (records.INTENDED, records.CREATED, records.CANCELLED)
    last = next((entry for entry in reversed(entries) if entry.kind in kinds), None)
    by_itself = (records.BY_POOL, records.BY_RACE, records.BY_ZOOM)
    return (
        last is not None and last.kind == records.CANCELLED and last.data.get("by") not in by_itself
    )


def _completed(recipient: Recipient, before: Told | None) -> Recipient:
    """With the addresses by which the same person was told earlier."""
    if before is None:
        return recipient
    known = before.recipient
    return Recipient(recipient.name, recipient.email or known.email, recipient.phone or known.phone)


async def _shared(context: Context) -> Finding:
    event = context.event
    if event is None:
        return skipped(_("no event was named"))
    workspace = open_workspace(context.settings)
    entries = await in_thread(lambda: workspace.journal.entries(event.id))
    record, sharing = records.meeting_of(entries), sharing_of(entries)
    expected = _("%(agency)s has id and passcode") % {"agency": event.agency}
    if record is None or record.meeting_id is None:
        return failed(
            _("there is no meeting yet"),
            expected,
            _("Make it: cc-run host create --event %(event)s") % {"event": event.id},
        )
    share = _(
        "Send the invitation, and note who has it: cc-run host share --event %(event)s --to NAME"
    ) % {"event": event.id}
    if not sharing.informed:
        return warned(_("nobody is noted as told"), expected, share)
    facts = event_facts(event, record.meeting_id)
    late = [
        told.recipient.name
        for told in sharing.informed
        if sharing.latest is None
        or told.sequence != sharing.latest.sequence
        or changed_facts(sharing.latest.facts, facts)
    ]
    if late:
        names = {"names": ", ".join(late)}
        return warned(_("told before it changed: %(names)s") % names, expected, share)
    names = {"names": ", ".join(told.recipient.name for told in sharing.informed)}
    return passed(_("told: %(names)s") % names, expected)


PROBES = (Probe("event.shared", N_("Meeting is shared with the agency"), _shared),)
