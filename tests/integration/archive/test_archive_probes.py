"""What the archive's probes see of real folders; they never change anything."""

from __future__ import annotations

import asyncio

import pytest

from cc_run.archive.probes import PROBES
from cc_run.probe import Context, Status, run_probes


def _look(site, tmp_path):
    context = Context(site.workspace.settings, site.event, tmp_path / "evidence")
    return {result.id: result for result in asyncio.run(run_probes(PROBES, context))}


def test_targets_that_are_there_pass(site, tmp_path):
    results = _look(site, tmp_path)

    assert {result.status for result in results.values()} == {Status.PASS}
    # Two hours at 4160 kbit/s, and a fifth more.
    assert "4.2 GiB" in results["archive.space"].expected
    assert site.bags() == []


def test_a_missing_target_fails_with_its_remedy(site, tmp_path):
    site.targets[0].rmdir()

    result = _look(site, tmp_path)["archive.targets"]

    assert result.status is Status.FAIL
    assert "server" in result.found
    assert str(site.targets[0]) in result.remedy
    assert not site.targets[0].exists()


def test_too_little_room_fails(site, tmp_path, monkeypatch):
    monkeypatch.setattr("cc_run.archive.folder.FolderShelf.free_bytes", lambda self: 1 << 30)

    result = _look(site, tmp_path)["archive.space"]

    assert result.status is Status.FAIL
    assert "1.0 GiB free" in result.found


@pytest.mark.parametrize("probe", ["archive.targets", "archive.space"])
def test_a_room_without_targets_is_told_so(build_site, tmp_path, probe):
    site = build_site()
    archive = site.workspace.settings.archive.model_copy(update={"targets": ()})
    settings = site.workspace.settings.model_copy(update={"archive": archive})
    context = Context(settings, None, tmp_path / "evidence")

    results = {result.id: result for result in asyncio.run(run_probes(PROBES, context))}

    assert results[probe].status is Status.FAIL
    assert "archive_targets" in results[probe].remedy
