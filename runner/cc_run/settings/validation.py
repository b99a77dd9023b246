"""From plain variables to ``Settings``, with errors that name the file, the key and the wish."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Container, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from cc_run.errors import SettingsFault
from cc_run.language import _
from cc_run.settings.models import Alarms, Mail, Section, Settings, sections

Locate = Callable[[str], str]
# What a playbook's run is told by its caller; no settings of a room.
_OF_A_RUN = ("cc_run", "cc_event", "cc_actor")
_SECRET_WORDS = (
    *("password", "secret", "token", "private_key"),
    *("store_url", "ping_url", "webhook_url"),
)
_SHOWN = 60  # characters of a value in a message: one line of a terminal


def section_of(key: str) -> tuple[str, type[Section]] | None:
    """The section a variable belongs to by its prefix; None for other people's variables."""
    for name, section in sections().items():
        if key.startswith(section.prefix):
            return name, section
    return None


def known_keys() -> list[str]:
    """Every variable that a room may set."""
    return [
        section.prefix + field for section in sections().values() for field in section.model_fields
    ]


def build(
    variables: Mapping[str, Any],
    *,
    host: str,
    inventory: Path | None = None,
    vault_password_file: Path | None = None,
    locate: Locate = lambda key: "",
    unresolved: Mapping[str, str] = MappingProxyType({}),
    only: Collection[str] = (),
) -> Settings:
    """Validated settings from a room's resolved variables (defaults of the roles included).

    ``locate`` tells in which file a variable is set, for the messages; ``unresolved`` why some
    variables have no value though they are set; ``only`` names the sections that are needed, and
    the others are then not there to ask; all where empty.

    Raises:
        SettingsFault: naming every variable that is unknown, missing or ill-typed.
    """
    parts: dict[str, dict[str, Any]] = {name: {} for name in sections()}
    faults: list[str] = []
    for key, value in variables.items():
        owner = section_of(key)
        if owner is None:
            continue
        name, section = owner
        field = key.removeprefix(section.prefix)
        if field in section.model_fields:
            parts[name][field] = value
        elif key not in _OF_A_RUN:
            faults.append(_unknown(key, locate))
    built: dict[str, Section] = {}
    for name, section in sections().items():
        if only and name not in only:
            continue
        try:
            built[name] = section.model_validate(parts[name])
        except ValidationError as error:
            faults.extend(_invalid(section, error, locate, known=unresolved))
    faults += _contradictions(built)
    faults += [f"{_where(key, locate)}{key}: {reason}" for key, reason in unresolved.items()]
    if faults:
        raise SettingsFault(
            _("The settings of room %(room)s are not right:") % {"room": host}
            + "".join(f"\n  • {fault}" for fault in faults),
            _("Correct them and try again; docs/administrator.md lists every variable."),
        )
    values: dict[str, Any] = {
        "host": host,
        "inventory": inventory,
        "vault_password_file": vault_password_file,
        **built,
    }
    return Settings.model_construct(**values) if only else Settings(**values)


def _contradictions(built: Mapping[str, Section]) -> list[str]:
    """What one section asks of another that does not give it."""
    alarms, mail = built.get("alarms"), built.get("mail")
    if isinstance(alarms, Alarms) and isinstance(mail, Mail) and alarms.mail_to and not mail.usable:
        return [_("cc_alarm_mail_to needs cc_mail_host and cc_mail_sender too")]
    return []


def _unknown(key: str, locate: Locate) -> str:
    named = {"where": _where(key, locate), "key": key}
    near = difflib.get_close_matches(key, known_keys(), n=1)
    if not near:
        return _("%(where)s%(key)s: no such variable") % named
    return _("%(where)s%(key)s: no such variable; did you mean %(near)s?") % {
        **named,
        "near": near[0],
    }


def _invalid(
    section: type[Section], error: ValidationError, locate: Locate, *, known: Container[str]
) -> list[str]:
    faults: list[str] = []
    for detail in error.errors(include_url=False):
        path = [str(part) for part in detail["loc"]]
        said = detail["msg"].removeprefix("Value error, ")
        if not path:  # variables that do not fit together; the message names them
            faults.append(said)
            continue
        key = section.prefix + path[0]
        spot = ".".join([key, *path[1:]])
        if detail["type"] == "missing" and len(path) == 1:
            if key in known:
                continue
            faults.append(_("%(key)s: missing; it has no default") % {"key": key})
            continue
        shown = ""
        if detail["type"] != "missing" and not is_secret(spot):
            shown = _(" (found: %(value)s)") % {"value": _short(detail["input"])}
        faults.append(f"{_where(key, locate)}{spot}: {said}{shown}")
    return faults


def _where(key: str, locate: Locate) -> str:
    place = locate(key)
    return f"{place}: " if place else ""


def is_secret(key: str) -> bool:
    """Whether a variable's value may not be shown; some URLs hold a password or are one."""
    return any(word in key for word in _SECRET_WORDS)


def _short(value: object) -> str:
    if isinstance(value, list):
        return _("a list")
    if isinstance(value, Mapping):
        return _("a mapping")  # it may hold secrets deep inside
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
