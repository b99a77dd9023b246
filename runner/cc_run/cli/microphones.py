"""``check mics``: leads a person through tapping each extension microphone."""

from __future__ import annotations

import sys
from typing import Final

import click

from cc_run import sop
from cc_run.cli.output import emit, marked, say
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.room.microphones import CHECKED, Guide, Tap, phone_microphone, tap_all
from cc_run.workspace import Workspace

_BAR: Final = 30
_ERASE: Final = "\r\x1b[K"


def check_microphones(workspace: Workspace, event: Event | None, *, as_json: bool) -> int:
    """Exit code 1 when a microphone did not answer.

    Raises:
        Refusal: nobody is there to tap.
        OutsideFailure: the phone is not there or gives no sound.
    """
    prompts = sys.stderr if as_json else sys.stdout
    if not (sys.stdin.isatty() and prompts.isatty()):
        raise Refusal(
            _("Tapping the microphones takes a person at a terminal."),
            _("Type it in a terminal of the room's laptop; without one: cc-run check sound"),
        )
    wish = workspace.settings.conference_audio
    hear = phone_microphone(wish)
    text = _("%(count)s microphones, one after the other. Be quiet until one is asked for.")
    say(text % {"count": wish.microphones}, error=as_json)
    try:
        taps = tap_all(hear, wish, _guide(wish.floor_db, error=as_json))
    finally:
        click.echo(_ERASE, nl=False, err=as_json)
    if event is not None:
        workspace.journal.append(
            CHECKED,
            event_id=event.id,
            step=sop.PREPARE,
            actor=workspace.actor,
            data={"microphones": [tap.facts() for tap in taps]},
        )
    silent = [tap for tap in taps if not tap.answered]
    if as_json:
        emit({"microphones": [tap.facts() for tap in taps]})
    else:
        _sum_up(taps, silent)
    return 1 if silent else 0


def _guide(floor: float, *, error: bool) -> Guide:
    """What the person sees: a line that moves while the room is heard, and one that stays."""

    def moving(text: str) -> None:
        click.echo(_ERASE + text, nl=False, err=error)

    def quiet() -> None:
        moving(click.style("  " + _("Quiet, please …"), dim=True))

    def ask(number: int, again: bool) -> None:
        words = (
            _("Tap microphone %(number)s once more") if again else _("Tap microphone %(number)s")
        )
        text = words % {"number": number}
        moving(marked(click.style(text, bold=True), "next") + "\n")

    def hears(level: float, left: float) -> None:
        full = round(_BAR * min(1.0, max(0.0, 1 - level / floor)))
        bar = click.style("█" * full, fg="green") + click.style("░" * (_BAR - full), dim=True)
        facts = {"level": f"{Number(level, 0)!s:>4}", "left": f"{max(0.0, left):.0f}"}
        moving(f"  {bar}  " + _("%(level)s dBFS, %(left)s s left") % facts)

    def tell(tap: Tap) -> None:
        moving(marked(_told(tap), "pass" if tap.answered else "fail") + "\n")

    return Guide(quiet, ask, hears, tell)


def _sum_up(taps: list[Tap], silent: list[Tap]) -> None:
    if not silent:
        say(_("Every microphone answered."), "ok")
    elif len(silent) == len(taps):
        say(_("None answered: press the phone's mute button and check its cable."), "next")
    else:
        names = ", ".join(str(tap.number) for tap in silent)
        text = _("Check the cable of microphone %(names)s, then: cc-run check mics")
        say(text % {"names": names}, "next")


def _told(tap: Tap) -> str:
    facts = {"number": tap.number, "level": Number(tap.level, 0), "floor": Number(tap.floor, 0)}
    if tap.answered:
        return _("Microphone %(number)s answers: %(level)s dBFS over %(floor)s") % facts
    return _("Microphone %(number)s did not answer: %(level)s dBFS over %(floor)s") % facts
