"""Step 4: a person signs off what no probe can see."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from cc_run.cli.event import planned_event
from cc_run.cli.given import line
from cc_run.cli.options import event_option, json_option, with_workspace
from cc_run.cli.output import emit, heading, say
from cc_run.errors import Refusal, UsageFault
from cc_run.language import _
from cc_run.reports.judgement import Ticked
from cc_run.sequence.checklist import Answer, checklist, sign
from cc_run.times import format_moment
from cc_run.workspace import Workspace


@click.command(help=_("Sign off what no probe can see, line by line, in your name (step 4)."))
@event_option
@click.option("--all", "all_ok", is_flag=True, help=_("Everything is as it should be."))
@click.option("--ok", "fine", type=int, multiple=True, metavar="NUMBER", help=_("This line is."))
@click.option(
    "--no",
    "wrong",
    type=(int, line),
    multiple=True,
    metavar="NUMBER REASON",
    help=_("This line is not, and why."),
)
@json_option
@with_workspace
def command(
    workspace: Workspace,
    event_text: str,
    all_ok: bool,
    fine: tuple[int, ...],
    wrong: tuple[tuple[int, str], ...],
    as_json: bool,
) -> int:
    """Signs; exit code 1 while a line is open or not so."""
    event = planned_event(workspace, event_text)
    lines = checklist(workspace, event)
    if not lines:
        raise Refusal(
            _("This room has no checklist."),
            _("IT can set one: cc_checklist in the inventory, a sentence a line."),
        )
    answers = _given(lines, fine, wrong, all_ok=all_ok)
    if not answers and not as_json and _somebody_is_there():
        answers = _asked(lines)
    report = sign(workspace, event, answers) if answers else None
    lines = checklist(workspace, event)
    if as_json:
        emit({"event": event.id, "report": report, "checklist": [vars(one) for one in lines]})
    else:
        _show(workspace, lines)
        if report is not None:
            say(_("Report: %(path)s") % {"path": report})
    return 0 if all(one.ok for one in lines) else 1


def _given(
    lines: Sequence[Ticked],
    fine: Sequence[int],
    wrong: Sequence[tuple[int, str]],
    *,
    all_ok: bool,
) -> list[Answer]:
    """The answers of the command line, in the checklist's order."""
    reasons = dict(wrong)
    unknown = [number for number in (*fine, *reasons) if not 1 <= number <= len(lines)]
    if unknown:
        raise UsageFault(
            _("The checklist has no line %(number)s.") % {"number": unknown[0]},
            _("Its lines are 1 to %(count)s.") % {"count": len(lines)},
        )
    both = sorted(set(fine) & set(reasons))
    if both:
        raise UsageFault(
            _("Line %(number)s cannot be both.") % {"number": both[0]},
            _("Give it either with --ok or with --no."),
        )
    return [
        Answer(one.item, number not in reasons, reasons.get(number, ""))
        for number, one in enumerate(lines, start=1)
        if all_ok or number in fine or number in reasons
    ]


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(lines: Sequence[Ticked]) -> list[Answer]:
    """Asks for each line; an empty answer leaves it open."""
    say(_("Look at each; y is yes, n is no, Enter leaves it open."))
    answers = []
    for number, one in enumerate(lines, start=1):
        ok = _yes_or_no(f"{number}/{len(lines)}  {one.item}")
        if ok is None:
            continue
        note = "" if ok else click.prompt("     " + _("What is wrong?"), value_proc=line)
        answers.append(Answer(one.item, ok, note))
    return answers


def _yes_or_no(question: str) -> bool | None:
    yes, no = _("yes").casefold(), _("no").casefold()
    while True:
        typed = click.prompt(question, default="", show_default=False, prompt_suffix=" ? ")
        word = typed.strip().casefold()
        if not word:
            return None
        for whole, verdict in ((yes, True), (no, False), ("yes", True), ("no", False)):
            if whole.startswith(word):
                return verdict
        say(_("Answer with yes or no, or only Enter."), "warn")


def _show(workspace: Workspace, lines: Sequence[Ticked]) -> None:
    heading(_("What no probe can see"))
    for number, one in enumerate(lines, start=1):
        mark = "skip" if one.ok is None else "pass" if one.ok else "fail"
        told: str = _("not signed yet")
        if one.at is not None:
            told = f"{one.by}, {format_moment(one.at, workspace.settings.zone)}"
        say(f"{number}. {one.item}", mark)
        say("     " + (f"{one.note} · {told}" if one.note else told))
