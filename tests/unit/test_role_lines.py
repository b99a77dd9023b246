"""A line a role, also where handlers come at the end."""

from __future__ import annotations

from typing import Any

from cc_run.room.role_lines import RoleLine, Roles


def task(role: str, *, handler: bool = False) -> dict[str, Any]:
    return {
        "event": "playbook_on_task_start",
        "event_data": {"role": role, "is_conditional": handler},
    }


def outcome(kind: str, role: str, **result: Any) -> dict[str, Any]:
    return {"event": f"runner_on_{kind}", "event_data": {"role": role, "res": result, "task": "T"}}


def told(*events: dict[str, Any]) -> list[RoleLine]:
    lines: list[RoleLine] = []
    roles = Roles(lambda line, done: lines.append(line) if done else None)
    for event in events:
        roles.take(event)
    roles.close()
    return lines


def test_a_handler_has_no_line_of_its_own() -> None:
    lines = told(
        task("camera"),
        outcome("ok", "camera", changed=True),
        task("schedule"),
        task("camera", handler=True),
        outcome("ok", "camera"),
    )
    assert [(line.name, line.changed) for line in lines] == [("camera", 1), ("schedule", 0)]


def test_a_handler_that_fails_is_told() -> None:
    lines = told(
        task("camera"),
        task("camera", handler=True),
        outcome("failed", "camera", msg="udev does not answer"),
    )
    assert [(line.ok, line.error) for line in lines] == [
        (True, ""),
        (False, "udev does not answer"),
    ]
