"""Step 2: the schedule register as a spreadsheet."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cc_run.cli.given import new_file
from cc_run.cli.options import ExistingFile, json_option, with_workspace
from cc_run.cli.output import emit, say, table
from cc_run.events import Event
from cc_run.events.columns import TITLES
from cc_run.events.recap_values import row_values
from cc_run.language import N_, _
from cc_run.times import format_clock, format_short, now
from cc_run.workspace import Workspace

if TYPE_CHECKING:
    from cc_run.sequence.comparing import Judgement

_MOST_ROWS: Final = 100
_ORDER: Final = ("contradictory", "changed", "new", "skipped", "same")
_WORDS: Final = {
    "new": N_("new"),
    "changed": N_("changed"),
    "same": N_("same"),
    "skipped": N_("skipped"),
    "contradictory": N_("contradictory"),
}


@click.group(help=_("The schedule register (File Rekap Jadwal Vidcon) as a spreadsheet."))
def command() -> None:
    """The group of recap commands."""


@command.command("export", help=_("Write the events into the register; the office's own stays."))
@click.option("--output", type=new_file, help=_("Another file than the room's."))
@click.option(
    "--days",
    default=400,
    show_default=True,
    type=click.IntRange(0, 36_500),
    help=_("How far back and ahead."),
)
@json_option
@with_workspace
def export(workspace: Workspace, output: Path | None, days: int, as_json: bool) -> None:
    """Writes the register."""
    from cc_run.sequence.register import write_register

    span = timedelta(days=days)
    moment = now()
    events = workspace.events.between(moment - span, moment + span, room=workspace.settings.host)
    path = write_register(workspace, events, output)
    if as_json:
        emit({"recap": path, "events": len(events)})
    else:
        say(
            _("Events written: %(count)s, in %(path)s") % {"count": len(events), "path": path}, "ok"
        )


@command.command("import", help=_("Read a register; add and change the events that it tells of."))
@click.argument("path", metavar="FILE", type=ExistingFile)
@click.option("--apply", is_flag=True, help=_("Do it; without, it is only shown."))
@json_option
@with_workspace
def import_register(workspace: Workspace, path: Path, apply: bool, as_json: bool) -> int:
    """Takes an office's register over; exit code 1 when a row contradicts something."""
    from cc_run.events.recap_reading import read_register
    from cc_run.sequence.comparing import Verdict, judge

    register = read_register(path)
    judged = judge(workspace, register, now())
    if apply:
        from cc_run.sequence.importing import take_over

        judged = take_over(workspace, judged)
    counts = Counter(str(one.verdict) for one in judged)
    if as_json:
        emit(
            {
                "file": path,
                "applied": apply,
                "counts": {word: counts[word] for word in _WORDS},
                "rows": [_as_dict(workspace, one) for one in judged],
                "unread_sheets": register.unread,
            }
        )
    else:
        _show_rows(workspace, [one for one in judged if one.verdict is not Verdict.SAME])
        _show_sum(path, apply, counts, register.unread)
    return 1 if counts[Verdict.CONTRADICTORY] else 0


def _show_rows(workspace: Workspace, judged: Sequence[Judgement]) -> None:
    if not judged:
        return
    # Nobody reads thousands of lines: what asks for an answer first, and of the rest a sample.
    urgent = sorted(range(len(judged)), key=lambda at: _ORDER.index(judged[at].verdict))
    shown = [judged[at] for at in sorted(urgent[:_MOST_ROWS])]
    rows = []
    for one in shown:
        plan = one.plan or one.event
        when = one.row.text("day")
        if plan is not None:
            end = format_clock(plan.ends_at, workspace.zone)
            when = f"{format_short(plan.starts_at, workspace.zone)}–{end}"
        changes = [f"{TITLES[key]}: {old} → {new}" for key, old, new in _changes(workspace, one)]
        rows.append(
            (
                f"{one.row.sheet}, {one.row.row}",
                _(_WORDS[one.verdict]),
                one.event.id if one.event is not None else one.row.code or "–",
                when,
                one.row.text("title"),
                "\n".join([*one.reasons, *changes]),
            )
        )
    table((_("Row"), _("Result"), _("Event"), _("When"), _("Title"), _("Why")), rows)
    if len(judged) > len(shown):
        say(
            _("And %(count)s more rows; --json shows them all.")
            % {"count": len(judged) - len(shown)}
        )


def _show_sum(path: Path, applied: bool, counts: Counter[str], unread: Sequence[str]) -> None:
    for sheet in unread:
        say(_("The sheet «%(sheet)s» has no column titles and is not read.") % {"sheet": sheet})
    contradictory, waiting = counts["contradictory"], counts["new"] + counts["changed"]
    told = ", ".join(f"{counts[word]} {_(text)}" for word, text in _WORDS.items() if counts[word])
    say(told or _("There is no event in it."), "fail" if contradictory else "ok")
    if contradictory:
        say(_("Correct the contradictory rows in the register and read it again."), "next")
    if waiting and not applied:
        say(
            _("Nothing is changed yet. Next: cc-run recap import %(path)s --apply")
            % {"path": shlex.quote(str(path))},
            "next",
        )
    elif counts["changed"]:
        say(_("Next, for each changed event: cc-run host sync --event ID"), "next")


def _changes(workspace: Workspace, one: Judgement) -> list[tuple[str, Any, Any]]:
    """What a row changes, as the register says it: column key, old, new."""
    if one.verdict != "changed" or one.event is None or one.plan is None:
        return []
    wished = Event(**one.plan.model_dump(), number=one.event.number)
    before = row_values(one.event, workspace.settings)
    after = row_values(wished, workspace.settings)
    return [
        (key, before.get(key, "–"), after.get(key, "–"))
        for key in TITLES
        if before.get(key) != after.get(key)
    ]


def _as_dict(workspace: Workspace, one: Judgement) -> dict[str, Any]:
    plan = one.plan or one.event
    return {
        "sheet": one.row.sheet,
        "row": one.row.row,
        "verdict": str(one.verdict),
        "event": one.event.id if one.event is not None else None,
        "title": one.row.text("title"),
        "starts_at": plan.starts_at if plan is not None else None,
        "ends_at": plan.ends_at if plan is not None else None,
        "reasons": list(one.reasons),
        "changes": {key: {"from": old, "to": new} for key, old, new in _changes(workspace, one)},
    }
