"""Step 6: the minutes are drafted, and the finished ones attached with the photos."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.archive.contents import ATTACHED, REPORTED
from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure, Refusal, UsageFault
from cc_run.events import Event
from cc_run.language import _
from cc_run.reports.finished_minutes import check_minutes, head_of
from cc_run.reports.minutes import draft_minutes
from cc_run.reports.photos import KINDS, Photo, Unfit, examine
from cc_run.sequence.attending import kept_attendance
from cc_run.sequence.reporting import write_report
from cc_run.workspace import Workspace

# Below the event's folder: what the recording offers, and what people gave as they gave it.
_OFFERED: Final = ("recording/candidates", "stills")
_ORIGINALS: Final = "originals"


@dataclass(frozen=True)
class Draft:
    """The draft of an event's minutes, and whether it is new or was there already."""

    path: Path
    made: bool


@dataclass(frozen=True)
class Attached:
    """What was attached, and what is worth knowing of it."""

    minutes: Path
    photos: tuple[Path, ...]
    remarks: tuple[str, ...]


def draft_for(workspace: Workspace, event: Event, path: Path | None = None) -> Draft:
    """Writes the draft of the minutes where there is none yet; one begun is never overwritten."""
    draft = path or _draft_path(workspace, event)
    if draft.exists():
        return Draft(draft, made=False)
    names = kept_attendance(workspace, event)
    draft_minutes(draft, settings=workspace.settings, event=event, attendance=names)
    return Draft(draft, made=True)


def offered_photos(workspace: Workspace, event: Event) -> list[Path]:
    """Pictures out of the recording that may serve as photos of the activity, in their order."""
    folder = workspace.event_dir(event)
    for name in _OFFERED:
        found = sorted(path for path in (folder / name).glob("*") if path.suffix.lower() in KINDS)
        if found:
            return found
    return []


def document(
    workspace: Workspace, event: Event, *, minutes: Path, photos: Sequence[Path]
) -> Attached:
    """Attaches the finished minutes and the photos to the event.

    Photos are kept upright and without the place where they were taken; where that changes them,
    the given file is kept beside them.

    Raises:
        UsageFault: a file is not there.
        Refusal: the minutes are empty or still the draft, or a photo is none or too small.
    """
    _require_files(minutes, photos)
    if not photos:
        raise _no_photo(workspace, event)
    fit = _examined(workspace, event, minutes, photos)
    with workspace.journal.step(event.id, sop.DOCUMENT, workspace.actor) as step:
        folder = workspace.event_dir(event)
        kept = _copied(minutes, folder / "minutes" / minutes.name)
        pictures = [_keep(path, photo, folder / "photos") for path, photo in fit]
        kept_attendance(workspace, event)
        documents: dict[str, Any] = {
            "minutes": str(kept),
            "photos": [str(picture) for picture in dict.fromkeys(pictures)],
            "head": head_of(kept),
        }
        step.note(ATTACHED, documents)
        report = folder / "reports" / "sop.html"
        write_report(workspace, event, report)
        step.note(REPORTED, {"path": str(report)})
        step.open = True  # the step ends when all of it is archived and filed
    remarks = tuple(remark for _path, photo in fit for remark in photo.remarks)
    return Attached(kept, tuple(dict.fromkeys(pictures)), remarks)


def attached(workspace: Workspace, event: Event) -> tuple[Path, tuple[Path, ...]] | None:
    """The minutes and photos that were attached last; None where there are none yet."""
    entry = workspace.journal.latest(event.id, ATTACHED)
    if entry is None:
        return None
    return Path(entry.data["minutes"]), tuple(Path(photo) for photo in entry.data["photos"])


def _draft_path(workspace: Workspace, event: Event) -> Path:
    return workspace.state_dir / "drafts" / f"{event.id}_Notulen.docx"


def _require_files(minutes: Path, photos: Sequence[Path]) -> None:
    for path in (minutes, *photos):
        if not path.is_file():
            raise UsageFault(
                _("There is no file %(path)s.") % {"path": path},
                _("Check --minutes and --photo."),
            )


def _no_photo(workspace: Workspace, event: Event) -> Refusal:
    message = _("The procedure asks for photos of the activity.")
    offered = offered_photos(workspace, event)
    if not offered:
        return Refusal(message, _("Name at least one with --photo."))
    return Refusal(
        message,
        _(
            "Name at least one with --photo, or choose from the recording's by number: "
            "cc-run document --event %(event)s shows them."
        )
        % {"event": event.id},
    )


def _examined(
    workspace: Workspace, event: Event, minutes: Path, photos: Sequence[Path]
) -> list[tuple[Path, Photo]]:
    """The photos as they will be kept, once minutes and photos are all fit."""
    problems = check_minutes(minutes, _draft_path(workspace, event))
    if problems:
        raise Refusal(
            _("The minutes %(path)s are not finished:%(problems)s")
            % {"path": minutes, "problems": _listed(problems)},
            _("Complete them (what stands in «…» waits for your words) and attach them again."),
        )
    looked_at = [(path, examine(path)) for path in photos]
    unfit = [str(found.reason) for _path, found in looked_at if isinstance(found, Unfit)]
    if unfit:
        raise Refusal(
            _("Not every photo can be attached:%(problems)s") % {"problems": _listed(unfit)},
            _("Choose others, or save them as JPEG, PNG or WebP, and attach all again."),
        )
    return [(path, found) for path, found in looked_at if isinstance(found, Photo)]


def _listed(problems: Sequence[str]) -> str:
    return "".join(f"\n    • {one}" for one in problems)


def _keep(path: Path, photo: Photo, folder: Path) -> Path:
    """The photo in the event's folder, under its own name or, where that is taken, a numbered one.

    The given file is kept too where it was changed.
    """
    given, number = path.read_bytes(), 1
    suffix = path.suffix.lower()
    while True:
        name = f"{path.stem}{'' if number == 1 else f'-{number}'}{suffix}"
        kept, original = folder / name, folder / _ORIGINALS / name
        before = original if original.exists() else kept
        if not kept.exists() or before.read_bytes() == given or kept.resolve() == path.resolve():
            break
        number += 1
    if kept.exists() and kept.read_bytes() == photo.content:
        return kept
    if photo.cleaned:
        replace_file(original, given)
    return replace_file(kept, photo.content)


def _copied(path: Path, kept: Path) -> Path:
    if kept.resolve() == path.resolve():
        return kept
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_name(kept.name + ".part")
        shutil.copyfile(path, partial)
        partial.replace(kept)
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be kept in %(folder)s: %(reason)s")
            % {"path": path, "folder": kept.parent, "reason": error.strerror},
            _("Free some space, then attach it again."),
        ) from error
    return kept
