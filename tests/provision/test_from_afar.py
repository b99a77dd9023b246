"""IT provisions a bare machine over SSH, with everything that a room has by default."""

from __future__ import annotations

import pytest
from controller import Controller, Played
from machine import Machine

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def runs(machine: Machine, controller: Controller, zoom: dict[str, str]) -> dict[str, Played]:
    """What a check foretold, and what the first, the second run and a check after them did."""
    controller.variables = {**zoom, "schedule_archive_calendar": "*:*:0/10"}
    controller.reaches(machine)
    return {
        "foretold": controller.provision("--check", "--diff"),
        "first": controller.provision(),
        "second": controller.provision("--diff"),
        "check": controller.provision("--check", "--diff"),
    }


def test_a_bare_machine_comes_to_the_standard_in_one_run(runs: dict[str, Played]) -> None:
    assert len(runs["first"].changed) >= 6


def test_a_second_run_has_nothing_to_change(runs: dict[str, Played]) -> None:
    assert runs["second"].changed == [], runs["second"].output


def test_a_check_foretells_what_a_run_does(runs: dict[str, Played]) -> None:
    assert runs["foretold"].changed == runs["first"].changed, runs["foretold"].output
    assert runs["check"].changed == []
