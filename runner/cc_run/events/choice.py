"""Which event is meant by ``VC-0042``, ``next`` or ``today``."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_run.errors import UsageFault
from cc_run.events.model import Event
from cc_run.events.store import EventStore
from cc_run.language import _

_AHEAD: Final = 50


def choose_event(store: EventStore, text: str, *, moment: datetime, zone: str, room: str) -> Event:
    """The event that is meant.

    ``next`` is the one that is on now or begins next, ``today`` the day's only one.

    Raises:
        UsageFault: there is none, or several are on today.
    """
    if text == "next":
        return _next(store, moment, room)
    if text == "today":
        return _today(store, moment, zone, room)
    return store.get(text)


def _next(store: EventStore, moment: datetime, room: str) -> Event:
    ahead = store.upcoming(moment, limit=_AHEAD, room=room)
    gone = store.cancelled(event.number for event in ahead)
    for event in ahead:
        if event.number not in gone:
            return event
    raise UsageFault(_("No event is planned."), _("Plan one: cc-run event add"))


def _today(store: EventStore, moment: datetime, zone: str, room: str) -> Event:
    local = moment.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date(), time(), tzinfo=ZoneInfo(zone))
    events = store.between(midnight, midnight + timedelta(days=1), room=room)
    gone = store.cancelled(event.number for event in events)
    left = [event for event in events if event.number not in gone]
    if len(left) == 1:
        return left[0]
    if not left:
        raise UsageFault(_("No event is planned today."), _("cc-run event list shows the events."))
    names = ", ".join(event.id for event in left)
    raise UsageFault(
        _("Several events are planned today: %(events)s.") % {"events": names},
        _("Name one of them with --event."),
    )
