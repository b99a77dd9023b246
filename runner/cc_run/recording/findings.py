"""What stands out in a recording: where nothing is heard, where it is black, where it stands still.

None of it need be a fault: people are silent, and a slide does not move. So it is told, not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from cc_run.language import _, joined
from cc_run.recording.timeline import Timeline
from cc_run.times import format_clock, format_duration, format_span

Kind = Literal["silence", "black", "freeze"]
KINDS: Final[tuple[Kind, ...]] = ("silence", "black", "freeze")
# What ffmpeg's filters say on their way; what lasts until the end of the file has no end there.
_SAID: Final = re.compile(
    r"(?P<kind>silence|freeze|black)_(?P<edge>start|end):\s*(?P<seconds>-?\d+(?:\.\d+)?)"
)
# A black picture stands still too, and the filters see its edges at slightly different frames.
_EDGE: Final = 1.0
# Five pictures a second are looked at.
_FRAME: Final = 0.2


@dataclass(frozen=True)
class Span:
    """From where to where in the file, in seconds."""

    kind: Kind
    begins: float
    ends: float


@dataclass(frozen=True)
class Finding:
    """A span with its times on the wall."""

    span: Span
    start: datetime
    end: datetime

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.span.kind

    @property
    def seconds(self) -> float:
        """How much of the file it is."""
        return self.span.ends - self.span.begins

    def as_data(self) -> dict[str, Any]:
        """For the report and the journal; ``place`` is in seconds of the file."""
        return {
            "kind": self.kind,
            "from": self.start.isoformat(timespec="milliseconds"),
            "to": self.end.isoformat(timespec="milliseconds"),
            "seconds": round(self.seconds, 2),
            "place": round(self.span.begins, 2),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Finding:
        """What ``as_data`` gave."""
        place, seconds = float(data["place"]), float(data["seconds"])
        start, end = (datetime.fromisoformat(data[key]) for key in ("from", "to"))
        return cls(Span(data["kind"], place, place + seconds), start, end)


def spans_in(said: str, seconds: float) -> tuple[Span, ...]:
    """What ffmpeg's filters have said of a file that lasts so long, in its order."""
    open_since: dict[str, float] = {}
    spans: list[Span] = []
    for found in _SAID.finditer(said):
        kind, moment = found["kind"], min(max(float(found["seconds"]), 0.0), seconds)
        if found["edge"] == "start":
            open_since[kind] = moment
        elif kind in open_since:
            spans += _spans(kind, open_since.pop(kind), moment)
    for kind, moment in open_since.items():
        spans += _spans(kind, moment, seconds)
    black = [span for span in spans if span.kind == "black"]
    kept = [span for span in spans if span.kind != "freeze" or not _within(span, black)]
    return tuple(sorted(kept, key=lambda span: (span.begins, KINDS.index(span.kind))))


def _spans(kind: str, begins: float, ends: float) -> list[Span]:
    return [Span(known, begins, ends) for known in KINDS if known == kind and ends > begins]


def _within(span: Span, others: Iterable[Span]) -> bool:
    return any(
        other.begins - _EDGE <= span.begins and span.ends <= other.ends + _EDGE for other in others
    )


def findings_of(spans: Iterable[Span], timeline: Timeline) -> tuple[Finding, ...]:
    """The spans with their times; one that ends or begins at a gap stays on its side of it."""
    frame = timedelta(seconds=_FRAME)
    return tuple(
        Finding(
            span,
            timeline.at(span.begins + _FRAME) - frame,
            timeline.at(max(span.ends - _FRAME, 0.0)) + frame,
        )
        for span in spans
    )


def name_of(kind: Kind) -> str:
    """What people call it."""
    names = {
        "silence": _("nothing is heard"),
        "black": _("the picture is black"),
        "freeze": _("the picture stands still"),
    }
    return names[kind]


def told(finding: Finding, zone: str) -> str:
    """A finding in a line: its times, how long, and what."""
    start, end = (
        format_clock(moment, zone, seconds=True) for moment in (finding.start, finding.end)
    )
    length = format_span(timedelta(seconds=finding.seconds))
    return f"{start}–{end}  {length}  {name_of(finding.kind)}"


def summed(findings: Sequence[Finding]) -> str:
    """All of them in a sentence: how often each kind, and how long in all; empty without any."""
    parts = []
    for kind in KINDS:
        lengths = [finding.seconds for finding in findings if finding.kind == kind]
        if lengths:
            words = {
                "what": name_of(kind),
                "count": len(lengths),
                "length": format_duration(timedelta(seconds=sum(lengths))),
            }
            parts.append(_("%(what)s (%(count)s ×, %(length)s)") % words)
    if not parts:
        return ""
    return _("What stands out: %(findings)s") % {"findings": joined(parts)}
