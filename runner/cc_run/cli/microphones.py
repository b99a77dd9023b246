"""``check mics``: leads a person through tapping each extension microphone."""

from __future__ import annotations

import sys

import click

from cc_run import sop
from cc_run.cli.output import emit, marked, say
from cc_run.errors import Refusal
from cc_run.events import Event
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.room.microphones import CHECKED, Tap, phone_microphone, tap_all
from cc_run.workspace import Workspace


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

    def ask(number: int) -> None:
        text = _("Tap microphone %(number)s") % {"number": number}
        click.echo(marked(click.style(text, bold=True), "next"), err=as_json)

    def tell(tap: Tap) -> None:
        click.echo(marked(_told(tap), "pass" if tap.answered else "fail"), err=as_json)

    count = wish.microphones
    text = _("%(count)s microphones, one after the other. Be quiet until one is asked for.")
    say(text % {"count": count}, error=as_json)
    taps = tap_all(hear, wish, ask=ask, tell=tell)
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
    elif silent:
        say(_("Check the cable of each that did not answer, and the phone's mute button."), "next")
    else:
        say(_("Every microphone answered."), "ok")
    return 1 if silent else 0


def _told(tap: Tap) -> str:
    facts = {"number": tap.number, "level": Number(tap.level, 0), "floor": Number(tap.floor, 0)}
    if tap.answered:
        return _("Microphone %(number)s answers: %(level)s dBFS over %(floor)s") % facts
    return _("Microphone %(number)s did not answer: %(level)s dBFS over %(floor)s") % facts
