"""A controller with an inventory, and a room's machine that is bare and really boots."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from controller import Controller
from machine import Machine, booted

ROOT = Path(__file__).parents[2]
# Another release can be asked for: CC_RUN_TEST_RELEASE=noble is Ubuntu 24.04.
RELEASE = os.environ.get("CC_RUN_TEST_RELEASE", "bookworm")
# The host's loopback, as the machine sees it.
CONTROLLER = "10.0.2.2"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("cc_run-*.whl"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which the machine finds its files."""
    folder = tmp_path_factory.mktemp("served")
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://{CONTROLLER}:{server.server_port}"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_request(self, *_answer: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def zoom(served: tuple[Path, str]) -> dict[str, str]:
    """A package as Zoom's is, small: its name and its program, and it needs another package."""
    folder, address = served
    package = folder / "tree"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN/control").write_text(
        "Package: zoom\nVersion: 6.2.11\nArchitecture: all\nDepends: libxkbcommon0\n"
        "Maintainer: Test <test@example.org>\nDescription: stands in for Zoom's program\n"
    )
    program = package / "usr/bin/zoom"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho zoom\n")
    program.chmod(0o755)
    file = folder / "zoom_amd64.deb"
    command = ["dpkg-deb", "--build", "--root-owner-group", str(package), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return {
        "zoom_client_deb": f"{address}/{file.name}",
        "zoom_client_deb_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A bare machine that runs."""
    with booted(RELEASE) as machine:
        yield machine


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Controller:
    return Controller(tmp_path_factory.mktemp("controller"), wheel)
