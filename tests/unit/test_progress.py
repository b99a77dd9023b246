"""Progress as JSON lines for whoever named a file."""

from __future__ import annotations

import json

from cc_run.progress import reporter, unheard


def test_without_a_listener_nothing_is_said(monkeypatch):
    monkeypatch.delenv("CC_RUN_PROGRESS", raising=False)

    assert reporter("archive") is unheard


def test_the_first_the_last_and_new_texts_are_always_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CC_RUN_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    report = reporter("archive")

    for done, text in ((1, "Menyalin"), (2, "Menyalin"), (3, "Memeriksa"), (10, "Memeriksa")):
        report(done, 10, text)

    lines = [json.loads(line) for line in (tmp_path / "progress").read_text().splitlines()]
    assert lines == [
        {"role": "archive", "done": 1, "total": 10, "text": "Menyalin"},
        {"role": "archive", "done": 3, "total": 10, "text": "Memeriksa"},
        {"role": "archive", "done": 10, "total": 10, "text": "Memeriksa"},
    ]
