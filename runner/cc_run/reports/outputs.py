"""What the steps hand over, told in words; nothing secret passes here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from cc_run import sop
from cc_run.language import _, spoken
from cc_run.sentences import revived
from cc_run.times import format_duration

_SECRET_WORDS: Final = ("passcode", "password", "pwd", "secret", "token", "sandi", "start_url")
# The recording's own hash is in the journal; hashing such a file again would take minutes.
_HASHED_SIZE: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file of an output: its name, and its SHA-256 in hex where one is known."""

    name: str
    sha256: str = ""


@dataclass(frozen=True)
class Output:
    """An output in words, and its files."""

    words: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


def safe(value: Any) -> Any:
    """``value`` without passcodes and tokens, and web addresses without their query."""
    if isinstance(value, Mapping):
        return {
            key: safe(inner)
            for key, inner in value.items()
            if not any(word in str(key).lower() for word in _SECRET_WORDS)
        }
    if isinstance(value, (list, tuple)):
        return [safe(inner) for inner in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        # Zoom puts the encrypted passcode into the query.
        return urlunsplit(urlsplit(value)._replace(query="", fragment=""))
    return value


def told(step: int, output: Any) -> Output:
    """The step's output, as the journal keeps it, in words; empty where there is none."""
    if not isinstance(output, Mapping):
        return Output()
    given: dict[str, Any] = safe(output)
    return Output(tuple(_words(step, given)), tuple(_files(step, given)))


def fulfilled(step: int, index: int, output: Any) -> str:
    """What fulfils the step's requirement of that place, in a few words."""
    if not isinstance(output, Mapping):
        return ""
    given: dict[str, Any] = safe(output)
    found: dict[int, tuple[str, ...]] = {
        sop.RECAP: (_name(given.get("recap")),),
        sop.HOST: (str(given.get("host") or ""),),
        # Whether a laptop's Zoom was in the meeting is nowhere recorded, so nothing is claimed.
        sop.RECORD: ("", _name(given.get("file"))),
        sop.DOCUMENT: (_name(given.get("minutes")), _filing(given)),
    }
    return found[step][index] if step in found else ""


def proofs_told(proofs: Mapping[str, str]) -> list[str]:
    """How each copy of a bag was proven, by its target's name; as receipts keep it."""
    return [
        f"{target}: {'; '.join(_(one) for one in means.split('; '))}"
        for target, means in proofs.items()
    ]


def grouped_id(number: object) -> str:
    """A meeting's number as people read it out: 823 4567 8901."""
    digits = str(number).replace(" ", "")
    return f"{digits[:3]} {digits[3:-4]} {digits[-4:]}"


def _filing(given: Mapping[str, Any]) -> str:
    number = given.get("mipp_number")
    if number:
        return _("filed, number %(number)s") % {"number": number}
    return _("filed") if given.get("mipp") or given.get("receipt") else ""


def _words(step: int, given: Mapping[str, Any]) -> Iterator[str]:
    number, seconds = given.get("meeting_id"), given.get("seconds")
    told_of: dict[int, list[tuple[str, Any]]] = {
        sop.ASSIGN: [(_("Operator: %s"), given.get("operator"))],
        sop.RECAP: [(_("Register: %s"), _name(given.get("recap")))],
        sop.HOST: [
            (_("Meeting ID: %s"), grouped_id(number) if number else None),
            (_("Host: %s"), given.get("host")),
            (_("Link: %s"), given.get("join_url")),
            (_("Told: %s"), given.get("people")),
        ],
        sop.PREPARE: [
            ("%s", _("READY") if given.get("verdict") == "ready" else _("NOT READY")),
            ("%s", _counts(given)),
        ],
        sop.RECORD: [
            (_("Length: %s"), seconds and format_duration(timedelta(seconds=float(seconds)))),
            (_("Segments: %s"), given.get("segments")),
            *(("%s", remark) for remark in _remarks(given)),
            *(("%s", revived(one, spoken())) for one in given.get("products") or ()),
        ],
        sop.DOCUMENT: [
            (_("Photos: %s"), len(given.get("photos") or ())),
            (_("Archive copies: %s"), len(given.get("bags") or ())),
            *(("%s", line) for line in proofs_told(given.get("proofs") or {})),
            (_("Entry in MIPP: %s"), given.get("receipt")),
        ],
        sop.CLOSE: [(_("Report: %s"), _name(given.get("report")))],
    }
    return (form % value for form, value in told_of[step] if value)


def _remarks(given: Mapping[str, Any]) -> Sequence[str]:
    """What was worth saying of the recording; older entries kept only the words."""
    sentences = given.get("sentences")
    if sentences is None:
        return given.get("remarks") or ()
    return [revived(sentence, spoken()) for sentence in sentences]


def _counts(given: Mapping[str, Any]) -> str:
    counted = _("%(passed)s passed, %(warned)s attention, %(failed)s failed") % {
        name: given.get(name, 0) for name in ("passed", "warned", "failed")
    }
    if not given.get("skipped"):
        return counted
    return f"{counted}, " + _("%(skipped)s not checked") % {"skipped": given["skipped"]}


def _files(step: int, given: Mapping[str, Any]) -> Iterator[File]:
    # The register lives on and step 7's report is the one being written: neither has a last hash.
    items: dict[int, list[Any]] = {
        sop.HOST: [given.get("invitation")],
        sop.PREPARE: [given.get("report")],
        sop.RECORD: [given],
        sop.DOCUMENT: [given.get("minutes"), *(given.get("photos") or ())],
    }
    for item in items.get(step, []):
        if isinstance(item, Mapping):
            place = item.get("file") or item.get("path") or item.get("name")
            if place:
                yield File(_name(place), str(item.get("sha256") or "") or _sha256(Path(str(place))))
        elif item:
            yield File(_name(item), _sha256(Path(str(item))))


def _name(path: Any) -> str:
    return Path(str(path)).name if path else ""


def _sha256(path: Path) -> str:
    """The file's hash; empty where it is gone or too large to read for a report."""
    try:
        if path.stat().st_size > _HASHED_SIZE:
            return ""
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
