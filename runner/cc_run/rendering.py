"""Turns a document's template into text, in the language of the document and not of the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from cc_run import content
from cc_run.language import speaking, spoken, translations
from cc_run.numbers import format_number
from cc_run.times import (
    format_clock,
    format_day,
    format_duration,
    format_moment,
    format_period,
    zone_name,
)

_LOCALES: Final = {"id": "id_ID", "en": "en_GB"}


def render(template: str, *, language: str, zone: str, **values: object) -> str:
    """The text of ``templates/<template>`` with those values.

    Args:
        template: A file's name in ``templates/``; values are escaped in ``….html.j2``.
        language: "id" or "en"; everything inside is said in it.
        zone: The zone in which the filters tell moments.
        **values: What the template names; a name that it does not find is an error.
    """
    with speaking(language):
        page = _environment(language).get_template(template)
        return page.render(language=language, zone=zone, **values)


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(content.templates()),
        autoescape=select_autoescape(enabled_extensions=("html", "html.j2")),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    environment.filters.update(_FILTERS)
    return environment


@pass_context
def _moment(context: Context, value: datetime) -> str:
    return format_moment(value, context["zone"])


@pass_context
def _span(context: Context, start: datetime, end: datetime) -> str:
    return format_period(start, end, context["zone"])


@pass_context
def _clock(context: Context, value: datetime) -> str:
    return format_clock(value, context["zone"])


@pass_context
def _zone(context: Context, value: datetime) -> str:
    return zone_name(value, context["zone"])


@pass_context
def _day(context: Context, value: date) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(context["zone"])).date()
    return format_day(value)


@pass_context
def _short_day(context: Context, value: datetime) -> str:
    local = value.astimezone(ZoneInfo(context["zone"])).date()
    return format_date(local, "d MMM y", locale=_LOCALES[spoken()])


def _duration(value: timedelta | float) -> str:
    return format_duration(value if isinstance(value, timedelta) else timedelta(seconds=value))


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "moment": _moment,
    "span": _span,
    "clock": _clock,
    "zone": _zone,
    "day": _day,
    "short_day": _short_day,
    "duration": _duration,
    "number": format_number,
}
