"""The wheel: built, installed into an empty environment elsewhere, and used from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("cc_run-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``cc-run`` of an environment that has only the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    return folder / "bin/cc-run"


def _run(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [str(installed), *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_carries_playbooks_roles_templates_and_catalogues(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "cc_run/_content/playbooks/pre_session.yml",
        "cc_run/_content/roles/obs/tasks/main.yml",
        "cc_run/_content/plugins/action/state.py",
        "cc_run/_content/plugins/module_utils/cc_run_state/engine.py",
        "cc_run/_content/inventory/example/hosts.yml",
        "cc_run/_content/templates/minutes.docx",
        "cc_run/_content/ansible.cfg",
        "cc_run/_content/requirements.lock",
        "cc_run/locale/id/LC_MESSAGES/cc_run.mo",
        "cc_run/database/migrations/versions/0001_first_tables.py",
        "cc_run/simulators/room/equipment/logitech-brio.umockdev",
    ):
        assert name in names
    assert not [name for name in names if "__pycache__" in name]


def test_an_installed_cc_run_speaks(installed: Path, tmp_path: Path) -> None:
    answer = _run(installed, tmp_path, "--help")
    assert answer.returncode == 0
    assert "prepare" in answer.stdout


def test_an_installed_cc_run_rehearses(installed: Path, tmp_path: Path) -> None:
    """Playbooks, roles, plugins, templates and simulators are all found inside the package."""
    state = tmp_path / "state"
    answer = _run(installed, tmp_path, "rehearse", "--json", "--for", "4", "--state", str(state))
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert json.loads(answer.stdout)["verdict"] == "ready"
