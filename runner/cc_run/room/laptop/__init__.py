"""The laptop: power, what it has left, its clock, its updates, its screen, and Zoom's program."""

from cc_run.room.laptop.capacity import PROBES as _CAPACITY
from cc_run.room.laptop.clock import PROBES as _CLOCK
from cc_run.room.laptop.power import PROBES as _POWER
from cc_run.room.laptop.screen import PROBES as _SCREEN
from cc_run.room.laptop.updates import PROBES as _UPDATES
from cc_run.room.laptop.zoom import PROBES as _ZOOM

PROBES = (*_POWER, *_CAPACITY, *_CLOCK, *_UPDATES, *_SCREEN, *_ZOOM)

__all__ = ["PROBES"]
