"""What is sent to Zoom, and what is read from its replies, against Zoom's own description.

The description is Zoom's, and its terms keep it out of this repository: without it there is
nothing to compare.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from cc_run.events import Event


def spec() -> dict[str, Any] | None:
    beside = Path(__file__).parents[3].parent / "shared" / "zoom-spec"
    named = Path(os.environ.get("CC_RUN_ZOOM_SPEC") or beside)
    file = named / "zoom-meetings-subset.json" if named.is_dir() else named
    if not file.is_file():
        sys.stdout.write("nothing to compare\n")
        return None
    described: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return described


def operation(described: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """What the description says of a request; None where it leaves that path out."""
    for template, operations in described["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


def problems(described: dict[str, Any], content: dict[str, Any], body: Any) -> list[str]:
    schema = content["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    return [one.message for one in jsonschema.Draft7Validator(whole).iter_errors(body)]


def test_every_request_and_reply_fits_zooms_own_description(
    desk, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, dict[str, Any], httpx.Response]] = []
    request = httpx.Client.request

    def noted(self: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
        reply = request(self, method, url, **more)
        path = httpx.URL(url).path
        if path.startswith("/v2"):
            sent.append((method, path.removeprefix("/v2"), more, reply))
        return reply

    monkeypatch.setattr(httpx.Client, "request", noted)
    desk.create(event)
    desk.run("event", "edit", "--event", event.id, "--title", "Rapat Anggaran", "--end", "23.59")
    desk.sync(event)
    desk.by_hand("PATCH", desk.meeting()["id"], {"settings": {"waiting_room": False}})
    desk.run("host", "sync", "--event", event.id, "--take", "schedule")
    desk.outside("Rapat lain", event.starts_at)
    desk.run("host", "cancel", "--event", event.id)
    desk.create(event, 1)
    monkeypatch.undo()
    assert {method for method, *_rest in sent} == {"GET", "POST", "PATCH", "DELETE"}

    described = spec()
    if described is None:
        return
    judged = 0
    for method, path, more, reply in sent:
        known = operation(described, method, path)
        assert known is not None, (method, path)
        named = {one["name"] for one in known.get("parameters", [])}
        assert set(more.get("params", {})) <= named, (method, path)
        if "json" in more:
            assert problems(described, known["requestBody"]["content"], more["json"]) == []
        content = known["responses"].get(str(reply.status_code), {}).get("content")
        if reply.is_success and content:
            assert problems(described, content, reply.json()) == []
            judged += 1
    assert judged > 5
