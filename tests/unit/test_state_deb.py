"""A single package known by its checksum; apt and dpkg's database are stood in for."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cc_run.state import StateError, converge, deb

DPKG_QUERY = """#!/bin/sh
cat "$STATE/$4" 2>/dev/null || { echo "no packages found" >&2; exit 1; }
"""
APT_GET = """#!/bin/sh
echo "$*" >> "$STATE/log"
for last; do :; done
case "$*" in
  *update*) touch "$STATE/updated"; exit 0;;
esac
[ -e "$STATE/old-lists" ] && [ ! -e "$STATE/updated" ] && exit 100
dpkg-deb --show --showformat 'installed ${Package} ${Version}\\n' "$last" > "$STATE/zoom"
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs, state = tmp_path / "bin", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("STATE", str(state))
    monkeypatch.setattr(deb, "NOTES", tmp_path / "notes")
    return state


def package(folder: Path, version: str) -> Path:
    tree = folder / f"tree-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: zoom\nVersion: {version}\nArchitecture: all\n"
        "Maintainer: Test <test@example.org>\nDescription: a test\n"
    )
    (folder / "served").mkdir(exist_ok=True)
    file = folder / "served" / "zoom.deb"
    subprocess.run(["dpkg-deb", "--build", tree, file], check=True, capture_output=True)
    return file


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "served").mkdir(exist_ok=True)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/zoom.deb"
        server.shutdown()
        thread.join()


def bring(source: Path | str, sha256: str, *, check: bool = False) -> bool:
    (change,) = converge([{"deb": str(source), "sha256": sha256}], check=check)
    return change.changed


def sum_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def log(state: Path) -> list[str]:
    path = state / "log"
    return path.read_text().splitlines() if path.exists() else []


def test_a_package_is_fetched_installed_and_then_known(
    tmp_path: Path, state: Path, address: str
) -> None:
    file = package(tmp_path, "6.1")
    assert bring(address, sum_of(file), check=True)
    assert log(state) == []
    assert bring(address, sum_of(file))
    assert (state / "zoom").read_text() == "installed zoom 6.1\n"
    sha256 = sum_of(file)
    file.unlink()  # neither the file nor the net is needed any more
    assert not bring(address, sha256)
    assert len(log(state)) == 1


def test_another_file_than_was_meant_is_not_installed(
    tmp_path: Path, state: Path, address: str
) -> None:
    file = package(tmp_path, "6.1")
    with pytest.raises(StateError, match=f"its SHA-256 is {sum_of(file)}"):
        bring(address, "0" * 64)
    assert log(state) == []
    assert bring(address, "0" * 64, check=True)


def test_a_newer_a_removed_and_a_changed_package_are_brought_about(
    tmp_path: Path, state: Path
) -> None:
    older = sum_of(package(tmp_path, "6.1"))
    file = tmp_path / "served/zoom.deb"
    assert bring(file, older)
    newer = sum_of(package(tmp_path, "6.2"))
    assert bring(file, newer)
    assert not bring(file, newer)
    (state / "zoom").unlink()
    assert bring(file, newer)
    (state / "zoom").write_text("installed zoom 6.3\n")
    assert bring(file, newer)
    assert (state / "zoom").read_text() == "installed zoom 6.2\n"


def test_old_package_lists_are_fetched_anew(tmp_path: Path, state: Path) -> None:
    file = package(tmp_path, "6.1")
    (state / "old-lists").touch()
    assert bring(file, sum_of(file))
    assert [line for line in log(state) if "update" in line] == ["update"]


def test_what_cannot_be_fetched_is_said(tmp_path: Path, state: Path, address: str) -> None:
    with pytest.raises(StateError, match="404"):
        bring(address, "0" * 64)
    with pytest.raises(StateError, match="There is no file"):
        bring(tmp_path / "nothing.deb", "0" * 64)


@pytest.mark.parametrize(
    ("source", "sha256"),
    [("ftp://host/zoom.deb", "0" * 64), ("zoom.deb", "0" * 64), ("/zoom.deb", "123")],
)
def test_an_address_and_a_checksum_are_asked_for(source: str, sha256: str) -> None:
    with pytest.raises(StateError, match="should be"):
        bring(source, sha256)
