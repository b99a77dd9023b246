"""A program in a virtual environment of its own: real pip, real wheels, no index."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cc_run.state import Change, StateError, converge
from cc_run.state.environment import NOTE

LOCK = "prog/requirements.lock"


def wheel(folder: Path, name: str, files: dict[str, str], version: str = "1.0") -> Path:
    """A wheel with these files, as a build tool would write it."""
    info = f"{name}-{version}.dist-info"
    whole = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={_hash(text)},{len(text.encode())}\n" for path, text in whole.items()
    )
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**whole, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return file


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def locked(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"dep==1.0 --hash=sha256:{digest}\n"


@pytest.fixture
def dependency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that pip finds in a folder, and in no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "store"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return wheel(tmp_path / "store", "dep", {"dep.py": "NUMBER = 1\n"})


@pytest.fixture
def program(tmp_path: Path, dependency: Path) -> Path:
    return make(tmp_path, dependency, "said = 'first'\n")


def make(folder: Path, dependency: Path, text: str) -> Path:
    files = {"prog/__init__.py": text, LOCK: locked(dependency)}
    return wheel(folder / "wheels", "prog", files)


def wish(folder: Path, package: Path | str) -> list[dict[str, Any]]:
    return [{"environment": str(folder / "env"), "package": str(package), "lock": LOCK}]


def bring(folder: Path, package: Path | str, *, check: bool = False) -> Change:
    (change,) = converge(wish(folder, package), check=check)
    return change


def says(folder: Path) -> str:
    command = [folder / "env/bin/python", "-c", "import dep, prog; print(prog.said)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def module(folder: Path, name: str) -> Path:
    return next((folder / "env/lib").glob(f"python3*/site-packages/{name}"))


def test_it_is_installed_once_with_its_locked_releases(tmp_path: Path, program: Path) -> None:
    assert bring(tmp_path, program, check=True).changed
    assert not (tmp_path / "env").exists()
    assert bring(tmp_path, program).changed
    assert says(tmp_path) == "first"
    assert not bring(tmp_path, program).changed


def test_other_content_of_the_same_version_is_installed(
    tmp_path: Path, dependency: Path, program: Path
) -> None:
    bring(tmp_path, program)
    make(tmp_path, dependency, "said = 'second'\n")
    assert bring(tmp_path, program, check=True).changed
    assert says(tmp_path) == "first"
    assert bring(tmp_path, program).changed
    assert says(tmp_path) == "second"
    assert not bring(tmp_path, program).changed


def test_what_was_damaged_comes_back_and_what_others_added_stays(
    tmp_path: Path, program: Path
) -> None:
    bring(tmp_path, program)
    stranger = wheel(tmp_path / "store", "extra", {"extra.py": ""})
    pip = [str(tmp_path / "env/bin/python"), "-m", "pip", "install", "--quiet", str(stranger)]
    subprocess.run(pip, check=True)
    assert not bring(tmp_path, program).changed
    module(tmp_path, "dep.py").write_text("NUMBER = 2\n")
    module(tmp_path, "prog/__init__.py").unlink()
    change = bring(tmp_path, program)
    assert change.before == ("not as it was installed:\ndep-1.0.dist-info\nprog-1.0.dist-info\n")
    assert says(tmp_path) == "first"
    assert module(tmp_path, "dep.py").read_text() == "NUMBER = 1\n"
    assert module(tmp_path, "extra.py").exists()
    assert not bring(tmp_path, program).changed


def test_a_broken_off_installation_begins_anew(tmp_path: Path, program: Path) -> None:
    bring(tmp_path, program)
    (tmp_path / "env" / NOTE).unlink()
    assert bring(tmp_path, program).changed
    (tmp_path / "env" / NOTE).write_text("{")
    assert bring(tmp_path, program).changed
    (tmp_path / "env/bin/python").unlink()
    module(tmp_path, "dep.py").unlink()
    assert bring(tmp_path, program).changed
    assert says(tmp_path) == "first"


def test_an_environment_of_an_older_python_is_made_anew(tmp_path: Path, program: Path) -> None:
    bring(tmp_path, program)
    site = module(tmp_path, "dep.py").parents[1]
    site.rename(site.with_name("python3.4"))
    assert bring(tmp_path, program).changed
    assert says(tmp_path) == "first"
    assert not (tmp_path / "env/lib/python3.4").exists()


def test_a_release_that_is_not_the_locked_one_is_refused(
    tmp_path: Path, dependency: Path, program: Path
) -> None:
    wheel(dependency.parent, "dep", {"dep.py": "NUMBER = 3\n"})
    with pytest.raises(StateError, match="Got"):
        bring(tmp_path, program)
    assert bring(tmp_path, program, check=True).changed


def test_a_wheel_without_its_list_is_refused(tmp_path: Path, dependency: Path) -> None:
    bare = wheel(tmp_path / "wheels", "prog", {"prog/__init__.py": ""})
    with pytest.raises(StateError, match="no wheel that brings"):
        bring(tmp_path, bare)
    with pytest.raises(StateError, match="No such file"):
        bring(tmp_path, tmp_path / "nothing.whl")


def test_a_name_is_looked_up_where_pip_looks(tmp_path: Path, dependency: Path) -> None:
    files = {"prog/__init__.py": "said = 'by name'\n", LOCK: locked(dependency)}
    wheel(dependency.parent, "prog", files)
    assert bring(tmp_path, "prog==1.0").changed
    assert says(tmp_path) == "by name"
    assert not bring(tmp_path, "prog==1.0").changed
    note = json.loads((tmp_path / "env" / NOTE).read_text())
    assert note["package"] == {"name": "prog==1.0"}
