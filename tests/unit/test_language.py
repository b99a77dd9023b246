"""Messages in one language that can be told in another."""

from __future__ import annotations

import ast
import gettext
import json
from pathlib import Path

import pytest

from cc_run import language
from cc_run.language import Message, _, retold, speaking, spoken

INDONESIAN = {"Camera": "Kamera", "%(what)s is busy": "%(what)s sedang dipakai"}


@pytest.fixture(autouse=True)
def two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Catalogue(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return INDONESIAN.get(message, message)

    catalogues = {"id": Catalogue(), "en": gettext.NullTranslations()}
    monkeypatch.setattr(language, "translations", catalogues.__getitem__)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_a_message_is_told_again_with_what_is_in_it() -> None:
    told = _("%(what)s is busy") % {"what": _("Camera")}
    assert told == "Camera is busy"
    assert retold(told, "id") == "Kamera sedang dipakai"


def test_a_text_that_is_no_message_stays() -> None:
    assert retold("Logitech BRIO", "id") == "Logitech BRIO"


def test_a_message_is_a_string_to_everyone_else() -> None:
    told = _("%(what)s is busy") % {"what": "Polycom"}
    assert isinstance(told, Message)
    assert json.dumps({"found": told}) == '{"found": "Polycom is busy"}'


@pytest.mark.parametrize(
    ("variables", "wished"),
    [
        ({"LC_ALL": "id_ID.UTF-8"}, "id"),
        ({"LC_ALL": "C.UTF-8", "LANGUAGE": "id"}, "en"),
        ({"LC_ALL": "C.UTF-8", "CC_RUN_LANGUAGE": "id"}, "id"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_GB.UTF-8", "LANGUAGE": "id:en"}, "id"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "id_ID", "LANG": "en_US"}, "id"),
    ],
)
def test_the_usual_variables_choose_the_language(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wished: str
) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("CC_RUN_LANGUAGE", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert spoken() == wished


def test_a_block_speaks_its_own_language() -> None:
    with speaking("id"):
        assert _("Camera") == "Kamera"
    assert _("Camera") == "Camera"


def test_no_message_hides_in_an_f_string() -> None:
    """Before Python 3.12 such a string is one token, which the extraction passes by."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in Path(language.__file__).parent.rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
        if isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []
