"""A folder of files that is a copy of another one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cc_run.state import Change, StateError, converge

FILES = {"hosts.yml": "all:\n", "group_vars/all/main.yml": "a: 1\n"}


def bring(folder: Path, files: dict[str, str], *, check: bool = False) -> Change:
    (change,) = converge([{"tree": str(folder), "files": files, "mode": "0640"}], check=check)
    return change


def holds(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_comes_about_with_its_folders_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    assert bring(folder, FILES, check=True).changed
    assert not folder.exists()
    assert bring(folder, FILES).changed
    assert holds(folder) == FILES
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "group_vars/all")]
    assert modes == [0o750, 0o750]
    assert (folder / "hosts.yml").stat().st_mode & 0o777 == 0o640
    assert not bring(folder, FILES).changed


def test_strangers_go_and_hidden_files_stay(tmp_path: Path) -> None:
    bring(tmp_path / "tree", FILES)
    (tmp_path / "tree/group_vars/all/old.yml").write_text("b: 2\n")
    (tmp_path / "tree/.git").mkdir()
    (tmp_path / "tree/.git/HEAD").write_text("ref\n")
    change = bring(tmp_path / "tree", FILES)
    assert change.before == "group_vars/all/old.yml: not in the original\n"
    assert holds(tmp_path / "tree") == {**FILES, ".git/HEAD": "ref\n"}


def test_a_changed_file_and_a_changed_mode_come_back(tmp_path: Path) -> None:
    bring(tmp_path / "tree", FILES)
    file = tmp_path / "tree/hosts.yml"
    file.write_text("other\n")
    (tmp_path / "tree/group_vars").chmod(0o777)
    assert "hosts.yml:\n" in bring(tmp_path / "tree", FILES).before
    assert holds(tmp_path / "tree") == FILES
    assert (tmp_path / "tree/group_vars").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("files", [{}, {"../out": ""}, {"/etc/x": ""}, {"a": 1}])
def test_only_texts_below_the_folder_are_taken(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(StateError, match="files"):
        bring(tmp_path / "tree", files)


def test_a_check_knows_an_account_that_is_still_to_come(tmp_path: Path) -> None:
    wished = [{"file": str(tmp_path / "f"), "content": "x", "owner": "nobody-yet", "group": "no"}]
    (change,) = converge(wished, check=True)
    assert change.changed
    if os.geteuid() == 0:
        with pytest.raises(StateError, match="There is no user"):
            converge(wished, check=False)
