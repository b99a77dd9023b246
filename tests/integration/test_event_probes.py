"""What the probes of an event find in its papers and its journal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cc_run import sop
from cc_run.assignment import PROBES as ASSIGNMENT
from cc_run.events import Event, Plan
from cc_run.hosting.sharing import ANNOUNCED, SHARED, event_facts
from cc_run.hosting.sharing import PROBES as SHARING
from cc_run.probe import Context, Result, Status, run_probes
from cc_run.sequence.planning import add_event
from cc_run.workspace import Workspace


def look(workspace: Workspace, event: Event | None, folder: Path) -> dict[str, Result]:
    context = Context(workspace.settings, event, folder / "evidence")
    results = asyncio.run(run_probes((*ASSIGNMENT, *SHARING), context))
    return {result.id.removeprefix("event."): result for result in results}


def note(workspace: Workspace, event: Event, kind: str, **data: Any) -> None:
    workspace.journal.append(kind, event_id=event.id, actor=workspace.actor, data=data)


def meeting(workspace: Workspace, event: Event, number: int = 91234567890) -> None:
    place = {"host": "vidcon@example.go.id", "marker": f"{event.id} abc"}
    note(workspace, event, "meeting.intended", **place)
    note(workspace, event, "meeting.created", meeting_id=number, **place)


def told(workspace: Workspace, event: Event, *names: str, number: int = 91234567890) -> None:
    """What there is to tell now is announced, and these people are told of it."""
    sequence = len(
        [entry for entry in workspace.journal.entries(event.id) if entry.kind == ANNOUNCED]
    )
    facts = event_facts(event, number)
    note(workspace, event, ANNOUNCED, sequence=sequence, uid="x@y", facts=facts)
    for name in names:
        note(workspace, event, SHARED, to=name, sequence=sequence)


@pytest.fixture
def planned(workspace: Workspace, plan: Plan, tmp_path: Path) -> Event:
    """An event with both scans, assigned by the coordinator to one of the operators."""
    scans = {}
    for name in ("letter", "disposition"):
        scans[name] = tmp_path / f"{name}.pdf"
        scans[name].write_bytes(b"%PDF-1.4\n")
    operator = workspace.settings.room.operators[0]
    return add_event(
        workspace,
        plan.model_copy(update={"operator": operator}),
        scans,
        assigned_by="Dewi Lestari",
    )


def test_a_planned_and_shared_event_passes(
    workspace: Workspace, planned: Event, tmp_path: Path
) -> None:
    meeting(workspace, planned)
    told(workspace, planned, "Siti")
    results = look(workspace, planned, tmp_path)
    assert {result.status for result in results.values()} == {Status.PASS}, results
    assert "005/123/2026" in results["letter"].found
    assert "Kepala Dinkominfo" in results["disposition"].found
    assert results["operator"].found == f"{planned.operator}, assigned by Dewi Lestari"
    assert results["shared"].found == "told: Siti"


def test_without_an_event_there_is_nothing_to_see(workspace: Workspace, tmp_path: Path) -> None:
    results = look(workspace, None, tmp_path)
    assert {result.status for result in results.values()} == {Status.SKIP}


@pytest.mark.parametrize("name", ["letter", "disposition"])
def test_a_paper_without_its_scan(
    workspace: Workspace, plan: Plan, tmp_path: Path, name: str
) -> None:
    event = add_event(workspace, plan, {}, assigned_by="Dewi Lestari")
    result = look(workspace, event, tmp_path)[name]
    assert result.status is Status.WARN
    assert "without a scan" in result.found
    assert f"cc-run event edit --event VC-0001 --{name}-file" in result.remedy


@pytest.mark.parametrize("name", ["letter", "disposition"])
@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_a_lost_scan_fails(
    workspace: Workspace, planned: Event, tmp_path: Path, name: str, damage: str
) -> None:
    scan = workspace.event_dir(planned) / getattr(planned, name).file
    scan.unlink()
    if damage == "empty":
        scan.touch()
    result = look(workspace, planned, tmp_path)[name]
    assert result.status is Status.FAIL
    assert "its scan is lost" in result.found


def test_a_letter_that_nobody_knows_the_number_of(
    workspace: Workspace, planned: Event, tmp_path: Path
) -> None:
    letter = planned.letter.model_copy(update={"number": "-"})
    disposition = planned.disposition.model_copy(update={"leader": ""})
    unknown = planned.model_copy(update={"letter": letter, "disposition": disposition})
    results = look(workspace, unknown, tmp_path)
    assert results["letter"].status is results["disposition"].status is Status.FAIL
    assert "--letter NUMBER" in results["letter"].remedy
    assert "--disposition-by NAME" in results["disposition"].remedy


def test_a_letter_that_is_younger_than_its_event(
    workspace: Workspace, planned: Event, tmp_path: Path
) -> None:
    late = planned.ends_at.date() + timedelta(days=2)
    letter = planned.letter.model_copy(update={"date": late})
    result = look(workspace, planned.model_copy(update={"letter": letter}), tmp_path)["letter"]
    assert result.status is Status.WARN
    assert "after the event itself" in result.found


def test_an_operator_who_is_no_operator_of_the_room(
    workspace: Workspace, plan: Plan, tmp_path: Path
) -> None:
    stranger = plan.model_copy(update={"operator": "Orang Lain"})
    event = add_event(workspace, stranger, {}, assigned_by="Dewi Lestari")
    result = look(workspace, event, tmp_path)["operator"]
    assert result.status is Status.WARN
    assert "Orang Lain" in result.found
    assert "cc-run event assign --event VC-0001" in result.remedy


def test_an_operator_whom_nobody_has_assigned(
    workspace: Workspace, event: Event, tmp_path: Path
) -> None:
    result = look(workspace, event, tmp_path)["operator"]
    assert result.status is Status.FAIL
    assert "never finished" in result.found
    with (
        pytest.raises(RuntimeError),
        workspace.journal.step(event.id, sop.ASSIGN, "Dewi Lestari"),
    ):
        raise RuntimeError
    assert look(workspace, event, tmp_path)["operator"].status is Status.FAIL
    nobody = event.model_copy(update={"operator": " "})
    assert look(workspace, nobody, tmp_path)["operator"].found == "nobody"


def test_a_meeting_is_shared_only_when_someone_is_noted(
    workspace: Workspace, planned: Event, tmp_path: Path
) -> None:
    def shared() -> Result:
        return look(workspace, planned, tmp_path)["shared"]

    assert shared().status is Status.FAIL
    assert "cc-run host create" in shared().remedy
    meeting(workspace, planned)
    assert (shared().status, shared().found) == (Status.WARN, "nobody is noted as told")
    assert "cc-run host share --event VC-0001 --to NAME" in shared().remedy
    told(workspace, planned, "Siti", "Bappeda")
    assert shared().found == "told: Siti, Bappeda"
    note(workspace, planned, "meeting.changed", fields=["settings.waiting_room"])
    assert shared().status is Status.PASS  # nobody outside needs to know that
    later = {"starts_at": planned.starts_at + timedelta(minutes=30)}
    moved = workspace.events.change(planned.number, later, workspace.zone)
    late = look(workspace, moved, tmp_path)["shared"]
    assert (late.status, late.found) == (Status.WARN, "told before it changed: Siti, Bappeda")
    told(workspace, moved, "Siti")
    assert look(workspace, moved, tmp_path)["shared"].found == "told before it changed: Bappeda"
    told(workspace, moved, "Siti", "Bappeda")
    assert look(workspace, moved, tmp_path)["shared"].status is Status.PASS
    note(workspace, moved, "meeting.cancelled", meeting_id=91234567890, by="Zoom")
    meeting(workspace, moved, 95555555555)
    assert look(workspace, moved, tmp_path)["shared"].status is Status.WARN
    note(workspace, moved, SHARED, to="Siti", sequence=3, cancelled=True)
    note(workspace, moved, SHARED, to="Bappeda", sequence=3, cancelled=True)
    assert look(workspace, moved, tmp_path)["shared"].found == "nobody is noted as told"
