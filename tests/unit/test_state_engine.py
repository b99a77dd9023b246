"""Reading items, and that check mode foretells a run."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cc_run.state import Change, StateError, converge


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"fil": "/x"}, "Item 1 should have exactly one of the keys"),
        ({"file": "/x", "ini": "/x"}, "Item 1 should have exactly one of the keys"),
        ("text", "Item 1 should have exactly one of the keys"),
        ({"file": "/x", "content": "", "owned": 1}, "file /x: The key 'owned' is not known"),
        ({"file": "x", "content": ""}, "file x: The key 'file' should be an absolute path"),
        ({"file": "/x"}, "file /x: The key 'content'"),
        ({"file": "/x", "content": "", "mode": 420}, "file /x: The key 'mode' .* in quotes"),
        ({"file": "/x", "content": "", "mode": "rw"}, "file /x: The key 'mode'"),
        ({"file": "/x", "content": "", "secret": "yes"}, "The key 'secret' .* true or false"),
        ({"id": "mine", "directory": ""}, "mine: The key 'directory'"),
        ({"json": "/x"}, "json /x: The key 'holds'"),
        ({"packages": "vim"}, "The key 'packages' should be a list"),
        ({"packages": ["-o", "x"]}, "The key 'packages'"),
        ({"unit": "x"}, "unit x: The key 'unit'"),
        ({"unit": "../x.service"}, "The key 'unit'"),
        ({"unit": "x.timer", "scope": "moon"}, "The key 'scope' should be one of system"),
        ({"unit": "x.timer", "scope": "global", "running": True}, "The key 'running'"),
        ({"sound": "sink"}, "The key 'match'"),
        ({"sound": "sink", "match": "("}, "The key 'match' should be a regular expression"),
        ({"sound": "sink", "match": "x", "volume": 80}, "The key 'volume'"),
        ({"sound": "sink", "match": "x", "default": False}, "The key 'default'"),
    ],
)
def test_an_item_that_is_not_understood_is_named_with_its_key(item: Any, said: str) -> None:
    with pytest.raises(StateError, match=said):
        converge([item], check=True)


def test_nothing_is_done_when_any_item_is_not_understood(tmp_path: Path) -> None:
    with pytest.raises(StateError):
        converge([{"directory": str(tmp_path / "a")}, {"nonsense": 1}], check=False)
    assert list(tmp_path.iterdir()) == []


def test_two_items_with_one_id_are_refused(tmp_path: Path) -> None:
    item = {"directory": str(tmp_path / "a")}
    with pytest.raises(StateError, match="Two items have this id"):
        converge([item, item], check=False)


def test_an_error_tells_what_was_done_before_it(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    told: list[Change] = []
    items = [
        {"directory": str(tmp_path / "a")},
        {"json": str(tmp_path / "broken.json"), "holds": {"a": 1}},
        {"directory": str(tmp_path / "b")},
    ]
    with pytest.raises(StateError) as caught:
        converge(items, check=False, on_item=told.append)
    assert [change.id for change in told] == [f"directory {tmp_path}/a"]
    assert list(caught.value.changes) == told
    assert not (tmp_path / "b").exists()


def test_a_home_is_the_home_of_whoever_applies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    converge([{"directory": "~/Videos"}], check=False)
    assert (tmp_path / "Videos").is_dir()


NAMES = ("a", "b", "c", "c/d", "c/d/e")
MODES = (None, "0600", "0644", "0700", "0755")


def random_item(random: Random, root: Path, number: int) -> dict[str, Any]:
    path = str(root / random.choice(NAMES))
    kind = random.choice(("file", "directory", "ini", "json", "link", "absent"))
    more: dict[str, Any] = {
        "file": {"content": random.choice(("", "[s]\nk=1\n", '{"k": 1}'))},
        "directory": {},
        "ini": {"options": {"s": {"k": random.choice((1, 2, None))}}},
        "json": {"holds": {"k": random.choice((1, 2))}},
        "link": {"target": random.choice(NAMES)},
        "absent": {"recursive": random.choice((True, False))},
    }[kind]
    item = {"id": str(number), kind: path, **more}
    mode = random.choice(MODES)
    return item | {"mode": mode} if mode and kind not in ("link", "absent") else item


def outcome(items: list[dict[str, Any]], *, check: bool) -> tuple[list[Change], str]:
    done: list[Change] = []
    try:
        converge(items, check=check, on_item=done.append)
    except StateError as error:
        # How the system words a file in a folder's place differs; which item fails does not.
        return done, error.item
    return done, ""


def snapshot(root: Path) -> dict[str, tuple[int, str]]:
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        text = str(path.readlink()) if path.is_symlink() else ""
        text = path.read_text() if path.is_file() and not path.is_symlink() else text
        found[str(path.relative_to(root))] = (status.st_mode, text)
    return found


@pytest.mark.parametrize("seed", range(150))
def test_check_mode_foretells_a_run_whatever_the_items(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    root = tmp_path / "root"
    root.mkdir()
    outcome([random_item(random, root, number) for number in range(6)], check=False)
    items = [random_item(random, root, number) for number in range(6)]
    before = snapshot(root)
    foretold = outcome(items, check=True)
    assert snapshot(root) == before
    assert outcome(items, check=False) == foretold


@pytest.mark.parametrize("seed", range(40))
def test_a_second_run_has_nothing_to_do(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    items: list[dict[str, Any]] = [
        {"directory": str(tmp_path / "d"), "mode": "0750"},
        {"file": str(tmp_path / "d/f"), "content": random.choice("ab"), "secret": True},
        {"ini": str(tmp_path / "e/i"), "options": {"s": {"k": random.choice("ab")}}},
        {"json": str(tmp_path / "e/j"), "holds": {"l": [{"name": random.choice("ab")}]}},
        {"link": str(tmp_path / "l"), "target": random.choice("ab")},
        {"absent": str(tmp_path / "gone")},
    ]
    random.shuffle(items)
    (tmp_path / "gone").touch()
    first = converge(items, check=False)
    # A folder made on the way to a file before it is there already; all else is new.
    assert sum(change.changed for change in first) >= len(items) - 1
    assert not any(change.changed for change in converge(items, check=False))
    assert not any(change.changed for change in converge(items, check=True))


def test_the_package_works_under_another_name_and_without_its_parent(tmp_path: Path) -> None:
    import importlib
    import sys

    import cc_run.state

    shutil.copytree(Path(cc_run.state.__file__).parent, tmp_path / "elsewhere_state")
    sys.path.insert(0, str(tmp_path))
    try:
        elsewhere = importlib.import_module("elsewhere_state")
        [change] = elsewhere.converge([{"directory": str(tmp_path / "made")}], check=False)
    finally:
        sys.path.remove(str(tmp_path))
    assert change.changed
    assert (tmp_path / "made").is_dir()
