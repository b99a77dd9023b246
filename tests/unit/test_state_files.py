"""Files, folders, links and absent paths."""

import os
import threading
from pathlib import Path

import pytest

from cc_run.state import StateError, converge


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def changed(items: list[dict[str, object]], *, check: bool = False) -> list[str]:
    return [change.id for change in converge(items, check=check) if change.changed]


def test_a_file_gets_its_content_and_its_usual_mode(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "room.conf"
    [change] = converge([{"file": str(path), "content": "a\nb\n"}], check=False)
    assert (change.changed, change.before, change.after) == (True, "", "a\nb\n")
    assert path.read_text() == "a\nb\n"
    assert mode(path) == 0o644
    assert mode(path.parent) == 0o755


def test_a_second_run_changes_nothing_and_does_not_touch_the_file(tmp_path: Path) -> None:
    path = tmp_path / "room.conf"
    item = {"file": str(path), "content": "a\n"}
    changed([item])
    before = path.stat()
    assert changed([item]) == []
    assert path.stat() == before


def test_an_existing_mode_stays_unless_one_is_wished(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text("old")
    path.chmod(0o751)
    changed([{"file": str(path), "content": "new"}])
    assert (path.read_text(), mode(path)) == ("new", 0o751)
    [change] = converge([{"file": str(path), "content": "new", "mode": "0640"}], check=False)
    assert (change.before, change.after) == ("mode 0751\n", "mode 0640\n")
    assert mode(path) == 0o640


def test_a_secret_is_for_its_owner_alone_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "private" / "token"
    [change] = converge([{"file": str(path), "content": "hush", "secret": True}], check=False)
    assert (change.before, change.after) == ("«secret»", "«secret»")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    path.chmod(0o644)
    assert changed([{"file": str(path), "content": "hush", "secret": True}])
    assert mode(path) == 0o600


def test_a_secret_folder_is_0700(tmp_path: Path) -> None:
    changed([{"directory": str(tmp_path / "vault"), "secret": True}])
    assert mode(tmp_path / "vault") == 0o700


def test_a_folder_keeps_its_mode_and_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir(mode=0o700)
    (folder / "file").touch()
    assert changed([{"directory": str(folder)}]) == []
    assert changed([{"directory": str(folder), "mode": "0755"}]) == [f"directory {folder}"]
    assert mode(folder) == 0o755
    assert (folder / "file").exists()


def test_a_link_is_followed_when_a_file_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles", tmp_path / "link"
    real.write_text("old")
    link.symlink_to("dotfiles")
    changed([{"file": str(link), "content": "new"}])
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_links_that_go_round_are_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(StateError, match="circles"):
        changed([{"file": str(tmp_path / "a"), "content": ""}])


def test_a_link_points_where_it_should(tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to("old")
    item = {"link": str(link), "target": "new"}
    [change] = converge([item], check=False)
    assert (change.before, change.after) == ("link to old\n", "link to new\n")
    assert str(link.readlink()) == "new"
    assert changed([item]) == []
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_what_should_be_absent_goes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("private")
    (tmp_path / "link").symlink_to("nowhere")
    items = [{"absent": str(tmp_path / name)} for name in ("file", "link", "never-was")]
    changes = converge(items, check=False)
    assert [change.changed for change in changes] == [True, True, False]
    assert "private" not in changes[0].before
    assert list(tmp_path.iterdir()) == []


def test_a_folder_only_goes_when_that_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    with pytest.raises(StateError, match="recursive: true"):
        changed([{"absent": str(folder)}])
    assert changed([{"absent": str(folder), "recursive": True}])
    assert not folder.exists()


@pytest.mark.parametrize(
    ("there", "item"),
    [
        ("directory", {"file": "PATH", "content": ""}),
        ("file", {"directory": "PATH"}),
        ("directory", {"link": "PATH", "target": "x"}),
        ("directory", {"json": "PATH", "holds": {}}),
    ],
)
def test_something_else_in_the_way_is_not_replaced(
    tmp_path: Path, there: str, item: dict[str, object]
) -> None:
    path = tmp_path / "path"
    path.mkdir() if there == "directory" else path.touch()
    with pytest.raises(StateError, match="Move it away"):
        changed([{key: str(path) if value == "PATH" else value for key, value in item.items()}])


def test_a_file_where_a_folder_is_needed_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file"):
        changed([{"file": str(tmp_path / "file" / "below"), "content": ""}])


def test_no_reader_ever_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    texts = ["a" * 200_000, "b" * 200_000]
    path.write_text(texts[0])
    errors: list[BaseException] = []

    def write(text: str) -> None:
        try:
            for _round in range(20):
                changed([{"file": str(path), "content": text}])
        except BaseException as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(text,)) for text in texts]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_text())
    for writer in writers:
        writer.join()
    assert errors == []
    assert seen <= set(texts)
    assert [child.name for child in tmp_path.iterdir()] == ["shared"]


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device", "the disk")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="No space left"):
        changed([{"file": str(path), "content": "new"}])
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


def test_the_owner_stays_when_root_writes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    changed([{"file": str(path), "content": "new"}])
    assert (path.read_text(), path.stat().st_uid) == ("new", owner)


def test_an_unknown_owner_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no user 'nobody-at-all'"):
        changed([{"file": str(tmp_path / "f"), "content": "", "owner": "nobody-at-all"}])
