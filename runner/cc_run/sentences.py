"""Sentences kept as data, so that a paper can tell them later in its own language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cc_run.language import Message, speaking
from cc_run.numbers import Number


def kept(text: str) -> dict[str, Any]:
    """A text as JSON data from which ``revived`` tells it in any language, or as it is."""
    if not isinstance(text, Message):
        return {"text": str(text)}
    values = text.values
    if isinstance(values, Mapping):
        return {
            "source": text.source,
            "values": {name: _kept_value(value) for name, value in values.items()},
        }
    parts = values if isinstance(values, tuple) else () if values is None else (values,)
    return {"source": text.source, "values": [_kept_value(value) for value in parts]}


def revived(data: Mapping[str, Any], language: str) -> str:
    """What ``kept`` kept, in a language."""
    if "source" not in data:
        return str(data.get("text", ""))
    values = data.get("values") or None
    if isinstance(values, Mapping):
        values = {name: _revived_value(value, language) for name, value in values.items()}
    elif values is not None:
        values = tuple(_revived_value(value, language) for value in values)
    with speaking(language):
        return Message.of(data["source"], language, values)


def _kept_value(value: Any) -> Any:
    if isinstance(value, Number):
        return {"number": float(value), "digits": value.digits}
    plain = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else kept(value if isinstance(value, str) else str(value))


def _revived_value(value: Any, language: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    if "number" in value:
        return Number(value["number"], value["digits"])
    return revived(value, language)
