"""An office's register beside what is planned: rows are new, changed, the same, or contradictory.

Nothing is changed by judging; a row that contradicts itself or another is told with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from cc_run.errors import CcRunError
from cc_run.events import Event, Plan
from cc_run.events.columns import TITLES
from cc_run.events.model import event_id, event_number
from cc_run.events.recap_reading import Register, RegisterRow
from cc_run.events.recap_rows import Facts, Mark, day_of, facts_of, mark_of_event, mark_of_row
from cc_run.events.recap_values import row_values
from cc_run.language import N_, _
from cc_run.sequence.sensible import require_sensible_times
from cc_run.times import format_moment
from cc_run.workspace import Workspace

# How long a new event is planned that the register lets last «s.d. selesai».
OPEN_END: Final = timedelta(hours=2)
_MARGIN: Final = timedelta(days=2)


class Verdict(StrEnum):
    """What a row means for what is planned."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    SKIPPED = "skipped"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True)
class Judgement:
    """A row and what it means; ``plan`` is what would stand, ``changes`` what of it is different.

    ``event`` is the event that the row is of, once there is one. ``reasons`` tells why the row is
    skipped or contradictory, or what is worth knowing of a new one.
    """

    row: RegisterRow
    verdict: Verdict
    event: Event | None = None
    plan: Plan | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether the row would take a time that is not its event's already."""
        new_times = {"starts_at", "ends_at"} & set(self.changes)
        return self.verdict is Verdict.NEW or (self.verdict is Verdict.CHANGED and bool(new_times))


def judge(workspace: Workspace, register: Register, moment: datetime) -> list[Judgement]:
    """Compares every row with what is planned; changes nothing."""
    return _Comparison(workspace, register, moment).judgements()


class _Comparison:
    """The rows of a register beside the room's events of the same days."""

    def __init__(self, workspace: Workspace, register: Register, moment: datetime) -> None:
        self._workspace, self._moment = workspace, moment
        self._rows = register.rows
        self._zone = workspace.settings.room.zone
        self._seen: dict[int, RegisterRow] = {}
        self._facts: dict[int, Facts] = {}
        days = [day for row in register.rows if (day := day_of(row)) is not None]
        self._events: list[Event] = []
        if days:
            first, last = (datetime.combine(day, time(), UTC) for day in (min(days), max(days)))
            self._events = workspace.events.between(
                first - _MARGIN, last + _MARGIN, room=workspace.settings.host
            )
        self._marked: defaultdict[Mark, list[Event]] = defaultdict(list)
        for event in self._events:
            self._marked[mark_of_event(event, workspace.zone)].append(event)
        coded = [event_number(row.code) for row in register.rows if row.code]
        self._known = {event.number: event for event in self._events}
        self._cancelled = workspace.events.cancelled(
            {*self._known, *(number for number in coded if number is not None)}
        )

    def judgements(self) -> list[Judgement]:
        judged = [self._alone(row) for row in self._rows]
        return self._side_by_side(judged)

    def _alone(self, row: RegisterRow) -> Judgement:
        """A row by itself, without a look at the others' times."""
        event, fault = self._event_of(row)
        if fault:
            return Judgement(row, Verdict.CONTRADICTORY, reasons=(fault,))
        written = row_values(event, self._workspace.settings) if event is not None else None
        known = self._facts.pop(id(row), None) if event is None else None
        facts = known or facts_of(row, self._workspace.zone, written)
        past = self._is_past(row, event, facts)
        if event is None:
            if facts.cancelled:
                return Judgement(row, Verdict.SKIPPED, reasons=(_("cancelled"),))
            return past or self._of_new(row, facts)
        if event.number in self._cancelled:
            reason = _("%(event)s is cancelled") % {"event": event.id}
            return Judgement(row, Verdict.SKIPPED, event, reasons=(reason,))
        judgement = self._of_known(row, event, facts)
        return past if past and judgement.verdict is not Verdict.SAME else judgement

    def _event_of(self, row: RegisterRow) -> tuple[Event | None, str]:
        """The row's event, by its code, else by day, start and title; or why it can have none."""
        event: Event | None
        if row.code:
            try:
                event = self._known.get(event_number(row.code) or 0)
                event = event or self._workspace.events.get(row.code)
            except CcRunError as error:
                return None, error.message
            if event.room != self._workspace.settings.host:
                return None, _("%(event)s is another room's") % {"event": event.id}
        else:
            # Kept for as long as it takes to find out that the row is new.
            facts = self._facts[id(row)] = facts_of(row, self._workspace.zone)
            mark = mark_of_row(row, facts)
            alike = self._marked.get(mark, []) if mark is not None else []
            alike = sorted(alike, key=lambda one: one.number in self._cancelled)
            event = alike[0] if alike else None
        if event is not None:
            before = self._seen.setdefault(event.number, row)
            if before is not row:
                return None, _("it is %(event)s, as is %(place)s") % {
                    "event": event.id,
                    "place": place_of(before),
                }
        return event, ""

    def _is_past(self, row: RegisterRow, event: Event | None, facts: Facts) -> Judgement | None:
        if event is not None:
            begins = event.starts_at
        elif facts.day is not None:
            begins = datetime.combine(facts.day, facts.start or time.max, tzinfo=self._zone)
        else:
            return None
        if begins >= self._moment:
            return None
        return Judgement(row, Verdict.SKIPPED, event, reasons=(_("it has begun or is over"),))

    def _of_new(self, row: RegisterRow, facts: Facts) -> Judgement:
        missing = _missing(facts)
        problems = list(facts.problems)
        if missing and not problems:
            problems.append(_("missing: %(facts)s") % {"facts": ", ".join(missing)})
        if problems or facts.day is None or facts.start is None:
            return Judgement(row, Verdict.CONTRADICTORY, reasons=tuple(problems))
        room = self._workspace.settings.room
        start = datetime.combine(facts.day, facts.start, tzinfo=self._zone)
        end = datetime.combine(facts.day, facts.end, tzinfo=self._zone) if facts.end else None
        facts_of_plan = {
            "place": room.room_name,
            "operator": room.operators[0],
            **facts.texts,
            "room": self._workspace.settings.host,
            "starts_at": start.astimezone(UTC),
            "ends_at": (end or start + OPEN_END).astimezone(UTC),
            "letter": facts.letter,
            "disposition": facts.disposition,
            "contact": facts.contact,
            "participants": facts.participants,
            "coordinator": room.coordinator,
        }
        plan = Plan.model_validate(facts_of_plan)
        remarks = () if end else (_("without an end: two hours are planned"),)
        return self._sensible(Judgement(row, Verdict.NEW, plan=plan, reasons=remarks))

    def _of_known(self, row: RegisterRow, event: Event, facts: Facts) -> Judgement:
        problems = facts.problems
        if facts.cancelled:
            problems += (
                _("the register says cancelled: cc-run event cancel --event %(event)s")
                % {"event": event.id},
            )
        if problems:
            return Judgement(row, Verdict.CONTRADICTORY, event, reasons=problems)
        changes = {**self._new_times(event, facts), **_new_facts(event, facts)}
        if not changes:
            return Judgement(row, Verdict.SAME, event)
        plan = Plan.model_validate({**event.model_dump(exclude={"number", "revision"}), **changes})
        judgement = Judgement(row, Verdict.CHANGED, event, plan, changes)
        return self._sensible(judgement) if judgement.moves else judgement

    def _new_times(self, event: Event, facts: Facts) -> dict[str, datetime]:
        """Start and end where the row has others; the register does not know seconds."""
        start, end = (moment.astimezone(self._zone) for moment in (event.starts_at, event.ends_at))
        day = facts.day or start.date()
        moved = (day, facts.start) != (start.date(), time(start.hour, start.minute))
        if moved and (facts.start is not None or day != start.date()):
            begins = datetime.combine(day, facts.start or start.time(), tzinfo=self._zone)
        else:
            begins = start
        ends = end + (begins - start)
        if facts.end is not None and facts.end != time(ends.hour, ends.minute):
            ends = datetime.combine(day, facts.end, tzinfo=self._zone)
        times = {"starts_at": begins.astimezone(UTC), "ends_at": ends.astimezone(UTC)}
        return {name: at for name, at in times.items() if at != getattr(event, name)}

    def _sensible(self, judgement: Judgement) -> Judgement:
        if judgement.plan is None:
            return judgement
        try:
            require_sensible_times(self._workspace, judgement.plan)
        except CcRunError as error:
            return replace(judgement, verdict=Verdict.CONTRADICTORY, reasons=(error.message,))
        return judgement

    def _side_by_side(self, judged: list[Judgement]) -> list[Judgement]:
        """Finds double bookings: what stands goes first, then what is moved, then what is new.

        An event whose row is refused stays where it was, and may so stand in another's way.
        """
        while True:
            refused = self._doubles(judged)
            for at, reason in refused.items():
                judged[at] = replace(judged[at], verdict=Verdict.CONTRADICTORY, reasons=(reason,))
            if not any(judged[at].event is not None for at in refused):
                return judged

    def _doubles(self, judged: Sequence[Judgement]) -> dict[int, str]:
        """Why rows cannot have the times that they want; ends at the first of a known event."""
        rows = {one.event.number: one.row for one in judged if one.event is not None}
        moving = [(at, one.plan) for at, one in enumerate(judged) if one.moves and one.plan]
        moving.sort(key=lambda pair: judged[pair[0]].event is None)
        leaving = {event.number for at, _plan in moving if (event := judged[at].event)}
        gone = self._cancelled | leaving
        taken = _Taken()
        for event in self._events:
            if event.number not in gone:
                taken.add(event, _standing(event, rows.get(event.number)))
        refused: dict[int, str] = {}
        for at, plan in moving:
            for other, name in taken.overlapping(plan):
                refused[at] = _("double booking with %(name)s, «%(title)s», %(moment)s") % {
                    "name": name,
                    "title": other.title,
                    "moment": format_moment(other.starts_at, self._workspace.zone),
                }
                break
            else:
                taken.add(plan, place_of(judged[at].row))
            if at in refused and judged[at].event is not None:
                break
        return refused


class _Taken:
    """Who has the room when, by the days that each touches."""

    def __init__(self) -> None:
        self._by_day: defaultdict[date, list[tuple[Plan, str]]] = defaultdict(list)

    def add(self, plan: Plan, name: str) -> None:
        for day in _days(plan):
            self._by_day[day].append((plan, name))

    def overlapping(self, plan: Plan) -> Iterator[tuple[Plan, str]]:
        for day in _days(plan):
            for other, name in self._by_day[day]:
                if plan.starts_at < other.ends_at and other.starts_at < plan.ends_at:
                    yield other, name


def _days(plan: Plan) -> Iterator[date]:
    day = plan.starts_at.astimezone(UTC).date()
    while day <= plan.ends_at.astimezone(UTC).date():
        yield day
        day += timedelta(days=1)


def place_of(row: RegisterRow) -> str:
    """Where a row is: its sheet and its number there."""
    return _("%(sheet)s, row %(row)s") % {"sheet": row.sheet, "row": row.row}


def _standing(event: Event, row: RegisterRow | None) -> str:
    name = event_id(event.number)
    return f"{name} ({place_of(row)})" if row is not None else name


def _missing(facts: Facts) -> list[str]:
    """What the procedure asks for and the row does not say, by the register's own titles."""
    needed = (
        (facts.day, TITLES["day"]),
        (facts.start, TITLES["clock"]),
        (facts.start is None or facts.end or facts.open_end, N_("end")),
        (facts.texts.get("title"), TITLES["title"]),
        (facts.texts.get("agency"), TITLES["agency"]),
        (facts.letter.get("number"), TITLES["letter"]),
        (facts.letter.get("date"), N_("date of the letter")),
        (facts.disposition.get("leader"), TITLES["disposition"]),
        (facts.disposition.get("date"), N_("date of the disposition")),
    )
    return [str(_(name)) for value, name in needed if not value]


def _new_facts(event: Event, facts: Facts) -> dict[str, Any]:
    """The facts that the row has otherwise than the event; what it leaves out stays."""
    changes: dict[str, Any] = {
        name: value for name, value in facts.texts.items() if value != getattr(event, name)
    }
    if facts.participants not in (None, event.participants):
        changes["participants"] = facts.participants
    for name in ("letter", "disposition", "contact"):
        if not getattr(facts, name):
            continue
        paper = getattr(event, name).model_dump()
        if paper != {**paper, **getattr(facts, name)}:
            changes[name] = {**paper, **getattr(facts, name)}
    return changes
