"""Is the room's camera there, on a port that carries its mode, free, and does it show the room?"""

from __future__ import annotations

import asyncio
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _
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
from cc_run.room.camera.devices import CameraDevice, attached_cameras, choose_camera
from cc_run.room.camera.holders import holders
from cc_run.room.camera.modes import Mode, lightest, read_modes
from cc_run.room.camera.picture import Look, look, replug
from cc_run.settings.models import CameraModel

_USB3_MBIT: Final = 5000
# What is left of USB 2's 480 Mbit/s for one camera, with its overhead.
_USB2_USABLE_MBIT: Final = 320


async def _present(context: Context) -> Finding:
    models = context.settings.camera.models
    expected = ", ".join(model.name for model in models)
    cameras = await _cameras(context)
    chosen = choose_camera(cameras, models)
    if chosen is None:
        others = ", ".join(str(camera) for camera in cameras)
        return failed(
            _("only other cameras: %(names)s") % {"names": others}
            if others
            else _("no camera is attached"),
            expected,
            _("Plug the camera into the laptop, directly and not through a hub."),
        )
    camera, model = chosen
    preferred = ", ".join(one.name for one in models if one.preferred)
    if preferred and not model.preferred:
        return warned(
            str(camera),
            preferred,
            _("It will do; if %(name)s is at hand, plug that one in.") % {"name": preferred},
        )
    return passed(str(camera), expected)


async def _port(context: Context) -> Finding:
    chosen = await _chosen(context)
    if chosen is None:
        return _no_camera()
    camera, model = chosen
    if not camera.speed:
        return passed(_("the port's speed is not told"))
    found = _("%(speed).0f Mbit/s") % {"speed": camera.speed}
    if camera.speed >= _USB3_MBIT:
        return passed(found)
    mode = await _mode(context)
    needed = mode.megabits() if mode else 0.0
    remedy = _("Move the camera's cable to a blue USB 3 port.")
    if needed > _USB2_USABLE_MBIT:
        expected = _("a USB 3 port, for %(mode)s with %(needed).0f Mbit/s")
        return failed(found, expected % {"mode": mode, "needed": needed}, remedy)
    if model.usb3:
        return warned(found, _("a USB 3 port"), remedy)
    return passed(found)


async def _offers(context: Context) -> Finding:
    chosen = await _chosen(context)
    if chosen is None:
        return _no_camera()
    wish = context.settings.camera
    expected = f"{wish.format} {wish.width}x{wish.height}@{wish.fps}".strip()
    try:
        modes = await _modes(context)
    except OSError as error:
        return failed(_("no answer: %(reason)s") % {"reason": error.strerror}, expected, replug())
    if (mode := lightest(modes, wish)) is not None:
        return passed(str(mode), expected)
    return failed(
        _("only %(modes)s") % {"modes": ", ".join(_largest(modes))} if modes else _("nothing"),
        expected,
        _("Move the cable to a blue USB 3 port; if that does not help, tell IT the camera's name."),
    )


async def _free(context: Context) -> Finding:
    chosen = await _chosen(context)
    if chosen is None:
        return _no_camera()
    try:
        seen = await _look(context)
    except OutsideFailure:
        return skipped(_("the camera does not answer"))
    if not seen.busy:
        return passed(_("no other program holds it"))
    names = ", ".join(map(str, await in_thread(lambda: holders(chosen[0].node))))
    if not names:
        return failed(
            _("held by a program of another user"),
            _("no other program holds it"),
            _("Log every other user out of the laptop, or restart it, then check again."),
        )
    return failed(
        _("held by %(names)s") % {"names": names},
        _("no other program holds it"),
        _("Close %(names)s, then check again.") % {"names": names},
    )


async def _picture(context: Context) -> Finding:
    chosen = await _chosen(context)
    if chosen is None:
        return _no_camera()
    expected, seen = _("a live picture"), await _look(context)
    if seen.busy:
        return skipped(_("another program holds the camera"))
    if seen.snapshot is None:
        return failed(_("no picture: %(reason)s") % {"reason": seen.complaint}, expected, replug())
    evidence = [Evidence("image", chosen[0].name, seen.snapshot)]
    if seen.black:
        return failed(
            _("the picture is black"),
            expected,
            _("Open the camera's lens cover and switch the room's lights on."),
            evidence=evidence,
        )
    if seen.frozen:
        return failed(_("the picture is frozen"), expected, replug(), evidence=evidence)
    found = _("live picture from %(camera)s") % {"camera": chosen[0].name}
    return passed(found, evidence=evidence)


async def _cameras(context: Context) -> list[CameraDevice]:
    return await context.once("cameras", lambda: in_thread(attached_cameras))


async def _chosen(context: Context) -> tuple[CameraDevice, CameraModel] | None:
    return choose_camera(await _cameras(context), context.settings.camera.models)


async def _modes(context: Context) -> tuple[Mode, ...]:
    """What the room's camera offers.

    Raises:
        OSError: it does not answer as a camera.
        OutsideFailure: it does not answer at all.
    """
    chosen = await _chosen(context)
    if chosen is None:
        return ()
    limit = context.settings.camera.answer_seconds
    reading = context.once("camera modes", lambda: in_thread(lambda: read_modes(chosen[0].node)))
    try:
        return await asyncio.wait_for(reading, limit)
    except TimeoutError as error:
        raise OutsideFailure(
            _("no answer within %(seconds).0f s") % {"seconds": limit}, replug()
        ) from error


async def _mode(context: Context) -> Mode | None:
    """The mode that the room will use; None where that cannot be told."""
    try:
        return lightest(await _modes(context), context.settings.camera)
    except (OSError, OutsideFailure):
        return None


async def _look(context: Context) -> Look:
    async def looking() -> Look:
        chosen = await _chosen(context)
        if chosen is None:
            return Look(None)
        wish, snapshot = context.settings.camera, context.evidence_dir / "camera.jpg"
        try:
            mode = lightest(await _modes(context), wish)
        except OSError:  # it may show a picture all the same; one that is silent will not
            mode = None
        return await look(chosen[0].node, wish, mode, snapshot)

    return await context.once("camera look", looking)


def _largest(modes: tuple[Mode, ...]) -> list[str]:
    """The largest picture of each format, at its fastest."""
    best: dict[str, Mode] = {}
    for mode in modes:
        known = best.get(mode.code)
        if known is None or (mode.width, mode.fps) > (known.width, known.fps):
            best[mode.code] = mode
    return [str(mode) for mode in best.values()]


def _no_camera() -> Finding:
    return skipped(_("no camera is attached"))


PROBES: Final = (
    Probe("camera.present", N_("Camera is attached"), _present),
    Probe("camera.port", N_("Camera's USB port is fast enough"), _port),
    Probe("camera.mode", N_("Camera offers the room's picture"), _offers),
    Probe("camera.free", N_("No other program holds the camera"), _free),
    Probe("camera.picture", N_("Camera shows a live picture"), _picture),
)
