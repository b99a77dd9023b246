"""How fast, how long still, and how slow on purpose."""

from __future__ import annotations

import pytest

from cc_run.archive.line import Line
from cc_run.archive.tally import Tally
from cc_run.cli.pace import Pace

MIB = 1 << 20


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    monkeypatch.setattr("time.sleep", lambda seconds: moment.__setitem__(0, moment[0] + seconds))
    return moment


def test_rate_and_time_left_are_told_from_what_was_seen_lately(clock) -> None:
    pace = Pace()
    assert pace.told(0, 1000 * MIB) == "0 %"
    clock[0] += 0.5
    assert pace.told(50 * MIB, 1000 * MIB) == "5 %"
    clock[0] += 1.5
    assert pace.told(200 * MIB, 1000 * MIB) == "20 %  100.0 MiB/s  0:08 left"
    clock[0] += 20
    assert pace.told(201 * MIB, 1000 * MIB) == "20 %"
    clock[0] += 2
    assert pace.told(301 * MIB, 1000 * MIB) == "30 %  50.0 MiB/s  0:14 left"
    assert pace.told(1000 * MIB, 1000 * MIB) == "100 %"


def test_another_work_begins_anew(clock) -> None:
    pace = Pace()
    pace.told(0, 10 * MIB)
    clock[0] += 5
    pace.told(9 * MIB, 10 * MIB)
    assert pace.told(1 * MIB, 10 * MIB) == "10 %"
    assert pace.told(1, 0) == ""


def test_a_limit_holds_whatever_the_blocks_and_makes_up_for_nothing(clock) -> None:
    line = Line(80)  # 10 MB a second

    for count in (1_000_000, 9_000_000, 40_000_000):
        line.carried(count)
    assert clock[0] == pytest.approx(1005)

    clock[0] += 100
    line.carried(20_000_000)
    assert clock[0] == pytest.approx(1107)


def test_without_a_limit_nothing_waits(clock) -> None:
    Line().carried(10**12)

    assert clock[0] == 1000


def test_a_tally_stays_between_nothing_and_all() -> None:
    told: list[tuple[int, int, str]] = []
    tally = Tally(lambda *line: told.append(line), 100)

    for count in (-10, 60, 60, -80, 40):
        tally.saying("sending")(count)
    tally.finish("done")

    assert [done for done, _total, _text in told] == [0, 50, 100, 30, 70, 100]
