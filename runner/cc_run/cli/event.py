"""Steps 1 and 2: plan events and keep their papers."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from cc_run.cli.given import line, text
from cc_run.cli.next_step import say_next
from cc_run.cli.options import ExistingFile, event_option, json_option, with_workspace
from cc_run.cli.output import emit, note, say, table
from cc_run.cli.shared import raise_trouble, show_telling, told_line
from cc_run.events import Contact, Disposition, Event, EventStatus, Letter, Plan, status_of
from cc_run.events.choice import choose_event
from cc_run.events.dates import parse_clock, parse_day
from cc_run.events.status import CANCELLED_KIND
from cc_run.language import N_, _
from cc_run.times import format_clock, format_day, format_moment, format_period, format_short, now
from cc_run.workspace import Workspace

R = TypeVar("R")

# On a narrower terminal a table's titles would be columns of single words.
_TABLE_COLUMNS = 100

STATUS_WORDS = {
    EventStatus.PLANNED: N_("planned"),
    EventStatus.ASSIGNED: N_("assigned"),
    EventStatus.REGISTERED: N_("registered"),
    EventStatus.HOSTED: N_("hosted"),
    EventStatus.READY: N_("ready"),
    EventStatus.RECORDED: N_("recorded"),
    EventStatus.DOCUMENTED: N_("documented"),
    EventStatus.CLOSED: N_("closed"),
    EventStatus.CANCELLED: N_("cancelled"),
}


def found_event(workspace: Workspace, text: str) -> Event:
    """The event that the operator means."""
    return choose_event(
        workspace.events,
        text,
        moment=now(),
        zone=workspace.zone,
        room=workspace.settings.host,
    )


def planned_event(workspace: Workspace, text: str) -> Event:
    """The event that the operator means to work on.

    Raises:
        Refusal: it is cancelled.
    """
    from cc_run.sequence.order import require_standing

    return require_standing(workspace, found_event(workspace, text))


@click.group(help=_("Plan events: their papers, times and operator (steps 1 and 2)."))
def command() -> None:
    """The group of event commands."""


def _plan_options(*, required: bool) -> Callable[[Callable[..., R]], Callable[..., R]]:
    options = [
        click.option("--title", type=line, required=required, help=_("What the event is about.")),
        click.option(
            "--agency", type=line, required=required, help=_("The office that asks for it (OPD).")
        ),
        click.option("--date", "day", required=required, help=_("2026-11-24, or in words.")),
        click.option("--start", required=required, help=_("When it begins: 09.00")),
        click.option("--end", required=required, help=_("When it ends: 11.00")),
        click.option("--place", type=line, help=_("Where; else the room.")),
        click.option(
            "--letter", type=line, required=required, help=_("Number of the request letter.")
        ),
        click.option("--letter-date", required=required, help=_("Date of the request letter.")),
        click.option("--letter-file", type=ExistingFile, help=_("Scan of the request letter.")),
        click.option(
            "--disposition-by", type=line, required=required, help=_("The leader who disposed.")
        ),
        click.option("--disposition-date", required=required, help=_("Date of the disposition.")),
        click.option("--disposition-note", type=text, help=_("What the disposition says.")),
        click.option("--disposition-file", type=ExistingFile, help=_("Scan of the disposition.")),
        click.option("--contact", type=line, help=_("Name of the agency's contact.")),
        click.option("--phone", type=line, help=_("The contact's phone number.")),
        click.option("--email", type=line, help=_("The contact's e-mail address.")),
        click.option(
            "--participants", type=click.IntRange(1, 100_000), help=_("How many are expected.")
        ),
        click.option("--agenda", type=text, help=_("What will be discussed.")),
    ]

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@command.command(help=_("Plan an event, assign its operator, and register it."))
@_plan_options(required=True)
@click.option(
    "--operator", type=line, help=_("Who operates the room; else the first of cc_operators.")
)
@json_option
@with_workspace
def add(workspace: Workspace, operator: str | None, as_json: bool, **given: Any) -> None:
    """Steps 1 and 2 in one."""
    from cc_run.sequence.planning import add_event

    room, today = workspace.settings.room, now().astimezone(workspace.settings.room.zone).date()
    starts_at, ends_at = _span(workspace, parse_day(given["day"], today), given)
    plan = Plan(
        room=workspace.settings.host,
        title=given["title"],
        agency=given["agency"],
        starts_at=starts_at,
        ends_at=ends_at,
        place=given["place"] or room.room_name,
        letter=Letter(number=given["letter"], date=parse_day(given["letter_date"], today)),
        disposition=Disposition(
            leader=given["disposition_by"],
            date=parse_day(given["disposition_date"], today),
            note=given["disposition_note"] or "",
        ),
        coordinator=room.coordinator,
        operator=operator or room.operators[0],
        contact=Contact(
            name=given["contact"] or "", phone=given["phone"] or "", email=given["email"] or ""
        ),
        participants=given["participants"],
        agenda=given["agenda"] or "",
    )
    event = add_event(workspace, plan, _scans(given), assigned_by=room.coordinator)
    if as_json:
        emit(_as_json(workspace, event))
        return
    say(_("%(event)s is planned: %(title)s") % {"event": event.id, "title": event.title}, "ok")
    note(f"  {format_moment(event.starts_at, workspace.zone)}")
    _warn_of_stranger(workspace, event.operator)
    say(_("Next: cc-run host create --event %(event)s") % {"event": event.id}, "next")


@command.command(help=_("Change facts of an event; only what is named changes."))
@event_option
@_plan_options(required=False)
@json_option
@with_workspace
def edit(workspace: Workspace, event_text: str, as_json: bool, **given: Any) -> None:
    """Changes an event's facts."""
    from cc_run.hosting.schedule import current_meeting
    from cc_run.sequence.planning import edit_event

    event = planned_event(workspace, event_text)
    changed = edit_event(workspace, event, _changes(workspace, event, given), _scans(given))
    if as_json:
        emit(_as_json(workspace, changed))
    elif changed == event:
        say(_("%(event)s is as it was.") % {"event": event.id}, "ok")
        say_next(workspace, event)
    else:
        say(_("%(event)s is changed.") % {"event": event.id}, "ok")
        if current_meeting(workspace, event) is None:
            say_next(workspace, changed)
        else:
            say(_("Next: cc-run host sync --event %(event)s") % {"event": event.id}, "next")


@command.command(help=_("Assign another operator (step 1)."))
@event_option
@click.option("--operator", type=line, required=True, help=_("Who operates the room."))
@with_workspace
def assign(workspace: Workspace, event_text: str, operator: str) -> None:
    """Step 1 again, with another operator."""
    from cc_run.sequence.planning import assign as assign_operator
    from cc_run.sequence.register import register

    event = planned_event(workspace, event_text)
    by = workspace.settings.room.coordinator
    event = assign_operator(workspace, event, operator, assigned_by=by)
    register(workspace, event)
    say(
        _("%(event)s is assigned to %(operator)s.") % {"event": event.id, "operator": operator},
        "ok",
    )
    _warn_of_stranger(workspace, operator)
    say_next(workspace, event)


@command.command("list", help=_("The events ahead, the nearest first."))
@click.option("--past", is_flag=True, help=_("Those that have ended, the newest first."))
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help=_("At most so many."),
)
@json_option
@with_workspace
def list_events(workspace: Workspace, past: bool, limit: int, as_json: bool) -> None:
    """Lists events."""
    find = workspace.events.ended if past else workspace.events.upcoming
    events = find(now(), limit=limit, room=workspace.settings.host)
    entries = workspace.journal.entries_of(event.id for event in events)
    statuses = [status_of(entries[event.id]) for event in events]
    if as_json:
        emit(
            [
                {"id": event.id, **event.model_dump(mode="json"), "status": status}
                for event, status in zip(events, statuses, strict=True)
            ]
        )
    elif not events:
        say(_("No event is planned.") if not past else _("No event has ended yet."))
        say(_("Plan one: cc-run event add --help"), "next")
    else:
        _show_list(workspace, events, statuses)


@command.command(help=_("Everything known of an event."))
@event_option
@json_option
@with_workspace
def show(workspace: Workspace, event_text: str, as_json: bool) -> None:
    """Shows one event."""
    event = found_event(workspace, event_text)
    if as_json:
        emit(_as_json(workspace, event))
        return
    status = status_of(workspace.journal.entries(event.id))
    cancelled = workspace.journal.latest(event.id, CANCELLED_KIND)
    papers = _("number %(number)s of %(date)s")
    rows = [
        (_("Event"), f"{event.id}: {event.title}"),
        (_("Agency"), event.agency),
        (_("When"), _when(workspace, event)),
        (_("Where"), event.place),
        (_("Operator"), event.operator),
        (
            _("Request letter"),
            papers % {"number": event.letter.number, "date": format_day(event.letter.date)},
        ),
        (_("Disposition"), f"{event.disposition.leader}, {format_day(event.disposition.date)}"),
        (_("Contact"), " · ".join(filter(None, event.contact.model_dump().values()))),
        (_("Status"), _(STATUS_WORDS[status])),
        (_("Revision"), str(event.revision)),
    ]
    if cancelled is not None:
        facts = {
            "reason": cancelled.data.get("reason") or "–",
            "moment": format_moment(cancelled.at, workspace.zone),
            "person": cancelled.actor,
        }
        told = _("%(reason)s (%(moment)s, by %(person)s)") % facts
        rows.append((_("Cancelled"), told))
    people = told_line(workspace, workspace.journal.entries(event.id))
    if people:
        rows.append((_("Told"), people))
    width = max(len(name) for name, _value in rows)
    for name, value in rows:
        say(f"{name:<{width}}  {value or '–'}")


@command.command(help=_("Cancel an event, in Zoom too."))
@event_option
@click.option("--reason", type=line, required=True, help=_("Why; it goes into the journal."))
@with_workspace
def cancel(workspace: Workspace, event_text: str, reason: str) -> None:
    """Cancels an event."""
    from cc_run.sequence.planning import cancel_event

    event = found_event(workspace, event_text)
    cancelled = cancel_event(workspace, event, reason)
    say(_("%(event)s is cancelled.") % {"event": event.id}, "ok")
    if cancelled.existed:
        say(_("Its Zoom meeting is cancelled too."), "ok")
    show_telling(event, cancelled.telling)
    raise_trouble(cancelled.telling)


def _span(workspace: Workspace, day: date, given: dict[str, Any]) -> tuple[datetime, datetime]:
    zone = workspace.settings.room.zone
    start = datetime.combine(day, parse_clock(given["start"]), tzinfo=zone)
    end = datetime.combine(day, parse_clock(given["end"]), tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _scans(given: dict[str, Any]) -> dict[str, Path]:
    names = (("letter", "letter_file"), ("disposition", "disposition_file"))
    return {name: given[option] for name, option in names if given[option] is not None}


def _changes(workspace: Workspace, event: Event, given: dict[str, Any]) -> dict[str, Any]:
    """Only what was named, merged with what the event has."""
    zone, today = workspace.settings.room.zone, now().astimezone(workspace.settings.room.zone)
    names = ("title", "agency", "place", "participants", "agenda")
    changes = {name: given[name] for name in names if given[name] is not None}
    if any(given[name] for name in ("day", "start", "end")):
        start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
        day = parse_day(given["day"], today.date()) if given["day"] else start.date()
        clocks = {
            "start": given["start"] or start.strftime("%H:%M"),
            "end": given["end"] or end.strftime("%H:%M"),
        }
        changes["starts_at"], changes["ends_at"] = _span(workspace, day, clocks)
    papers = {
        "letter": {"number": given["letter"], "date": given["letter_date"]},
        "disposition": {
            "leader": given["disposition_by"],
            "date": given["disposition_date"],
            "note": given["disposition_note"],
        },
        "contact": {"name": given["contact"], "phone": given["phone"], "email": given["email"]},
    }
    for paper, facts in papers.items():
        named = {name: value for name, value in facts.items() if value is not None}
        if "date" in named:
            named["date"] = parse_day(named["date"], today.date())
        if named:
            changes[paper] = {**getattr(event, paper).model_dump(), **named}
    return changes


def _show_list(
    workspace: Workspace, events: Sequence[Event], statuses: Sequence[EventStatus]
) -> None:
    if sys.stdout.isatty() and shutil.get_terminal_size().columns < _TABLE_COLUMNS:
        for event, status in zip(events, statuses, strict=True):
            say(f"{event.id}  {_short(workspace, event)}  {_(STATUS_WORDS[status])}")
            say(f"{'':<{len(event.id)}}  {event.title} · {event.agency}")
        return
    rows = [
        (event.id, _short(workspace, event), event.title, event.agency, _(STATUS_WORDS[status]))
        for event, status in zip(events, statuses, strict=True)
    ]
    table(
        (_("Event"), _("When"), _("Title"), _("Agency"), _("Status")),
        rows,
        whole=(_("Event"), _("When"), _("Status")),
    )


def _short(workspace: Workspace, event: Event) -> str:
    end = format_clock(event.ends_at, workspace.zone)
    return f"{format_short(event.starts_at, workspace.zone)}–{end}"


def _when(workspace: Workspace, event: Event) -> str:
    return format_period(event.starts_at, event.ends_at, workspace.zone)


def _as_json(workspace: Workspace, event: Event) -> dict[str, Any]:
    status = status_of(workspace.journal.entries(event.id))
    return {"id": event.id, **event.model_dump(mode="json"), "status": status}


def _warn_of_stranger(workspace: Workspace, operator: str) -> None:
    if operator not in workspace.settings.room.operators:
        say(
            _("%(name)s is not among the room's operators (cc_operators).") % {"name": operator},
            "warn",
        )
