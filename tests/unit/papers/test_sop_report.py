from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.journal import Breach, Entry
from cc_run.language import _, speaking
from cc_run.reports.procedure import procedure_steps, sop_rows, write_sop_report
from cc_run.sentences import kept
from cc_run.settings import Settings

Make = Callable[..., list[Entry]]
AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
HOST = {
    "meeting_id": 82345678901,
    "host": "cc@example.go.id",
    "join_url": "https://zoom.example/j/82345678901?pwd=HIDDEN1",
    "passcode": "HIDDEN2",
    "start_url": "https://zoom.example/s/82345678901?zak=HIDDEN3",
}


def ran(step: int, start: float, end: float, output: object) -> list[tuple[object, ...]]:
    return [
        (step, "step.started", start, {}),
        (step, "step.finished", end, {"output": output}),
    ]


def test_each_step_is_judged_by_its_own_standard(event: Event, journal: Make) -> None:
    entries = journal(
        *ran(1, 0, 5, {"operator": "Budi Santoso"}),
        *ran(3, 10, 41, HOST),
        (4, "step.started", 50, {}),
        *ran(5, 60, 400, {"file": "/r/a.mkv", "sha256": "ab" * 32, "seconds": 3, "segments": 1}),
        (6, "step.started", 401, {}),
        (6, "step.failed", 402, {"error": "MIPP is away."}),
    )
    rows = sop_rows(event, entries)
    assert [row.number for row in rows] == list(range(1, 8))
    assert [row.outcome for row in rows] == [
        "within",
        "missing",
        "late",
        "running",
        "unlimited",
        "failed",
        "missing",
    ]
    assert rows[2].minutes == 31
    assert rows[4].standard_minutes is None
    assert rows[4].output.files[0].sha256 == "ab" * 32
    assert rows[5].error == "MIPP is away."
    assert rows[0].requirements[0].fulfilled_by.startswith("005/1187")


def test_a_step_that_failed_and_was_run_again_is_done(event: Event, journal: Make) -> None:
    entries = journal(
        (2, "step.started", 0, {}),
        (2, "step.failed", 1, {"error": "open in Excel"}),
        *ran(2, 2, 4, {"recap": "/x/Rekap.xlsx"}),
    )
    row = sop_rows(event, entries)[1]
    assert (row.outcome, row.error, row.minutes) == ("within", "", 4)


def test_nobody_has_begun_and_still_there_are_seven(event: Event) -> None:
    rows = sop_rows(event, [])
    assert {row.outcome for row in rows} == {"missing"}
    assert rows[0].performer == "Siti Aminah"
    assert {row.performer for row in rows[1:]} == {"Budi Santoso"}
    assert len(procedure_steps(event, [])) == 7


def test_step_data_is_json_with_the_agreed_keys(event: Event, journal: Make) -> None:
    steps = procedure_steps(event, journal(*ran(3, 0, 10, HOST)))
    json.dumps(steps)
    assert all(
        list(step) == ["step", "performer", "started", "finished", "standard_minutes", "output"]
        for step in steps
    )
    assert steps[2]["started"] == "2026-11-24T02:00:00+00:00"
    assert steps[2]["output"]["join_url"] == "https://zoom.example/j/82345678901"


def test_counts_of_the_readiness_are_told(event: Event, journal: Make) -> None:
    output = {"verdict": "ready", "passed": 15, "warned": 2, "failed": 0, "skipped": 37}
    words = " ".join(sop_rows(event, journal(*ran(4, 0, 10, output)))[3].output.words)
    assert "15" in words
    assert "2" in words
    assert "37" in words


def test_step_3_tells_who_has_id_and_passcode_and_since_when(event: Event, journal: Make) -> None:
    entries = journal(
        *ran(3, 0, 10, HOST),
        (None, "meeting.shared", 15, {"to": "Siti Rahmawati", "sequence": 0}),
        (None, "meeting.shared", 16, {"to": "Lurah", "sequence": 0}),
        (None, "meeting.shared", 75, {"to": "Lurah", "sequence": 1}),
    )
    words = sop_rows(event, entries, zone="Asia/Jakarta")[2].output.words
    told = "Told: Siti Rahmawati (Tue 24 Nov 2026 09:15), Lurah (Tue 24 Nov 2026 10:15)"
    assert told in words


def test_a_cancelled_event_says_so_and_links_to_no_meeting(
    tmp_path: Path, settings: Settings, event: Event, journal: Make
) -> None:
    entries = journal(
        *ran(1, 0, 5, {}),
        *ran(3, 5, 10, HOST),
        (4, "step.started", 11, {}),
        (4, "step.failed", 12, {"error": "no camera"}),
        (None, "event.cancelled", 20, {"reason": "Bupati <berhalangan>"}),
    )
    rows = sop_rows(event, entries)
    outcomes = [row.outcome for row in rows]
    assert outcomes == ["within", "cancelled", "within", *["cancelled"] * 4]
    assert rows[3].error == ""
    text = write_sop_report(
        tmp_path / "sop.html", settings=settings, event=event, entries=entries, breaches=[], at=AT
    ).read_text()
    assert "Dibatalkan: Bupati &lt;berhalangan&gt;" in text
    assert "09.20 WIB, oleh Budi Santoso" in text
    assert "zoom.example" not in text


def test_a_recordings_remarks_are_told_in_the_documents_language(
    event: Event, journal: Make
) -> None:
    with speaking("en"):
        remark = _("%(count)s parts are missing or damaged.") % {"count": 2}
    output = {"file": "/r/a.mkv", "remarks": [str(remark)], "sentences": [kept(remark)]}
    with speaking("id"):
        words = sop_rows(event, journal(*ran(5, 0, 60, output)))[4].output.words
        assert words == (_("%(count)s parts are missing or damaged.") % {"count": 2},)
        older = {"file": "/r/a.mkv", "remarks": ["The file lasts 0:03."]}
        assert sop_rows(event, journal(*ran(5, 0, 60, older)))[4].output.words == (
            "The file lasts 0:03.",
        )


def test_a_failure_is_told_in_the_documents_language(event: Event, journal: Make) -> None:
    with speaking("en"):
        error = Refusal(_("%(event)s has no recording yet.") % {"event": "VC-0042"}, "")
    failed = {"error": str(error), "sentences": [kept(error.message)]}
    entries = journal((6, "step.started", 0, {}), (6, "step.failed", 1, failed))
    with speaking("id"):
        assert sop_rows(event, entries)[5].error == "VC-0042 belum memiliki rekaman."
    with speaking("en"):
        assert sop_rows(event, entries)[5].error == "VC-0042 has no recording yet."


def test_the_report_tells_no_secret_and_needs_nothing_else(
    tmp_path: Path, settings: Settings, event: Event, journal: Make
) -> None:
    entries = journal(*ran(3, 0, 10, HOST))
    text = write_sop_report(
        tmp_path / "sop.html", settings=settings, event=event, entries=entries, breaches=[], at=AT
    ).read_text()
    assert "HIDDEN" not in text
    assert "HIDDEN" not in json.dumps(procedure_steps(event, entries))
    assert "<script" not in text
    assert 'src="http' not in text
    assert "823 4567 8901" in text
    assert entries[-1].hash in text
    assert "is-whole" in text.split("</style>")[1]


def test_a_broken_journal_is_said_plainly(
    tmp_path: Path, settings: Settings, event: Event, journal: Make
) -> None:
    text = write_sop_report(
        tmp_path / "sop.html",
        settings=settings,
        event=event,
        entries=journal(*ran(1, 0, 1, {})),
        breaches=[Breach(2, "edited")],
        at=AT,
    ).read_text()
    assert "is-broken" in text.split("</style>")[1]
    assert "is-whole" not in text.split("</style>")[1]


def test_minutes_and_photos_are_fingerprinted(tmp_path: Path, event: Event, journal: Make) -> None:
    minutes = tmp_path / "notula.docx"
    minutes.write_bytes(b"words")
    output = {"minutes": str(minutes), "photos": [str(tmp_path / "gone.jpg")], "bags": [1, 2]}
    files = sop_rows(event, journal(*ran(6, 0, 5, output)))[5].output.files
    assert files[0].sha256 == hashlib.sha256(b"words").hexdigest()
    assert (files[1].name, files[1].sha256) == ("gone.jpg", "")


def test_how_each_copy_was_proven_is_told(event: Event, journal: Make) -> None:
    output = {"bags": ["/a"], "proofs": {"server": "read back, O_DIRECT, sha256; by eye"}}
    row = sop_rows(event, journal(*ran(6, 0, 5, output)))[5]
    assert "server: read back, O_DIRECT, sha256; by eye" in row.output.words


@pytest.mark.parametrize("output", [None, "text", [], {}, {"photos": None}, 7])
@pytest.mark.parametrize("step", range(1, 8))
def test_an_output_of_another_shape_breaks_nothing(
    event: Event, journal: Make, step: int, output: object
) -> None:
    assert sop_rows(event, journal(*ran(step, 0, 1, output)))[step - 1].outcome != "missing"


def test_why_a_step_was_late_or_waits_is_told(event: Event, journal: Make) -> None:
    entries = journal(
        *ran(1, 0, 5, {}),
        *ran(2, 5, 6, {}),
        (3, "step.started", 10, {}),
        (3, "step.failed", 12, {"error": "Zoom is away."}),
        *ran(3, 60, 70, HOST),
        (6, "step.started", 80, {}),
        *ran(6, 81, 82, {}),
        (3, "step.explained", 90, {"reason": "Listrik padam"}),
    )
    with speaking("id"):
        rows = sop_rows(event, entries, zone="Asia/Jakarta", at=AT)
    assert rows[2].outcome == "late"
    assert rows[2].reasons[0] == "Listrik padam (Budi Santoso)"
    assert "09.12" in rows[2].reasons[1]
    assert "Zoom is away." in rows[2].reasons[1]
    assert rows[5].reasons == ()
    assert len(rows[4].reasons) == 1
    assert "4" in rows[4].reasons[0]
    early = sop_rows(event, journal(*ran(1, -99, -98, {})), at=event.starts_at - timedelta(hours=9))
    assert "its time has not come" in early[1].reasons
