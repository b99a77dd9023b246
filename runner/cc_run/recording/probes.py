"""What must be true of OBS before an event: it answers, is set as the room wants, and has disk."""

from __future__ import annotations

import asyncio
import math
import shutil
from collections.abc import Mapping
from typing import Final

from cc_run.language import N_, _, joined
from cc_run.numbers import Number
from cc_run.probe import (
    Context,
    Evidence,
    Finding,
    Probe,
    failed,
    in_thread,
    passed,
    skipped,
    warned,
)
from cc_run.recording.levels import microphone_levels
from cc_run.recording.obs import ObsConnection
from cc_run.recording.observation import Frames, frames_of
from cc_run.recording.process import age, running_obs
from cc_run.recording.sources import differing
from cc_run.recording.trying import record_status, try_it
from cc_run.recording.turn import is_trial
from cc_run.settings.models import Obs

_METER_SECONDS: Final = 1.0
_HOURS_WITHOUT_EVENT: Final = 3.0
# An OBS that has just started is late with its first frames.
_SETTLING_SECONDS: Final = 8.0
# A test recording takes its time, also where OBS is slow to end it.
_TRIAL_SECONDS: Final = 40.0


async def _answers(context: Context) -> Finding:
    obs = context.settings.obs
    if running_obs(obs) is None:
        return failed(
            _("OBS is not running"),
            _("running"),
            _("Start it in the room's desktop session: cc-run prepare --event next"),
        )

    def ask() -> str:
        with ObsConnection(obs) as connection:
            return connection.version()

    return passed(
        _("OBS %(version)s answers on port %(port)s")
        % {"version": await in_thread(ask), "port": obs.port}
    )


async def _version(context: Context) -> Finding:
    obs = context.settings.obs
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))

    def ask() -> tuple[str, str]:
        with ObsConnection(obs) as connection:
            told = connection.ask("GetVersion")
            return str(told["obsVersion"]), str(told["obsWebSocketVersion"])

    version, websocket = await in_thread(ask)
    found = _("OBS %(version)s with websocket %(websocket)s") % {
        "version": version,
        "websocket": websocket,
    }
    known = {"oldest": obs.oldest_version, "newest": obs.newest_version}
    expected = _("from %(oldest)s to %(newest)s") % known
    if _numbers(version) < _numbers(obs.oldest_version):
        return failed(found, expected, _("Ask IT to install a newer OBS Studio."))
    newest = _numbers(obs.newest_version)
    if _numbers(version)[: len(newest)] > newest:
        return warned(
            found, expected, _("Record a minute and look at it: this OBS is newer than the known.")
        )
    return passed(found, expected)


def _numbers(version: str) -> tuple[int, ...]:
    """``29.0.2`` as numbers; what follows a dash (a beta) is left out."""
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())


async def _setup(context: Context) -> Finding:
    obs = context.settings.obs
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))
    found, wished = await in_thread(lambda: _found_setup(obs)), _wished_setup(obs)
    wrong = {name: value for name, value in found.items() if wished[name] != value}
    if wrong:
        return failed(
            _listed(wrong),
            _listed({name: wished[name] for name in wrong}),
            _("Look for an open dialog in the OBS window and answer it, then prepare again."),
        )
    return passed(_listed(found))


def _listed(facts: Mapping[str, str]) -> str:
    return joined(joined((name, value), ": ") for name, value in facts.items())


def _wished_setup(obs: Obs) -> dict[str, str]:
    return {
        _("profile"): obs.profile,
        _("scene collection"): obs.collection,
        _("scene"): obs.scene,
        _("picture"): f"{obs.width}x{obs.height}@{obs.fps}",
        _("folder"): str(obs.record_dir),
    }


def _found_setup(obs: Obs) -> dict[str, str]:
    with ObsConnection(obs) as connection:
        video = connection.ask("GetVideoSettings")
        rate = round(video["fpsNumerator"] / video["fpsDenominator"])
        return {
            _("profile"): connection.ask("GetProfileList")["currentProfileName"],
            _("scene collection"): connection.ask("GetSceneCollectionList")[
                "currentSceneCollectionName"
            ],
            _("scene"): connection.ask("GetCurrentProgramScene")["currentProgramSceneName"],
            _("picture"): f"{video['outputWidth']}x{video['outputHeight']}@{rate}",
            _("folder"): connection.ask("GetRecordDirectory")["recordDirectory"],
        }


async def _sources(context: Context) -> Finding:
    obs = context.settings.obs
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))

    def ask() -> tuple[list[str], list[str]]:
        with ObsConnection(obs) as connection:
            return differing(connection, obs)

    wrong, more = await in_thread(ask)
    expected = joined(source.name for source in obs.sources)
    if wrong:
        return failed(
            joined(wrong, "; "),
            expected,
            _("Close OBS, then run cc-run prepare, which makes the scenes as they should be."),
        )
    if more:
        return warned(
            _("also in the recorded scene: %(sources)s") % {"sources": joined(more)},
            expected,
            _("Look whether it covers the picture; hide or remove it in the OBS window."),
        )
    return passed(expected, expected)


async def _frames(context: Context) -> Finding:
    obs = context.settings.obs
    pid = running_obs(obs)
    if pid is None:
        return skipped(_("OBS is not running"))

    def ask() -> Frames:
        with ObsConnection(obs) as connection:
            return frames_of(connection)

    await asyncio.sleep(max(0.0, _SETTLING_SECONDS - age(pid)))
    before = await in_thread(ask)
    await asyncio.sleep(obs.trial_seconds)
    after = await in_thread(ask)
    rendered = after.rendered - before.rendered
    expected = _("at most %(percent)s %% late") % {"percent": Number(obs.lagged_percent)}
    if rendered <= 0:
        return failed(_("OBS draws no picture"), expected, _("Close OBS, then run cc-run prepare."))
    late = after.lagged - before.lagged + after.dropped - before.dropped
    percent = 100 * late / rendered
    found = _("%(percent)s %% of %(count)s frames late") % {
        "percent": Number(percent),
        "count": rendered,
    }
    if percent > obs.lagged_percent:
        return warned(
            found, expected, _("Close other programs on the laptop, then check again; or tell IT.")
        )
    return passed(found, expected)


async def _sound(context: Context) -> Finding:
    obs, floor = context.settings.obs, context.settings.recording.silence_db
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))
    levels = await in_thread(lambda: microphone_levels(obs, _METER_SECONDS))
    if not levels:
        return failed(
            _("OBS has no audio source"),
            _("a microphone"),
            _("Close OBS and prepare again: its audio sources are made anew."),
        )
    shown = joined(joined((name, _level(level)), " ") for name, level in levels.items())
    evidence = [
        Evidence("trace", name, values=(level,), unit="dBFS")
        for name, level in levels.items()
        if level is not None and math.isfinite(level)
    ]
    if any(level is not None and level > floor for level in levels.values()):
        return passed(shown, evidence=evidence)
    return warned(
        shown,
        _("above %(floor)s dBFS") % {"floor": Number(floor, 0)},
        _("Speak into the microphone; if nothing changes, check its cable and mute button."),
        evidence=evidence,
    )


def _level(level: float | None) -> str:
    if level is None:
        return _("not opened")
    return _("silent") if level == -math.inf else joined((Number(level, 0), "dBFS"), " ")


async def _disk(context: Context) -> Finding:
    obs, event = context.settings.obs, context.event
    if not obs.record_dir.is_dir():
        return failed(
            _("%(folder)s is missing") % {"folder": obs.record_dir},
            _("a folder"),
            _("Connect the disk that it is on, then prepare again."),
        )
    hours = event.duration.total_seconds() / 3600 if event else _HOURS_WITHOUT_EVENT
    needed = hours * 3600 * (obs.video_bitrate + obs.audio_bitrate) * 125 / 2**30
    free = shutil.disk_usage(obs.record_dir).free / 2**30
    found = _("%(free)s GiB free") % {"free": Number(free)}
    expected = _("%(needed)s GiB for a recording of %(hours)s h") % {
        "needed": Number(needed),
        "hours": Number(hours),
    }
    if free < needed:
        return failed(
            found,
            expected,
            _("Free some space on this disk; archived recordings may move away."),
        )
    return passed(found, expected)


async def _idle(context: Context) -> Finding:
    if running_obs(context.settings.obs) is None:
        return skipped(_("OBS is not running"))
    status = await record_status(context)
    if is_trial(status):
        return passed(_("no recording is running but another check's test"))
    if status.active:
        return warned(
            _("a recording is running"),
            _("none"),
            _("If it is not this event's, stop it: cc-run record stop"),
        )
    return passed(_("no recording is running"))


PROBES = (
    Probe("obs.answers", N_("OBS answers"), _answers),
    Probe("obs.version", N_("OBS's version is a known one"), _version),
    Probe("obs.setup", N_("OBS is set up as the room wants"), _setup),
    Probe("obs.sources", N_("OBS's scenes are as the room wants"), _sources),
    Probe("obs.sound", N_("OBS hears the microphone"), _sound),
    Probe("obs.disk", N_("Disk for the whole event"), _disk),
    Probe("obs.frames", N_("OBS is in time with its frames"), _frames),
    Probe(
        "obs.recording",
        N_("A test recording plays and has sound"),
        try_it,
        timeout=_TRIAL_SECONDS,
        lasting=True,
    ),
    Probe("obs.idle", N_("No other recording is running"), _idle),
)
