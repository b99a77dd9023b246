"""What stands on an operator's terminal: lines that break well, numbers, probes in their order."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cc_run.cli import output
from cc_run.cli.output import hanging
from cc_run.cli.prepare import result_dict
from cc_run.cli.watching import Progress
from cc_run.language import _, joined, retold, speaking
from cc_run.numbers import Number
from cc_run.probe import Evidence, Result, Status
from cc_run.readiness import PROBES, Readiness
from cc_run.times import format_short, format_span


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    size = os.terminal_size((40, 24))
    monkeypatch.setattr(output.shutil, "get_terminal_size", lambda: size)


def _result(number: int, remedy: str = "") -> Result:
    probe = PROBES[number]
    status = Status.FAIL if remedy else Status.PASS
    return Result(probe.id, probe.title, status, f"found {number}", "", remedy, (), 0.0)


def test_a_pipe_gets_whole_lines() -> None:
    words = "word " * 40
    assert hanging("✓ ", words) == "✓ " + words


@pytest.mark.usefixtures("narrow")
def test_a_terminals_lines_break_between_words_below_their_beginning() -> None:
    lines = hanging("✓ Camera    ", "a live picture from the camera in the room").split("\n")
    assert lines == ["✓ Camera    a live picture from the", "            camera in the room"]


@pytest.mark.usefixtures("narrow")
def test_the_last_column_goes_on_below_itself() -> None:
    lines = hanging("", "Agency  Dinas Komunikasi dan Informatika Kabupaten").split("\n")
    assert lines == ["Agency  Dinas Komunikasi dan Informatika", "        Kabupaten"]


@pytest.mark.usefixtures("narrow")
def test_a_long_path_is_never_broken() -> None:
    path = "/home/operator/.local/state/cc-run/readiness.html"
    assert hanging("✓ ", f"Report: {path}").split("\n") == ["✓ Report:", path]


def test_a_number_is_told_again_in_the_other_language() -> None:
    told = joined((_("%(free)s GiB free") % {"free": Number(76.94)}, Number(-21.4, 0)), " / ")
    assert told == "76.9 GiB free / −21"
    assert retold(told, "id") == "76,9 GiB kosong / −21"
    assert retold(joined(()), "id") == ""


@pytest.mark.parametrize(
    ("seconds", "english", "indonesian"),
    [
        (0, "0 s", "0 detik"),
        (7, "7 s", "7 detik"),
        (600, "10 min", "10 menit"),
        (7200, "2 h", "2 jam"),
        (5430, "1 h 30 min", "1 jam 30 menit"),
    ],
)
def test_a_span_is_no_time_of_day(seconds: int, english: str, indonesian: str) -> None:
    with speaking("en"):
        assert format_span(timedelta(seconds=seconds)) == english
    with speaking("id"):
        assert format_span(timedelta(seconds=seconds)) == indonesian


def test_a_short_moment_fits_a_column() -> None:
    moment = datetime(2026, 11, 24, 2, tzinfo=UTC)
    with speaking("id"):
        assert format_short(moment, "Asia/Jakarta") == "Sel 24 Nov 2026 09.00"
    with speaking("en"):
        assert format_short(moment, "Asia/Jakarta") == "Tue 24 Nov 2026 09:00"


def test_probes_are_told_in_their_own_order(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for number in reversed(range(len(PROBES))):
            progress.result(_result(number))
    told = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert told == [str(number) for number in range(len(PROBES))]


def test_what_was_found_is_told_even_if_a_probe_never_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), Progress() as progress:
        progress.result(_result(3))
        raise KeyboardInterrupt
    assert "found 3" in capsys.readouterr().out


def test_a_remedy_names_its_equipment_and_comes_once() -> None:
    phone = next(at for at, probe in enumerate(PROBES) if probe.id.startswith("sound."))
    results = (_result(0, "Plug it in."), _result(1, "Plug it in."), _result(phone, "Log in."))
    found = Readiness(results)
    assert found.remedies() == ["Camera: Plug it in.", "Conference phone: Log in."]
    assert found.remedies(besides=["Plug it in."]) == ["Conference phone: Log in."]


def test_values_that_json_does_not_know_are_null() -> None:
    values = (12.5, math.nan, -math.inf)
    result = replace(_result(0), evidence=(Evidence("trace", "pings", values=values),))
    [trace] = result_dict(result)["evidence"]
    assert trace["values"] == [12.5, None, None]
