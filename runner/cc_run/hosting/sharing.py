"""Whether the agency was told how to join: the output of step 3, as the journal has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cc_run.hosting import records
from cc_run.journal import Entry
from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, skipped, warned
from cc_run.workspace import open_workspace

SHARED: Final = "meeting.shared"


@dataclass(frozen=True)
class Sharing:
    """Who was told of the present meeting, and whether it has changed since the last was told."""

    told: tuple[str, ...]
    outdated: bool


def sharing_of(entries: Sequence[Entry]) -> Sharing | None:
    """What the journal says of the event's meeting; None where there is no meeting."""
    record = records.meeting_of(entries)
    if record is None or record.meeting_id is None:
        return None
    told: list[str] = []
    outdated = False
    for entry in entries:
        if entry.kind in (records.CREATED, records.CANCELLED):
            told, outdated = [], False
        elif entry.kind in (records.CHANGED, records.TAKEN):
            outdated = bool(told)
        elif entry.kind == SHARED:
            told.append(str(entry.data["to"]))
            outdated = False
    return Sharing(tuple(dict.fromkeys(told)), outdated)


async def _shared(context: Context) -> Finding:
    event = context.event
    if event is None:
        return skipped(_("no event was named"))
    workspace = open_workspace(context.settings)
    sharing = sharing_of(await in_thread(lambda: workspace.journal.entries(event.id)))
    expected = _("%(agency)s has id and passcode") % {"agency": event.agency}
    if sharing is None:
        return failed(
            _("there is no meeting yet"),
            expected,
            _("Make it: cc-run host create --event %(event)s") % {"event": event.id},
        )
    share = _(
        "Send the invitation, and note who has it: cc-run host share --event %(event)s --to NAME"
    ) % {"event": event.id}
    if not sharing.told:
        return warned(_("nobody is noted as told"), expected, share)
    names = {"names": ", ".join(sharing.told)}
    if sharing.outdated:
        return warned(_("told before it changed: %(names)s") % names, expected, share)
    return passed(_("told: %(names)s") % names, expected)


PROBES = (Probe("event.shared", N_("Meeting is shared with the agency"), _shared),)
