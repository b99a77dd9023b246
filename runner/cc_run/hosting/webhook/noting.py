"""Notices in the journal of their event, each once however often Zoom tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cc_run import sop
from cc_run.hosting import records
from cc_run.hosting.webhook.notice import Notice
from cc_run.journal import Entry
from cc_run.workspace import Workspace

STARTED: Final = "zoom.started"
ENDED: Final = "zoom.ended"
RECORDED: Final = "zoom.recorded"
PARTICIPANTS: Final = "zoom.participants"
"""Who came and went since the last such entry, and how many are there."""
_ACTOR: Final = "Zoom"
_SINGLE: Final = {"started": STARTED, "ended": ENDED, "recorded": RECORDED}


@dataclass(frozen=True)
class Noted:
    """What became of notices that belong together.

    Attributes:
        kind: The journal's, such as ``zoom.started``.
        meeting_id: Zoom's number.
        at: When it happened (UTC); of several things the last.
        event_id: None where no event has that meeting.
        new: False where the journal had it already.
        data: What the journal has of it.
    """

    kind: str
    meeting_id: int
    at: datetime
    event_id: str | None
    new: bool
    data: dict[str, Any]


def event_of(workspace: Workspace, meeting_id: int) -> str | None:
    """The event whose meeting has that number."""
    made = workspace.journal.bearing(records.CREATED, "meeting_id", meeting_id)
    return made[-1].event_id if made else None


def note(workspace: Workspace, notices: Sequence[Notice]) -> Noted:
    """Journals one notice, or several arrivals and departures of one run, where they are news."""
    first, last = notices[0], notices[-1]
    kind = PARTICIPANTS if first.moves else _SINGLE[first.kind]
    event_id = event_of(workspace, first.meeting_id)
    if event_id is None:
        return Noted(kind, first.meeting_id, last.at, None, False, {})
    before = [
        entry
        for entry in workspace.journal.entries(event_id)
        if entry.kind == kind and entry.data.get("uuid") == first.uuid
    ]
    data, new = _count(before, notices) if first.moves else _single(before, first)
    whole = {"meeting_id": first.meeting_id, "uuid": first.uuid, "at": last.at.isoformat(), **data}
    if new:
        workspace.journal.append(kind, event_id=event_id, step=sop.RECORD, actor=_ACTOR, data=whole)
    return Noted(kind, first.meeting_id, last.at, event_id, new, whole)


def runs_of(entries: Sequence[Entry], meeting_id: int) -> list[str]:
    """Zoom's names of the times that the meeting was held, as far as Zoom told of them."""
    told = (
        str(entry.data["uuid"])
        for entry in entries
        if entry.kind in (STARTED, ENDED, RECORDED) and entry.data.get("meeting_id") == meeting_id
    )
    return list(dict.fromkeys(told))


def _single(before: Sequence[Entry], notice: Notice) -> tuple[dict[str, Any], bool]:
    known = {str(entry.data.get("notice")) for entry in before}
    facts = {name: value for name, value in notice.facts.items() if name != "what"}
    return {"notice": notice.identity, **facts}, notice.identity not in known


def _count(before: Sequence[Entry], notices: Sequence[Notice]) -> tuple[dict[str, Any], bool]:
    """Who is there once these have come and gone; a departure may be told before its arrival."""
    come = {who for entry in before for who in entry.data["joined"]}
    gone = {who for entry in before for who in entry.data["left"]}
    most = max((int(entry.data["most"]) for entry in before), default=0)
    joined: list[str] = []
    left: list[str] = []
    for notice in notices:
        who = str(notice.facts["who"])
        known, news = (come, joined) if notice.kind == "joined" else (gone, left)
        if who not in known:
            known.add(who)
            news.append(who)
        most = max(most, len(come - gone))
    data = {"present": len(come - gone), "most": most, "joined": joined, "left": left}
    return data, bool(joined or left)
