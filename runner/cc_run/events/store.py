"""Events in the database: added, changed, found by id, by day, or as the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from cc_run.database.engine import writing
from cc_run.database.tables import events as table
from cc_run.database.tables import journal as journal_table
from cc_run.errors import Refusal, UsageFault
from cc_run.events.model import Event, Plan, event_id, event_number
from cc_run.events.status import CANCELLED_KIND
from cc_run.language import _
from cc_run.times import format_moment

_COLUMNS: Final = ("room", "title", "agency", "starts_at", "ends_at", "place")


class EventStore:
    """The planned events of every room that shares the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, plan: Plan, zone: str) -> Event:
        """Keeps a new event and gives it its number.

        Raises:
            Refusal: the room is taken at that time; ``zone`` is for the message.
        """
        with writing(self._engine) as connection:
            _refuse_overlap(connection, plan, zone, but=None)
            result = connection.execute(insert(table).values(**_row(plan), revision=1))
            number = result.inserted_primary_key[0]  # type: ignore[index]
        return Event(**plan.model_dump(), number=number)

    def change(
        self, number: int, changes: Mapping[str, Any], zone: str, *, counts: bool = True
    ) -> Event:
        """Changes some facts of an event; its revision grows if anything is different.

        Args:
            number: The event's.
            changes: The facts by name.
            zone: The room's, for the message of a refusal.
            counts: False where nobody outside is told of the change: the revision stays.

        Raises:
            UsageFault: there is no such event.
            Refusal: the room is taken at the new time.
        """
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.number == number)).first()
            if row is None:
                raise _unknown(event_id(number))
            before = _event(row)
            plan = Plan.model_validate(
                {**before.model_dump(exclude={"number", "revision"}), **changes}
            )
            after = Event(**plan.model_dump(), number=number, revision=before.revision + counts)
            if after.model_copy(update={"revision": before.revision}) == before:
                return before
            _refuse_overlap(connection, plan, zone, but=number)
            connection.execute(
                update(table)
                .where(table.c.number == number)
                .values(**_row(plan), revision=after.revision)
            )
        return after

    def get(self, text: str) -> Event:
        """The event with that id.

        Raises:
            UsageFault: there is none.
        """
        number = event_number(text)
        found = (
            [] if number is None else self._select(select(table).where(table.c.number == number))
        )
        if not found:
            raise _unknown(text)
        return found[0]

    def between(self, start: datetime, end: datetime, *, room: str | None = None) -> list[Event]:
        """Events that are on at any moment of the span, by start."""
        query = select(table).where(table.c.ends_at > start, table.c.starts_at < end)
        if room is not None:
            query = query.where(table.c.room == room)
        return self._select(query.order_by(table.c.starts_at, table.c.number))

    def upcoming(self, moment: datetime, *, limit: int, room: str | None = None) -> list[Event]:
        """The next events that have not ended by ``moment``, the nearest end first."""
        query = select(table).where(table.c.ends_at > moment)
        if room is not None:
            query = query.where(table.c.room == room)
        return self._select(query.order_by(table.c.ends_at).limit(limit))

    def ended(self, moment: datetime, *, limit: int, room: str | None = None) -> list[Event]:
        """The last events that had ended by ``moment``, the newest first."""
        query = select(table).where(table.c.ends_at <= moment)
        if room is not None:
            query = query.where(table.c.room == room)
        return self._select(query.order_by(table.c.ends_at.desc()).limit(limit))

    def cancelled(self, numbers: Iterable[int]) -> set[int]:
        """Which of these events have been cancelled."""
        with self._engine.connect() as connection:
            return _cancelled(connection, list(numbers))

    def _select(self, query: Select[Any]) -> list[Event]:
        with self._engine.connect() as connection:
            return [_event(row) for row in connection.execute(query)]


def _row(plan: Plan) -> dict[str, Any]:
    """The columns that are searched, and the rest as one JSON document."""
    columns = {name: getattr(plan, name) for name in _COLUMNS}
    return {**columns, "details": plan.model_dump(mode="json", exclude=set(_COLUMNS))}


def _event(row: Row[Any]) -> Event:
    facts = dict(row._mapping)
    return Event.model_validate({**facts.pop("details"), **facts})


def _refuse_overlap(connection: Connection, plan: Plan, zone: str, *, but: int | None) -> None:
    query = select(table).where(
        table.c.room == plan.room,
        table.c.ends_at > plan.starts_at,
        table.c.starts_at < plan.ends_at,
    )
    others = [event for event in map(_event, connection.execute(query)) if event.number != but]
    gone = _cancelled(connection, [event.number for event in others])
    for other in others:
        if other.number not in gone:
            raise Refusal(
                _("The room is taken: %(event)s «%(title)s», %(moment)s.")
                % {
                    "event": other.id,
                    "title": other.title,
                    "moment": format_moment(other.starts_at, zone),
                },
                _(
                    "Choose another time, or move that event first: "
                    "cc-run event edit --event %(event)s"
                )
                % {"event": other.id},
            )


def _cancelled(connection: Connection, numbers: list[int]) -> set[int]:
    query = select(journal_table.c.event_id).where(
        journal_table.c.kind == CANCELLED_KIND,
        journal_table.c.event_id.in_([event_id(number) for number in numbers]),
    )
    found = (event_number(row.event_id) for row in connection.execute(query))
    return {number for number in found if number is not None}


def _unknown(text: str) -> UsageFault:
    return UsageFault(
        _("There is no event %(event)s.") % {"event": text},
        _("cc-run event list shows the events."),
    )
