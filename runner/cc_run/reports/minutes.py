"""The minutes (notula): a draft that knows what is known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import content
from cc_run.durable import replace_file
from cc_run.errors import Refusal, SettingsFault
from cc_run.events import Event
from cc_run.language import LANGUAGES, N_, _, speaking
from cc_run.settings import Settings
from cc_run.times import format_clock, format_day, zone_name

LABELS: Final = {
    "minutes": N_("MINUTES"),
    "title": N_("Title"),
    "day": N_("Day, date"),
    "time": N_("Time"),
    "place": N_("Place"),
    "agency": N_("Agency"),
    "letter": N_("Letter"),
    "chair": N_("Chair"),
    "secretary": N_("Minutes taken by"),
    "participants": N_("Participants"),
    "agenda": N_("Agenda"),
    "opening": N_("Opening"),
    "discussion": N_("Discussion"),
    "decisions": N_("Decisions"),
    "closing": N_("Closing"),
    "acknowledged": N_("Acknowledged by"),
    "chair_signs": N_("Chair of the meeting"),
    "secretary_signs": N_("Taker of the minutes"),
    "rank": N_("Rank"),
    "attendance": N_("Attendance"),
    "number": N_("No"),
    "name": N_("Name"),
    "joined": N_("Joined"),
    "left": N_("Left"),
    "duration": N_("Minutes"),
}
# What a person has to write; each stands in «…» until then.
_PROMPTS: Final = {
    "chair": N_("name of the chair"),
    "secretary": N_("name of who takes the minutes"),
    "agenda": N_("write the agenda here"),
    "opening": N_("write here who opened the meeting, and when"),
    "discussion": N_("write here what was said, by whom"),
    "decisions": N_("write here what was decided, who does it, until when"),
    "closing": N_("write here who closed the meeting, and when"),
}


@dataclass(frozen=True)
class Present:
    """Someone who attended; the times as the list tells them, and whole minutes.

    A template that only names it gets the name.
    """

    name: str
    joined: str = ""
    left: str = ""
    minutes: str = ""

    def __str__(self) -> str:
        return self.name


def draft_minutes(
    path: Path, *, settings: Settings, event: Event, attendance: Sequence[Present] = ()
) -> Path:
    """Writes a draft of the event's minutes (.docx) and returns ``path``.

    Args:
        path: Where to write; what is there already is a person's work and stays.
        settings: The room's settings.
        event: The event.
        attendance: Who attended, if known.

    Raises:
        Refusal: there is a file already.
        SettingsFault: the office's template cannot be read or filled in.
        OutsideFailure: it cannot be written.
    """
    if path.exists():
        raise Refusal(
            _("The minutes are there already: %(path)s") % {"path": path},
            _("Go on writing there, or move the file away for a new draft."),
        )
    with speaking(settings.room.document_language):
        values = _values(settings, event, attendance)
    template = settings.room.minutes_template or content.templates() / "minutes.docx"
    return replace_file(path, _filled_in(template, values))


def _filled_in(template: Path, values: dict[str, Any]) -> bytes:
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    # The office writes the template; it may name values and do nothing else.
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        document = DocxTemplate(template)
        document.render(values, environment, autoescape=True)
        written = io.BytesIO()
        document.save(written)
    except (TemplateError, PackageNotFoundError, OSError, ValueError, KeyError) as error:
        raise SettingsFault(
            _("The template of the minutes %(path)s cannot be filled in: %(reason)s")
            % {"path": template, "reason": str(error) or type(error).__name__},
            _("Correct it in a word processor (cc_minutes_template); it may name: %(names)s.")
            % {"names": ", ".join(values)},
        ) from error
    return written.getvalue()


def _values(settings: Settings, event: Event, attendance: Sequence[Present]) -> dict[str, Any]:
    prompts = _prompts()
    zone = settings.zone
    day = format_day(event.starts_at.astimezone(settings.room.zone).date())
    span = f"{format_clock(event.starts_at, zone)}–{format_clock(event.ends_at, zone)}"
    known = len(attendance) or event.participants
    return {
        "room": settings.room,
        "event": event,
        "label": {name: _(text) for name, text in LABELS.items()},
        "prompt": prompts,
        "head": {
            "title": event.title,
            "day": day,
            "time": f"{span} {zone_name(event.starts_at, zone)}",
            "place": event.place,
            "agency": event.agency,
            "letter": f"{event.letter.number}, {format_day(event.letter.date)}",
            "chair": prompts["chair"],
            "secretary": prompts["secretary"],
            "participants": _("%(count)s people") % {"count": known} if known else "–",
        },
        "agenda": [line.strip() for line in event.agenda.splitlines() if line.strip()]
        or [prompts["agenda"]],
        "attendance": list(attendance),
        "signed_on": day,
    }


def prompts_by_text() -> dict[str, str]:
    """What each «prompt» asks for, in every language: a draft may have been made in another one."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            found.update({text: name for name, text in _prompts().items()})
    return found


def _prompts() -> dict[str, str]:
    return {name: f"«{_(text)}»" for name, text in _PROMPTS.items()}
