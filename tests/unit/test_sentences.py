"""Sentences that are kept as data and told later."""

from __future__ import annotations

import json

import pytest

from cc_run.language import Message, _, joined, retold, speaking
from cc_run.numbers import Number
from cc_run.sentences import kept, revived


def said() -> list[str]:
    return [
        "Logitech BRIO, 100%",
        _("Camera"),
        _("%(path)s is empty.") % {"path": _("Camera")},
        _("%(free)s GiB free") % {"free": Number(78.24)},
        Message.of("Operator: %s", "en", 7),
        joined((_("Camera"), "100 %", 3)),
    ]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_was_kept_is_told_as_if_it_had_been_said_so(number: int, language: str) -> None:
    with speaking("en"):
        text = said()[number]
    data = json.loads(json.dumps(kept(text), allow_nan=False))
    assert revived(data, language) == retold(text, language)


def test_a_number_follows_the_language() -> None:
    with speaking("en"):
        data = kept(_("%(free)s GiB free") % {"free": Number(78.24)})
    assert "78,2" in revived(data, "id")


def test_a_value_that_is_no_data_is_kept_as_it_reads() -> None:
    with speaking("en"):
        data = kept(_("%(path)s is empty.") % {"path": float("nan")})
    json.dumps(data, allow_nan=False)
    assert revived(data, "en") == "nan is empty."
