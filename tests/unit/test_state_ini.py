"""Single options in other programs' ini files."""

from pathlib import Path

import pytest

from cc_run.state import StateError, converge
from cc_run.state.ini import edit

# As OBS 29 leaves it: sections with a blank line between, no spaces around "=".
OBS_GLOBAL = b"""\
[General]
Pre19Defaults=false
FirstRun=true
CurrentTheme2=Dark
LastVersion=486539266

[Basic]
Profile=Untitled
ProfileDir=Untitled

[BasicWindow]
geometry=AdnQywADAAAAAAA=
DockState=AAAA/wAAAAD9AAAA\\x00

[OBSWebSocket]
ServerPassword=hunter2=
ServerPort=4455
"""
ZOOM_CONF = b"""\
[General]
%20conf.geo=abc
conf\\audio.vol=@Invalid()
enableMiniWindow=true
; a comment = kept

[AS]
showframewindow=true
"""


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (OBS_GLOBAL, {"General": {"FirstRun": "true"}, "OBSWebSocket": {"ServerPort": "4455"}}),
        (ZOOM_CONF, {"General": {"enableMiniWindow": "true"}, "AS": {"gone": None}}),
        (b"[A]\r\nk = v  \r\n\r\n", {"A": {"k": "v"}}),
        (b"\xef\xbb\xbf[A]\nk=v", {"A": {"k": "v"}}),
        (b"[A]\nk=\xff\xfe\nx=1\n", {"A": {"x": "1"}}),
    ],
)
def test_what_is_already_so_stays_byte_for_byte(
    content: bytes, options: dict[str, dict[str, str | None]]
) -> None:
    assert edit(content, options) == content


def test_one_value_changes_and_nothing_else() -> None:
    edited = edit(OBS_GLOBAL, {"Basic": {"Profile": "Room"}})
    assert edited == OBS_GLOBAL.replace(b"\nProfile=Untitled\n", b"\nProfile=Room\n")


def test_a_new_option_goes_to_the_end_of_its_section() -> None:
    edited = edit(OBS_GLOBAL, {"General": {"ConfirmOnExit": "false"}})
    assert edited == OBS_GLOBAL.replace(
        b"LastVersion=486539266\n", b"LastVersion=486539266\nConfirmOnExit=false\n"
    )


def test_a_new_section_goes_to_the_end_of_the_file() -> None:
    edited = edit(ZOOM_CONF, {"New": {"a": "1", "b": "2"}})
    assert edited == ZOOM_CONF + b"\n[New]\na=1\nb=2\n"


def test_an_empty_file_begins_with_the_section() -> None:
    assert edit(b"", {"A": {"k": "v"}}) == b"[A]\nk=v\n"


def test_a_null_takes_the_option_away() -> None:
    assert edit(b"[A]\nk=v\nl=w\n", {"A": {"k": None}}) == b"[A]\nl=w\n"


def test_names_mind_their_case() -> None:
    assert edit(b"[A]\nKey=v\n", {"A": {"key": "w"}}) == b"[A]\nKey=v\nkey=w\n"


def test_the_same_name_in_another_section_is_another_option() -> None:
    assert edit(b"[A]\nk=1\n[B]\nk=1\n", {"B": {"k": "2"}}) == b"[A]\nk=1\n[B]\nk=2\n"


def test_an_option_that_comes_twice_is_set_twice() -> None:
    assert edit(b"[A]\nk=1\nk=2\n[B]\n[A]\nk=3\n", {"A": {"k": "2"}}) == (
        b"[A]\nk=2\nk=2\n[B]\n[A]\nk=2\n"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[A]\r\nk=1\r\n", b"[A]\r\nk=2\r\nn=3\r\n"),
        (b"[A]\nk = 1\n", b"[A]\nk = 2\nn = 3\n"),
        (b"\xef\xbb\xbf[A]\nk=1", b"\xef\xbb\xbf[A]\nk=2\nn=3\n"),
        (b"[A]\nk=\n", b"[A]\nk=2\nn=3\n"),
    ],
)
def test_the_files_own_style_is_kept(content: bytes, expected: bytes) -> None:
    assert edit(content, {"A": {"k": "2", "n": "3"}}) == expected


def test_options_before_any_section() -> None:
    assert edit(b"# note\nk=1\n\n[A]\nk=1\n", {"": {"k": "2", "n": "3"}}) == (
        b"# note\nk=2\nn=3\n\n[A]\nk=1\n"
    )
    assert edit(b"[A]\nk=1\n", {"": {"n": "3"}}) == b"n=3\n[A]\nk=1\n"


def test_a_value_may_hold_brackets_and_equal_signs() -> None:
    content = b"[A]\nrule=[x]=y\n"
    assert edit(content, {"A": {"rule": "[x]=y"}}) == content
    once = edit(b"", {"A": {"rule": "[x]=y"}})
    assert edit(once, {"A": {"rule": "[x]=y"}}) == once


def test_the_item_writes_and_then_is_content(tmp_path: Path) -> None:
    path = tmp_path / "global.ini"
    path.write_bytes(OBS_GLOBAL)
    options = {"General": {"FirstRun": False, "CurrentTheme2": None}, "X": {"n": 3}}
    [change] = converge([{"ini": str(path), "options": options}], check=False)
    assert change.before == "[General]\nFirstRun=true\nCurrentTheme2=Dark\n"
    assert change.after == "[General]\nFirstRun=false\n[X]\nn=3\n"
    [again] = converge([{"ini": str(path), "options": options}], check=False)
    assert not again.changed


def test_the_diff_shows_no_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "global.ini"
    path.write_bytes(OBS_GLOBAL)
    options = {"OBSWebSocket": {"ServerPort": 4456}}
    item = {"ini": str(path), "options": options, "mode": "0600"}
    [change] = converge([item], check=False)
    assert "hunter2" not in change.before + change.after
    assert "mode 0600" in change.after


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"A": {"k": "two\nlines"}}, "options.A.k"),
        ({"A": {"k": ["list"]}}, "options.A.k"),
        ({"A": "text"}, "options.A"),
        ({}, "options"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: object, key: str) -> None:
    with pytest.raises(StateError, match=f"ini {tmp_path}/f: The key '{key}'"):
        converge([{"ini": f"{tmp_path}/f", "options": options}], check=False)
