"""The part of a JSON document that is ours."""

import json
from pathlib import Path

import pytest

from cc_run.state import Change, StateError, converge

# As OBS leaves a scene collection: one alphabetical line, full of defaults.
SCENES = {
    "current_scene": "Room",
    "modules": {"scripts-tool": []},
    "scene_order": [{"name": "Room"}],
    "sources": [
        {"id": "v4l2_input", "name": "Camera", "settings": {"device": "/dev/a"}, "volume": 1.0},
        {"id": "scene", "name": "Room", "settings": {"items": [{"id": 1, "name": "Camera"}]}},
    ],
}


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    path = tmp_path / "Room.json"
    path.write_text(json.dumps(SCENES))
    return path


def apply(path: Path, holds: object, **more: object) -> Change:
    [change] = converge([{"json": str(path), "holds": holds, **more}], check=False)
    return change


@pytest.mark.parametrize(
    "holds",
    [
        {},
        {"current_scene": "Room"},
        {"sources": [{"name": "Camera", "settings": {"device": "/dev/a"}}]},
        {"sources": [{"name": "Camera", "volume": 1}]},
        {"sources": [{"name": "Room", "settings": {"items": [{"name": "Camera", "id": 1}]}}]},
        {"modules": {"scripts-tool": []}},
    ],
)
def test_a_part_that_is_there_leaves_every_byte(scenes: Path, holds: object) -> None:
    before = scenes.read_bytes()
    assert not apply(scenes, holds).changed
    assert scenes.read_bytes() == before


def test_only_what_differs_is_changed_and_shown(scenes: Path) -> None:
    holds = {"sources": [{"name": "Camera", "settings": {"device": "/dev/b", "fps": 30}}]}
    change = apply(scenes, holds)
    assert change.before == 'sources[name="Camera"].settings.device: "/dev/a"\n'
    assert change.after == (
        'sources[name="Camera"].settings.device: "/dev/b"\n'
        'sources[name="Camera"].settings.fps: 30\n'
    )
    expected = json.loads(json.dumps(SCENES))
    expected["sources"][0]["settings"] = {"device": "/dev/b", "fps": 30}
    assert json.loads(scenes.read_text()) == expected
    assert not apply(scenes, holds).changed


def test_a_new_object_joins_the_list(scenes: Path) -> None:
    apply(scenes, {"sources": [{"name": "Microphone", "id": "pulse_input_capture"}]})
    names = [source["name"] for source in json.loads(scenes.read_text())["sources"]]
    assert names == ["Camera", "Room", "Microphone"]


def test_a_list_without_the_key_is_one_value(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('{"list": [1, 2], "objects": [{"a": 1}]}')
    assert apply(path, {"list": [2]}).changed
    assert apply(path, {"objects": [{"a": 2}]}).changed
    assert json.loads(path.read_text()) == {"list": [2], "objects": [{"a": 2}]}


def test_another_key_can_hold_a_list_together(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('[{"port": 1, "on": true}, {"port": 2, "on": true}]')
    apply(path, [{"port": 2, "on": False}], key="port")
    assert json.loads(path.read_text()) == [{"port": 1, "on": True}, {"port": 2, "on": False}]


def test_an_ignored_name_is_written_once_and_then_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    holds = {"name": "x", "uuid": "ours"}
    apply(path, holds, ignore=["uuid"])
    assert json.loads(path.read_text())["uuid"] == "ours"
    path.write_text('{"name": "x", "uuid": "theirs"}')
    assert not apply(path, holds, ignore=["uuid"]).changed
    apply(path, holds | {"name": "y"}, ignore=["uuid"])
    assert json.loads(path.read_text()) == {"name": "y", "uuid": "theirs"}


@pytest.mark.parametrize(("there", "wished"), [(True, 1), (0, False), (None, False), ("1", 1)])
def test_true_is_not_one(tmp_path: Path, there: object, wished: object) -> None:
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"value": there}))
    assert apply(path, {"value": wished}).changed
    assert json.loads(path.read_text())["value"] is wished


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_file_that_holds_nothing_is_written_anew(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "f.json"
    if content is not None:
        path.write_text(content)
    assert apply(path, {"a": "é"}).after == 'all: {"a": "é"}\n'
    assert path.read_text() == '{\n    "a": "é"\n}\n'


@pytest.mark.parametrize("content", [b'{"password": "hunter2",', b"\xff\xfe", b"{} {}"])
def test_a_broken_file_is_kept_and_the_error_says_what_to_do(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(content)
    with pytest.raises(StateError, match=rf"mv {path} {path}\.broken") as caught:
        apply(path, {"a": 1})
    assert "hunter2" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert not apply(path, {"a": 1}).changed


def test_a_new_mode_shows_no_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"server_password": "hunter2", "server_port": 4455}')
    change = apply(path, {"server_port": 4455}, mode="0600")
    assert (change.changed, change.after) == (True, "mode 0600\n")
