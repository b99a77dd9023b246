"""Events: added, changed, found; the room is never booked twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cc_run.errors import Refusal, UsageFault
from cc_run.events import Event, Plan, status_of
from cc_run.events.choice import choose_event
from cc_run.events.status import CANCELLED_KIND, EventStatus
from cc_run.workspace import Workspace


def _choose(workspace: Workspace, text: str, moment: datetime | None = None) -> Event:
    return choose_event(
        workspace.events,
        text,
        moment=moment or datetime.now(UTC),
        zone=workspace.zone,
        room=workspace.settings.host,
    )


def _later(plan: Plan, hours: float) -> Plan:
    shift = timedelta(hours=hours)
    return plan.model_copy(
        update={"starts_at": plan.starts_at + shift, "ends_at": plan.ends_at + shift}
    )


def test_an_event_comes_back_as_it_was_kept(workspace: Workspace, event: Event) -> None:
    assert workspace.events.get("VC-0001") == event
    assert workspace.events.get("vc-1") == event
    assert event.id == "VC-0001"


@pytest.mark.parametrize("text", ["VC-0002", "nonsense", "", "VC-"])
def test_an_unknown_event_is_a_usage_fault(workspace: Workspace, event: Event, text: str) -> None:
    with pytest.raises(UsageFault, match="There is no event"):
        workspace.events.get(text)


@pytest.mark.parametrize("hours", [-1.9, 0, 0.5, 1.9])
def test_the_room_is_not_booked_twice(
    workspace: Workspace, event: Event, plan: Plan, hours: float
) -> None:
    with pytest.raises(Refusal, match="VC-0001"):
        workspace.events.add(_later(plan, hours), workspace.zone)


@pytest.mark.parametrize("hours", [-2, 2])
def test_events_may_follow_each_other_without_a_gap(
    workspace: Workspace, event: Event, plan: Plan, hours: float
) -> None:
    assert workspace.events.add(_later(plan, hours), workspace.zone).id == "VC-0002"


def test_a_cancelled_event_leaves_the_room_free(
    workspace: Workspace, event: Event, plan: Plan
) -> None:
    workspace.journal.append(CANCELLED_KIND, event_id=event.id, actor="a")
    assert workspace.events.add(plan, workspace.zone).id == "VC-0002"
    assert _choose(workspace, "next").id == "VC-0002"


def test_a_change_raises_the_revision_and_nothing_else_does(
    workspace: Workspace, event: Event
) -> None:
    same = workspace.events.change(event.number, {"title": event.title}, workspace.zone)
    assert same == event
    changed = workspace.events.change(event.number, {"title": "Rapat Baru"}, workspace.zone)
    assert (changed.title, changed.revision) == ("Rapat Baru", 2)
    assert workspace.events.get(event.id) == changed


def test_next_is_the_one_that_is_on_or_comes_first(
    workspace: Workspace, event: Event, plan: Plan
) -> None:
    sooner = workspace.events.add(_later(plan, -24), workspace.zone)
    assert _choose(workspace, "next") == sooner
    assert _choose(workspace, "next", sooner.starts_at + timedelta(minutes=1)) == sooner
    assert _choose(workspace, "next", sooner.ends_at) == event


def test_today_is_the_only_one_of_the_local_day(workspace: Workspace, event: Event) -> None:
    assert _choose(workspace, "today", event.starts_at) == event
    with pytest.raises(UsageFault, match="No event is planned today"):
        _choose(workspace, "today", event.starts_at - timedelta(days=2))


def test_today_with_several_events_asks_for_one(workspace: Workspace, plan: Plan) -> None:
    noon = plan.starts_at.astimezone(workspace.settings.room.zone).replace(hour=9)
    for hour in (0, 3):
        start = noon + timedelta(hours=hour)
        workspace.events.add(
            plan.model_copy(update={"starts_at": start, "ends_at": start + timedelta(hours=1)}),
            workspace.zone,
        )
    with pytest.raises(UsageFault, match="VC-0001, VC-0002"):
        _choose(workspace, "today", noon)


def test_the_status_is_told_by_the_journal_alone(workspace: Workspace, event: Event) -> None:
    assert status_of(workspace.journal.entries(event.id)) is EventStatus.PLANNED
    for number in (1, 2, 3):
        with workspace.journal.step(event.id, number, "Budi"):
            pass
    assert status_of(workspace.journal.entries(event.id)) is EventStatus.HOSTED


def test_a_change_that_nobody_is_told_of_keeps_the_revision(
    workspace: Workspace, event: Event
) -> None:
    letter = {**event.letter.model_dump(), "file": "letters/letter.pdf"}
    kept = workspace.events.change(event.number, {"letter": letter}, workspace.zone, counts=False)
    assert (kept.letter.file, kept.revision) == ("letters/letter.pdf", event.revision)
    assert workspace.events.get(event.id) == kept
