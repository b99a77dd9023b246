"""What is filed of an event, and how the configured fields are filled in with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from cc_run.errors import Refusal, SettingsFault
from cc_run.language import _

_ALWAYS: Final = ("event_id", "title", "date", "start", "end", "place", "agency")
# Of the event, of the office, and what the minutes' head says; empty where it is not known.
MORE: Final = (
    *("agenda", "participants", "letter", "letter_date", "operator", "coordinator"),
    *("office", "unit", "chair", "secretary", "attendees"),
)


@dataclass(frozen=True)
class Activity:
    """An event's documents; date and times are the room's local ones."""

    event_id: str
    title: str
    date: date
    start: time
    end: time
    place: str
    agency: str
    minutes: Path
    photos: tuple[Path, ...] = ()
    attendance: Path | None = None
    recording: Path | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> dict[str, object]:
        """What a field's template may name; ``more`` are further texts by their names."""
        return {
            **dict.fromkeys(MORE, ""),
            **self.more,
            **{name: getattr(self, name) for name in _ALWAYS},
        }

    def digest(self, fields: Mapping[str, str], kinds: Iterable[str]) -> str:
        """The SHA-256 of what is filed: the filled-in fields, then the files as they are here.

        Minutes and photos always count, the attendance where ``kinds`` has it. The recording does
        not: it never changes, and reading it again for a receipt would take minutes.

        Raises:
            Refusal: a file is gone.
        """
        whole = hashlib.sha256(json.dumps(dict(fields), sort_keys=True).encode())
        attendance = (self.attendance,) if self.attendance and "attendance" in set(kinds) else ()
        for path in (self.minutes, *self.photos, *attendance):
            try:
                with path.open("rb") as file:
                    whole.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise Refusal(
                    _("%(path)s cannot be read: %(reason)s")
                    % {"path": path, "reason": error.strerror or error},
                    _("Document the event again with the right minutes and photos."),
                ) from error
        return whole.hexdigest()


def filled_in(
    templates: Mapping[str, str], values: Mapping[str, object], *, variable: str
) -> dict[str, str]:
    """The templates' texts; dates come out as 2026-11-24 and times as 09:00.

    Args:
        templates: By a name that a message may show.
        values: What the templates may name.
        variable: The setting that holds them, for the message.

    Raises:
        SettingsFault: a template names what does not exist, or is no template.
    """
    texts = {}
    for name, template in templates.items():
        try:
            texts[name] = _environment().from_string(template).render(values)
        except TemplateError as error:
            raise SettingsFault(
                _("%(variable)s: %(name)s cannot be filled in: %(reason)s")
                % {"variable": variable, "name": name, "reason": error.message},
                _("It may name: %(names)s.") % {"names": ", ".join(values)},
            ) from error
    return texts


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, finalize=_plain)


def _plain(value: object) -> object:
    return value.strftime("%H:%M") if isinstance(value, time) else value
