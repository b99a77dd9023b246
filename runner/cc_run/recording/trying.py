"""Does a test recording play, with picture and sound? Never while something is recorded or on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cc_run.language import _, joined
from cc_run.numbers import Number
from cc_run.probe import Context, Evidence, Finding, failed, in_thread, passed, skipped, warned
from cc_run.recording.obs import ObsConnection, RecordStatus
from cc_run.recording.process import running_obs
from cc_run.recording.trial import Tried
from cc_run.recording.turn import is_trial
from cc_run.settings.models import Obs
from cc_run.times import now
from cc_run.workspace import open_workspace

# The last moment for a test before an event begins.
_BEFORE: Final = timedelta(minutes=1)
_TIDYING_SECONDS: Final = 5.0
# What 16 bits can tell from zero, in dBFS.
_NOTHING: Final = -90.0


async def record_status(context: Context) -> RecordStatus:
    """What OBS records, as it was before this check recorded anything itself."""
    obs = context.settings.obs

    def ask() -> RecordStatus:
        with ObsConnection(obs) as connection:
            return connection.record_status()

    return await context.once("obs recording", lambda: in_thread(ask))


async def try_it(context: Context) -> Finding:
    """Records for some seconds and judges the file."""
    obs = context.settings.obs
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))
    status = await record_status(context)
    if status.active and not is_trial(status):
        return skipped(_("a recording is running, which is not disturbed"))
    on = await in_thread(lambda: _event_that_is_on(context))
    if on:
        return skipped(_("%(event)s is on") % {"event": on})
    still = context.evidence_dir / "obs-recording.jpg"
    tried = await _tried(obs, still)
    return _judged(context, tried, still)


def _event_that_is_on(context: Context) -> str:
    """The id of the room's event that is on, or begins in a minute; empty where there is none."""
    moment = now()
    store = open_workspace(context.settings).events
    found = store.between(moment, moment + _BEFORE, room=context.settings.host)
    cancelled = store.cancelled(event.number for event in found)
    return next((event.id for event in found if event.number not in cancelled), "")


async def _tried(obs: Obs, still: Path) -> Tried:
    wish: dict[str, Any] = {
        # The password goes through a pipe, where nobody else can read it.
        "obs": obs.model_dump(mode="json") | {"password": obs.password.get_secret_value()},
        "seconds": obs.trial_seconds,
        "still": str(still),
    }
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "TERM", "--"),
        *(sys.executable, "-m", "cc_run.recording.trial"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        answer, _errors = await process.communicate(json.dumps(wish).encode())
    except asyncio.CancelledError:
        # It has a recording to end: it is asked to, and left alone where OBS lets it wait.
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _TIDYING_SECONDS)
        raise
    return Tried(**json.loads(answer))


def _judged(context: Context, tried: Tried, still: Path) -> Finding:
    if tried.outcome == "busy":
        return skipped(_("a recording is running, which is not disturbed"))
    obs = context.settings.obs
    expected = _("a file of %(seconds)s s that plays, with picture and sound") % {
        "seconds": Number(obs.trial_seconds, 0)
    }
    trouble = _trouble(tried, obs.trial_seconds)
    if trouble:
        remedy = _("Close any dialog in the OBS window, or OBS itself; then run cc-run prepare.")
        return failed(trouble, expected, remedy)
    title = _("A picture out of the test recording")
    evidence = [Evidence("image", title, path=still)] if still.is_file() else []
    speak = _("Speak into the microphone; if nothing changes, check its cable and mute button.")
    if tried.loudest is None or tried.loudest <= _NOTHING:
        return failed(_("no sound in it, nothing but zeros"), expected, speak, evidence=evidence)
    found = _("%(seconds)s s, it plays; its loudest sound is at %(level)s dBFS") % {
        "seconds": Number(tried.seconds),
        "level": Number(tried.loudest, 0),
    }
    floor = context.settings.recording.silence_db
    if tried.loudest <= floor:
        above = _("above %(floor)s dBFS") % {"floor": Number(floor, 0)}
        return warned(found, above, speak, evidence=evidence)
    return passed(found, expected, evidence=evidence)


def _trouble(tried: Tried, wished: float) -> str:
    """Why there is no recording that plays; empty where there is one."""
    if tried.outcome == "gone":
        return _("OBS does not answer any more")
    if tried.outcome == "not started":
        return _("OBS did not start it")
    if tried.outcome == "damaged":
        return _("it cannot be played: %(reason)s") % {"reason": tried.complaint}
    parts = (("video", _("picture")), ("audio", _("sound")))
    lacking = [name for kind, name in parts if kind not in tried.streams]
    if lacking:
        return _("nothing in it of: %(parts)s") % {"parts": joined(lacking)}
    if tried.seconds < wished / 2:
        return _("only %(seconds)s s of it") % {"seconds": Number(tried.seconds)}
    return ""
