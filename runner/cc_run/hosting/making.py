"""Makes an event's meeting, or finds the one that was made: never a second one.

The intent is journalled before Zoom is asked, with a marker that Zoom keeps in the agenda. When an
intent has no meeting yet, the host's meetings are searched for the marker before anything is made.
What was made is read back from the host's own list, which also shows the meetings that somebody
made outside: where they leave no room, ours gives way before anyone is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from cc_run.errors import CcRunError, Refusal
from cc_run.events import Event
from cc_run.hosting import records
from cc_run.hosting.meeting import Meeting, new_marker, remembered, snapshot, wished
from cc_run.hosting.passcode import PasscodeRule, new_passcode
from cc_run.hosting.pool import choose_host, crowded_by, outranked
from cc_run.hosting.records import MeetingRecord, markers_of, was_crowded
from cc_run.hosting.refusals import DailyLimit, PasscodeRefused, UnclearOutcome, UnknownHost
from cc_run.hosting.taken import age, marker_of, rows_near
from cc_run.hosting.zoom import ZoomClient
from cc_run.journal import RunningStep
from cc_run.language import _
from cc_run.workspace import Workspace

_ROUNDS: Final = 100
# What Zoom's list tells of a meeting, as it stands there after the write.
_READ_BACK: Final = ("type", "topic", "start_time", "duration")
_LISTED_AGENDA: Final = 250


@dataclass(frozen=True)
class Made:
    """A meeting that now exists, and whether it was there before."""

    meeting: Meeting
    record: MeetingRecord
    adopted: bool


class Maker:
    """Brings one event's meeting into being, within its step."""

    def __init__(
        self, workspace: Workspace, zoom: ZoomClient, event: Event, step: RunningStep
    ) -> None:
        self._workspace = workspace
        self._zoom = zoom
        self._event = event
        self._step = step
        self._besides: set[str] = set()
        self._look = was_crowded(workspace.journal.entries(event.id))
        self._limit: CcRunError | None = None

    def make(self, intent: MeetingRecord | None) -> Made:
        """The meeting, at a host that has room for it.

        Args:
            intent: What an interrupted run has left; None where nothing was begun.

        Raises:
            Refusal, OutsideFailure, SettingsFault: see ``ZoomClient`` and ``choose_host``.
        """
        while True:
            made = self._resumed(intent) if intent is not None else self._begun()
            if made is not None:
                return made
            intent = None

    def _begun(self) -> Made | None:
        return self._asked(self._intend())

    def _resumed(self, record: MeetingRecord) -> Made | None:
        """Goes on from an intent: None where another host has to be chosen."""
        try:
            rows = self._rows(record)
        except UnknownHost:
            # Nothing was made there: cc_zoom_hosts may have been corrected meanwhile.
            self._step.note(records.CANCELLED, {"meeting_id": None, "by": records.BY_ZOOM})
            return None
        mine = oldest_alone(self._zoom, record, rows)
        if mine is not None:
            body = self._zoom.read(int(mine["id"]))
            return self._kept(record, {**body, **_read_back(mine, body)}, rows, adopted=True)
        self._step.note(records.REPEATED)
        return self._asked(replace(record, doubtful=True))

    def _asked(self, record: MeetingRecord) -> Made | None:
        """Asks Zoom for the meeting, and reads back what it has made."""
        body: Mapping[str, Any] | None = None
        lost: UnclearOutcome | None = None
        try:
            body = self._request(record)
        except UnclearOutcome as error:
            lost = error  # Zoom may have acted before the reply was lost: look before giving up.
        except DailyLimit as error:
            self._limit = error
            self._give_up(record, None, str(error))
            return None
        rows = self._rows(record)
        mine = oldest_alone(self._zoom, record, rows)
        if mine is None and lost is not None:
            raise lost
        number = int((mine or body or {})["id"])
        if body is None or mine is None or int(body["id"]) != number:
            # The reply was lost, or Zoom's list does not know the new meeting yet.
            body = self._zoom.read(number)
        if mine is not None:
            body = {**body, **_read_back(mine, body)}
        return self._kept(record, body, rows, adopted=False)

    def _request(self, record: MeetingRecord) -> Mapping[str, Any]:
        wish = self._wish(record.marker)
        try:
            return self._zoom.create(record.host, {**wish, "password": new_passcode()})
        except PasscodeRefused:
            rule = PasscodeRule.from_zoom(self._zoom.user_settings(record.host))
            if not rule.possible:
                raise
            return self._zoom.create(record.host, {**wish, "password": new_passcode(rule)})

    def _intend(self) -> MeetingRecord:
        """Chooses a host and journals it, so that every other room counts with it."""
        for _round in range(_ROUNDS):
            try:
                host = choose_host(
                    self._workspace,
                    self._zoom,
                    self._event,
                    besides=self._besides,
                    look=self._look,
                )
            except Refusal:
                if self._limit is not None:
                    raise self._limit from None
                raise
            marker = new_marker(self._event)
            wish = self._wish(marker)
            asked = remembered(snapshot(wish), wish)
            entry = self._step.note(
                records.INTENDED, {"host": host, "marker": marker, "asked": asked}
            )
            if not outranked(self._workspace, self._event, host, entry.number):
                return MeetingRecord(host, marker, entry.number, known=(asked,))
            self._step.note(records.CANCELLED, {"meeting_id": None, "by": records.BY_RACE})
        raise Refusal(
            _("Other rooms choose Zoom hosts at this very moment."),
            _("Run the same command again."),
        )

    def _kept(
        self,
        record: MeetingRecord,
        body: Mapping[str, Any],
        rows: Iterable[Mapping[str, Any]],
        *,
        adopted: bool,
    ) -> Made | None:
        """Journals the meeting, unless it has to give way to one that was made outside."""
        crowd = crowded_by(self._workspace, self._event, record, rows, body)
        if crowd:
            self._zoom.withdraw(int(body["id"]))
            self._give_up(record, int(body["id"]), crowd)
            return None
        meeting = Meeting.from_zoom(body, record.host)
        kept = remembered(meeting.snapshot, self._wish(record.marker))
        self._step.note(
            records.CREATED,
            {
                "host": record.host,
                "marker": record.marker,
                "meeting_id": meeting.id,
                "join_url": meeting.public_url,
                "revision": self._event.revision,
                "kept": kept,
            },
        )
        return Made(meeting, replace(record, meeting_id=meeting.id, known=(kept,)), adopted)

    def _give_up(self, record: MeetingRecord, meeting_id: int | None, because: str) -> None:
        """Leaves this host; the next one is looked at before anything is made there."""
        self._step.note(
            records.CANCELLED,
            {"meeting_id": meeting_id, "by": records.BY_POOL, "because": because},
        )
        self._besides.add(record.host)
        self._look = True

    def _rows(self, record: MeetingRecord) -> list[dict[str, Any]]:
        """The host's list near the time that was, or will be, asked for.

        What a late request has made of an intent that was given up long ago is taken away.
        """
        rows = list(rows_near(self._zoom, record.host, *asked_span(record, self._event)))
        entries = self._workspace.journal.entries(self._event.id)
        stale = markers_of(entries) - {record.marker}
        for row in rows:
            if marker_of(row) in stale:
                self._zoom.withdraw(int(row["id"]))
        return [row for row in rows if marker_of(row) not in stale]

    def _wish(self, marker: str) -> dict[str, Any]:
        settings = self._workspace.settings
        return wished(self._event, settings.zoom, settings.zone, marker)


def oldest_alone(
    zoom: ZoomClient,
    record: MeetingRecord,
    rows: Iterable[Mapping[str, Any]],
    keep: int | None = None,
) -> Mapping[str, Any] | None:
    """The meeting with the record's marker; twins that a late request made are taken away.

    ``keep`` is the number of the one that people were told of; else the oldest is kept.
    """
    found = sorted((row for row in rows if marker_of(row) == record.marker), key=age)
    chosen = next((row for row in found if keep in (None, int(row["id"]))), None)
    for twin in found:
        if twin is not chosen:
            zoom.withdraw(int(twin["id"]))
    return chosen


def asked_span(record: MeetingRecord, event: Event) -> tuple[datetime, datetime]:
    """From the earliest to the latest time that Zoom may have the meeting at."""
    starts = [one["start_time"] for one in record.known if one.get("start_time")]
    moments = [datetime.fromisoformat(text) for text in starts]
    return min([event.starts_at, *moments]), max([event.ends_at, *moments])


def _read_back(row: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """What the list says of the meeting, in place of what the reply to the request said."""
    told = {name: row[name] for name in _READ_BACK if name in row}
    agenda = str(row.get("agenda", ""))
    if agenda.strip() != str(body.get("agenda", ""))[:_LISTED_AGENDA].strip():
        told["agenda"] = agenda
    return told
