"""Step 6: finished minutes and photos are attached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cc_run.cli.event import planned_event
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, say, table
from cc_run.errors import UsageFault
from cc_run.events import Event
from cc_run.language import _
from cc_run.workspace import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=_("Attach the finished minutes and the photos to an event (step 6)."))
@event_option
@click.option("--minutes", type=_FILE, help=_("The finished minutes."))
@click.option(
    "--photo",
    "photos",
    metavar="FILE|N",
    multiple=True,
    help=_("A photo, or the number of one from the recording; repeat it."),
)
@json_option
@with_workspace
def command(
    workspace: Workspace,
    event_text: str,
    minutes: Path | None,
    photos: tuple[str, ...],
    as_json: bool,
) -> None:
    """Attaches documents; without any, it shows the recording's pictures."""
    from cc_run.sequence.documents import attached, document, offered_photos

    event = planned_event(workspace, event_text)
    offered = offered_photos(workspace, event)
    if minutes is None and not photos:
        _show_offered(event, offered, as_json)
        return
    before = attached(workspace, event)
    if minutes is None and before is None:
        raise UsageFault(
            _("Which minutes are meant?"),
            _("Name them: cc-run document --event %(event)s --minutes FILE --photo FILE")
            % {"event": event.id},
        )
    chosen = [_photo(word, offered) for word in photos]
    if before is not None:
        # Who corrects the one keeps the other.
        minutes = minutes or before[0]
        chosen = chosen or list(before[1])
    done = document(workspace, event, minutes=minutes or Path(), photos=chosen)
    if as_json:
        emit(
            {
                "event": event.id,
                "minutes": done.minutes,
                "photos": done.photos,
                "remarks": done.remarks,
            }
        )
        return
    for remark in done.remarks:
        say(remark, "warn")
    say(
        _("The minutes are attached to %(event)s; photos: %(count)s.")
        % {"count": len(done.photos), "event": event.id},
        "ok",
    )
    say(_("Next: cc-run archive --event %(event)s") % {"event": event.id}, "next")


def _photo(word: str, offered: Sequence[Path]) -> Path:
    """The file that was named, or the recording's picture of that number."""
    path = Path(word)
    if not word.isdecimal() or path.exists():
        return path
    if not 1 <= int(word) <= len(offered):
        raise UsageFault(
            _("The recording offers no picture %(number)s.") % {"number": word},
            _("Without options, cc-run document --event ID shows those that it offers."),
        )
    return offered[int(word) - 1]


def _show_offered(event: Event, offered: Sequence[Path], as_json: bool) -> None:
    if as_json:
        emit({"event": event.id, "offered": offered})
        return
    if offered:
        words = {"folder": offered[0].parent}
        say(_("Pictures out of the recording, for --photo, in %(folder)s:") % words)
        rows = [(str(number), path.name) for number, path in enumerate(offered, start=1)]
        table((_("No"), _("File")), rows)
    else:
        say(_("The recording offers no pictures."))
    say(
        _("Next: cc-run document --event %(event)s --minutes FILE --photo %(photo)s")
        % {"event": event.id, "photo": "1" if offered else "FILE"},
        "next",
    )
