"""What must be true of the archive before an event: every target answers and has room."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from cc_run.archive.delivery import require_room
from cc_run.archive.shelf import Target
from cc_run.archive.targets import targets_of
from cc_run.errors import OutsideFailure
from cc_run.language import N_, _, joined
from cc_run.numbers import amount
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed

_USUAL_HOURS: Final = 3.0
_BYTES_PER_KBIT: Final = 125
_MARGIN: Final = 1.2  # bit rates are means; photos and the container come on top


async def _targets(context: Context) -> Finding:
    targets = targets_of(context.settings.archive)
    expected = ", ".join(f"{target.name} ({target.url})" for target in targets)
    faults = await in_thread(lambda: _faults(targets, _connect))
    if faults:
        return _told(faults, expected)
    return passed(
        _("%(count)d targets, all of them can be written") % {"count": len(targets)}, expected
    )


async def _space(context: Context) -> Finding:
    targets = targets_of(context.settings.archive)
    wanted = _expected_bytes(context)
    expected = _("%(size)s free on each") % {"size": amount(wanted)}

    def require(target: Target) -> None:
        with target.open() as shelf:
            require_room(target, shelf, wanted)

    faults = await in_thread(lambda: _faults(targets, require))
    if faults:
        return _told(faults, expected)
    free = await in_thread(
        lambda: joined(joined((target.name, _free(target)), " ") for target in targets)
    )
    return passed(free, expected)


def _connect(target: Target) -> None:
    with target.open():
        pass


def _free(target: Target) -> str:
    with target.open() as shelf:
        free = shelf.free_bytes()
    return _("(it does not tell)") if free is None else amount(free)


def _faults(targets: list[Target], look: Callable[[Target], None]) -> list[OutsideFailure]:
    faults = []
    for target in targets:
        try:
            look(target)
        except OutsideFailure as fault:
            faults.append(fault)
    return faults


def _told(faults: list[OutsideFailure], expected: str) -> Finding:
    return failed(joined((fault.message for fault in faults), " "), expected, faults[0].remedy)


def _expected_bytes(context: Context) -> int:
    """The size of a recording of the event's length at the recorder's bit rates."""
    hours = _USUAL_HOURS
    if context.event is not None:
        hours = context.event.duration.total_seconds() / 3600
    obs = context.settings.obs
    rate = (obs.video_bitrate + obs.audio_bitrate) * _BYTES_PER_KBIT
    return math.ceil(rate * hours * 3600 * _MARGIN)


PROBES = (
    Probe("archive.targets", N_("Archive targets can be written"), _targets),
    Probe("archive.space", N_("Archive targets have room"), _space),
)
