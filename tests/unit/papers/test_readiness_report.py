from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from cc_run.events import Event
from cc_run.probe import Evidence, Result, Status
from cc_run.reports.evidence import HEIGHT, WIDTH, curve, picture
from cc_run.reports.judgement import Converged, Judgement, Ticked, kept
from cc_run.reports.readiness import grouped, write_readiness
from cc_run.settings import Settings

AT = datetime(2026, 11, 24, 0, 2, tzinfo=UTC)


def result(name: str, status: str = "pass", *evidence: Evidence, **texts: str) -> Result:
    return Result(
        id=name,
        title=texts.get("title", name),
        status=Status(status),
        found=texts.get("found", "found"),
        expected=texts.get("expected", ""),
        remedy=texts.get("remedy", ""),
        evidence=evidence,
        seconds=0.5,
    )


def report(
    path: Path,
    settings: Settings,
    event: Event | None,
    results: list[Result],
    verdict: Literal["ready", "not ready"] = "ready",
    todo: tuple[str, ...] = (),
    roles: tuple[Converged, ...] = (),
    checklist: tuple[Ticked, ...] = (),
) -> str:
    written = write_readiness(
        path / "report.html",
        settings=settings,
        event=event,
        judgement=Judgement(
            verdict=verdict, at=AT, results=tuple(results), converged=roles, todo=todo
        ),
        checklist=checklist,
    )
    return written.read_text()


@pytest.fixture
def snapshot(tmp_path: Path) -> Evidence:
    path = tmp_path / "camera.png"
    path.write_bytes(b"\x89PNG picture")
    return Evidence("image", "Camera", path)


def test_the_page_asks_for_nothing_outside_itself(
    tmp_path: Path, settings: Settings, event: Event, snapshot: Evidence
) -> None:
    level = Evidence("trace", "Level", values=(-30.0, -math.inf, -20.0), unit="dBFS")
    text = report(
        tmp_path,
        settings,
        event,
        [result("camera.picture", "pass", snapshot), result("sound.level", "fail", level)],
    )
    assert "<script" not in text
    assert not re.search(r"(?:src|href|url\()\s*=?[\"'(]?\s*(?:https?:)?//", text)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]+)"', text))
    assert all(link.startswith("data:image/") for link in re.findall(r'src="([^"]+)"', text))
    assert "<polyline" in text


def test_what_people_wrote_is_text_and_no_markup(
    tmp_path: Path, settings: Settings, event: Event
) -> None:
    text = report(
        tmp_path,
        settings,
        event,
        [result("camera.here", found="<script>alert(1)</script>")],
        todo=("<b>bold</b>",),
    )
    assert "<script" not in text
    assert "<b>" not in text
    assert "Rapat &lt;Inflasi&gt; &amp; Harga" in text


@pytest.mark.parametrize("verdict", ["ready", "not ready"])
def test_the_verdict_is_a_word_and_a_shape(
    tmp_path: Path, settings: Settings, event: Event, verdict: Literal["ready", "not ready"]
) -> None:
    text = report(tmp_path, settings, event, [result("camera.here")], verdict)
    words = re.findall(r'<div class="word">([^<]+)</div>', text)
    stamp = text.split('<div class="stamp">')[1].split('<div class="word">')[0]
    assert words[0] in ({"READY", "SIAP"} if verdict == "ready" else {"NOT READY", "BELUM SIAP"})
    assert ("#mark-pass" if verdict == "ready" else "#mark-fail") in stamp


def test_what_is_left_to_do_stands_in_order_above_the_results(
    tmp_path: Path, settings: Settings, event: Event
) -> None:
    text = report(
        tmp_path,
        settings,
        event,
        [result("camera.here", "fail", remedy="Plug it in.")],
        "not ready",
        todo=("First thing", "Second thing"),
    )
    places = [text.index(words) for words in ("First thing", "Second thing", "Plug it in.")]
    assert places == sorted(places)


def test_roles_tell_how_they_went(tmp_path: Path, settings: Settings) -> None:
    roles = (Converged("camera", changed=2), Converged("obs", ok=False, error="no such profile"))
    text = report(tmp_path, settings, None, [], roles=roles)
    assert "no such profile" in text
    assert ">camera<" in text


def test_topics_come_in_the_rooms_order_and_unknown_ones_last() -> None:
    ids = ["oddity.one", "zoom.meeting", "wired_network.cable", "camera.here", "camera.picture"]
    statuses = {"wired_network.cable": "warn"}
    topics = grouped([result(name, statuses.get(name, "pass")) for name in ids], floor=-50)
    assert [[shown.result.id for shown in topic.shown] for topic in topics] == [
        ["camera.here", "camera.picture"],
        ["wired_network.cable"],
        ["zoom.meeting"],
        ["oddity.one"],
    ]
    assert topics[1].status is Status.WARN
    assert topics[-1].title == "Oddity"


def test_no_result_is_lost_when_two_are_equal() -> None:
    twice = [result("camera.here"), result("camera.here")]
    assert sum(len(topic.shown) for topic in grouped(twice, floor=-50)) == 2


def test_a_lost_answer_parts_the_line() -> None:
    drawn = curve(Evidence("trace", "Round trip", values=(10, 12, math.nan, 11, 13), unit="ms"))
    assert len(drawn.lines) == 2
    assert drawn.lost == 1
    assert (drawn.lowest, drawn.highest) == (10, 13)


def test_decibels_share_one_scale_and_silence_lies_at_the_bottom() -> None:
    drawn = curve(Evidence("trace", "Level", values=(0.0, -math.inf), unit="dBFS"), limit=-40.0)
    assert drawn.lines == (f"0.0,0.0 {WIDTH},{HEIGHT}",)
    assert drawn.threshold == HEIGHT / 2
    assert drawn.lost == 0


@pytest.mark.parametrize("values", [(), (math.nan,), (0.0,), (0.0, 0.0)])
def test_a_curve_of_next_to_nothing_is_still_a_curve(values: tuple[float, ...]) -> None:
    drawn = curve(Evidence("trace", "Level", values=values, unit="ms"))
    assert not any("nan" in line for line in drawn.lines)


def test_a_picture_that_is_gone_leaves_a_gap_and_no_error(tmp_path: Path) -> None:
    assert picture(Evidence("image", "Camera", tmp_path / "gone.jpg")).address == ""


def test_a_persons_no_outweighs_the_probes_and_is_to_be_done(
    tmp_path: Path, settings: Settings, event: Event
) -> None:
    lines = (
        Ticked("Lampu menyala", ok=True, by="Bagas", at=AT),
        Ticked("Ruangan rapi", ok=False, note="kursi kurang <dua>", by="Bagas", at=AT),
        Ticked("AC berfungsi"),
    )
    text = report(tmp_path, settings, event, [result("camera.here")], checklist=lines)
    assert "BELUM SIAP" in text
    assert "<span>Ruangan rapi: kursi kurang &lt;dua&gt;</span>" in text
    section = text.split("checklist")[-1]
    assert section.count("Bagas") == 2
    assert "AC berfungsi" in section
    agreed = report(tmp_path, settings, event, [result("camera.here")], checklist=lines[::2])
    assert "BELUM SIAP" not in agreed


def test_a_judgement_is_kept_whole(tmp_path: Path, snapshot: Evidence) -> None:
    silence = Evidence("trace", "Level", values=(-30.0, -math.inf), unit="dBFS")
    judgement = Judgement(
        verdict="not ready",
        at=AT,
        results=(result("sound.level", "fail", silence, snapshot, remedy="Speak"),),
        converged=(Converged("OBS", changed=2),),
        todo=("Speak",),
    )
    judgement.keep(tmp_path / "readiness.json")
    assert kept(tmp_path / "readiness.json") == judgement
    (tmp_path / "readiness.json").write_text("{")
    assert kept(tmp_path / "readiness.json") is None
    assert kept(tmp_path / "none.json") is None
