"""What must be true of OBS before an event: it answers, is set as the room wants, and has disk."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping

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
from cc_run.recording.process import running_obs
from cc_run.settings.models import Obs

_METER_SECONDS = 1.0
_HOURS_WITHOUT_EVENT = 3.0


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
    obs = context.settings.obs
    if running_obs(obs) is None:
        return skipped(_("OBS is not running"))

    def ask() -> bool:
        with ObsConnection(obs) as connection:
            return connection.record_status().active

    if await in_thread(ask):
        return warned(
            _("a recording is running"),
            _("none"),
            _("If it is not this event's, stop it: cc-run record stop"),
        )
    return passed(_("no recording is running"))


PROBES = (
    Probe("obs.answers", N_("OBS answers"), _answers),
    Probe("obs.setup", N_("OBS is set up as the room wants"), _setup),
    Probe("obs.sound", N_("OBS hears the microphone"), _sound),
    Probe("obs.disk", N_("Disk for the whole event"), _disk),
    Probe("obs.idle", N_("No other recording is running"), _idle),
)
